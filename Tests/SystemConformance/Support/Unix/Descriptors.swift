import CSystem
import MetalCore
import Testing

/// Gives this thread a table of descriptors of its own, a copy of the process's, and returns what is open in it.
///
/// For exit tests, whose runtime has threads that open and close descriptors at moments of their own, and that stop the
/// process when there is no room for one. They keep the former table, so that the test neither sees nor disturbs them.
///
/// To be called first: what was open before stays open in the former table, whatever the test closes. After it nothing
/// may be awaited, since another thread might take the test over.
@discardableResult
func separateDescriptors() throws(IOError) -> [Int32: String] {
  try checked(system_unshare_descriptors())
  return openDescriptors()
}

/// This thread's open descriptors, each by its number and the object behind it.
///
/// They are asked one by one, which needs no descriptor itself, unlike the directory in /proc. No test has half as many
/// open, and what a call leaks has the lowest free number.
func openDescriptors() -> [Int32: String] {
  var open: [Int32: String] = [:]
  var target = [UInt8](repeating: 0, count: 256)
  for descriptor in Int32(0)..<512 where system_descriptor_flags(descriptor) >= 0 {
    // Safety: the call writes at most as many bytes as the array has.
    let count = unsafe system_describe(descriptor, &target, Int32(target.count))
    let object = String(decoding: target.prefix(max(Int(count), 0)), as: UTF8.self)
    // A file remains the same when another process deletes it.
    let mark = " (deleted)"
    open[descriptor] = object.hasSuffix(mark) ? String(object.dropLast(mark.count)) : object
  }
  return open
}

/// Expects that exactly these descriptors are open.
func expectOpen(_ expected: [Int32: String], sourceLocation: SourceLocation = #_sourceLocation) {
  let open = openDescriptors()
  let more = open.filter { expected[$0.key] != $0.value }
  let fewer = expected.filter { open[$0.key] != $0.value }
  #expect(more.isEmpty && fewer.isEmpty, "left open: \(more), closed: \(fewer)", sourceLocation: sourceLocation)
}

/// A table of descriptors that has room for a few more only, until it is dropped.
struct FullTable: ~Copyable {
  private let former: Int64
  private var fillers: [Int32] = []

  init(leaving free: Int) {
    former = system_limit_descriptors(256)
    var filler = system_duplicate(0, 0)
    while filler >= 0 {
      fillers.append(filler)
      filler = system_duplicate(0, 0)
    }
    precondition(filler == -EMFILE && fillers.count >= free, "The table of descriptors could not be filled.")
    for _ in 0..<free { close(fillers.removeLast()) }
  }

  deinit {
    for filler in fillers { close(filler) }
    _ = system_limit_descriptors(former)
  }
}

/// Makes something with no descriptor left, then with one, and so on until it succeeds.
///
/// Each failure must be that the process has too many files open, and neither failure nor success may leave a
/// descriptor behind. Returns the number of descriptors that were needed.
func descriptorsNeeded<R: ~Copyable>(
  sourceLocation: SourceLocation = #_sourceLocation, _ make: () throws(IOError) -> R
) -> Int {
  let before = openDescriptors()
  defer { expectOpen(before, sourceLocation: sourceLocation) }
  for free in 0..<16 {
    let table = FullTable(leaving: free)
    let full = openDescriptors()
    var failure: IOError?
    do throws(IOError) {
      _ = try make()
    } catch {
      failure = error
    }
    let after = openDescriptors()
    _ = consume table
    // Told only now, since an issue may need descriptors of its own.
    #expect(after == full, "with \(free) descriptors left", sourceLocation: sourceLocation)
    guard let failure else { return free }
    #expect(failure.kind == .tooManyOpenFiles, sourceLocation: sourceLocation)
  }
  Issue.record("16 descriptors were not enough", sourceLocation: sourceLocation)
  return 16
}

/// Expects that an operation throws an error of a kind and leaves no descriptor behind.
func expectNoLeak<R: ~Copyable>(
  _ kind: IOError.Kind, sourceLocation: SourceLocation = #_sourceLocation,
  _ operation: () throws(IOError) -> R
) {
  let before = openDescriptors()
  expectError(kind, sourceLocation: sourceLocation, operation)
  expectOpen(before, sourceLocation: sourceLocation)
}
