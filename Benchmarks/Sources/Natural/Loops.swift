import Harness
import MetalCore
import MetalSystem
import Synchronization

/// Registers, reregisters and deregisters a borrowed descriptor.
func runChurn(_ options: Options) throws(IOError) {
  let poll = try Poll()
  let pair = try UnixStream.pair()
  var source = BorrowedDescriptor(pair.first.rawDescriptor)
  begin_measuring()
  for _ in 0..<options.rounds {
    try poll.registry.register(&source, token: 1, interests: .readable)
    try poll.registry.reregister(&source, token: 2, interests: .readable)
    try poll.registry.deregister(&source)
  }
  end_measuring(UInt64(options.rounds))
}

/// Runs an operation of the program's own on a borrowed descriptor; it only counts its runs, which takes little.
func runPerform(_ options: Options) throws(IOError) {
  let poll = try Poll()
  let pair = try UnixStream.pair()
  var source = BorrowedDescriptor(pair.first.rawDescriptor)
  try poll.registry.register(&source, token: 1, interests: .readable)
  let count = Atomic(0)
  begin_measuring()
  for _ in 0..<options.rounds {
    _ = try source.perform { _ throws(IOError) in count.add(1, ordering: .relaxed) }
  }
  end_measuring(UInt64(count.load(ordering: .relaxed)))
}

/// Polls without waiting, beside a source that is never ready.
func runPolls(_ options: Options) throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 16)
  var pair = try UnixStream.pair()
  try poll.registry.register(&pair.first, token: 1, interests: .readable)
  begin_measuring()
  for _ in 0..<options.rounds {
    try poll.wait(into: &events, timeout: .zero)
    while let event = events.popFirst() { fail("nothing is ready, but for \(event)") }
  }
  end_measuring(UInt64(options.rounds))
}
