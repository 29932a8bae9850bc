public import MetalCore

extension SimulatedKernel {
  /// Opens a pipe: first the end for reading, second the end for writing.
  ///
  /// - Throws: `.tooManyOpenFiles`.
  ///
  /// Source: pipe(2).
  public func openPipe() throws(IOError) -> Pair<Int32, Int32> {
    var descriptors = Pair<Int32, Int32>(-1, -1)
    try Self.check(
      call(.pipe, -1) { _, node in
        guard node.descriptors.count + 2 <= node.descriptors.limit else { return .failure(.tooManyOpenFiles) }
        let ends = PipeBuffer.make(node, node.profile.pipeBuffer)
        descriptors = Pair(node.descriptors.insert(ends.reader), node.descriptors.insert(ends.writer))
        return .success()
      })
    return descriptors
  }
}
