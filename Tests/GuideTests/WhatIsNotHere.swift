// The code of the article "What is not here, and what to use".

import MetalIO

#if canImport(Glibc)
import Glibc
#endif

enum WhatIsNotHere {
  /// Makes a pipe for the output of a child process.
  ///
  /// - Returns: The end for the loop, which is registered, and the end for the child.
  func makeOutputPipe(on registry: Registry, token: Token) throws(IOError) -> Pair<PipeReader, OwnedDescriptor> {
    let pipe = try PipeEnds()
    var reader = pipe.reader
    let writer = pipe.writer
    try writer.setNonBlocking(false)  // Most programs expect that writing blocks.
    try registry.register(&reader, token: token, interests: .readable)
    return Pair(reader, writer.releaseDescriptor())
  }

  #if canImport(Glibc)
  /// Sends a part of a file without copying the bytes through the process.
  ///
  /// - Returns: The number of sent bytes, or `nil` if the call would block.
  func send(
    _ file: Int32, from offset: inout Int, count: Int, to stream: borrowing TCPStream
  ) throws(IOError) -> Int? {
    try stream.perform { socket throws(IOError) in
      // Safety: this function has exclusive access to the offset during the call.
      let sent = unsafe sendfile(socket, file, &offset, count)
      if sent < 0 { throw IOError(errno: errno) }
      return sent
    }
  }
  #endif
}
