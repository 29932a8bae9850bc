import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

/// An event queue of a simulated kernel, spoken to in the system's own records.
final class Queue: Sendable {
  let kernel: SimulatedKernel
  let descriptor: Int32

  init(on kernel: SimulatedKernel) throws(IOError) {
    self.kernel = kernel
    descriptor = try kernel.openEventQueue()
  }

  deinit {
    // A test may have closed the queue itself.
    do throws(IOError) { try kernel.close(descriptor) } catch {}
  }

  /// What a call has returned: its result, and the entries that it has appended.
  struct Answer {
    var result: IOResult
    var entries: [KernelEvent]

    /// What the call as a whole failed with.
    var error: IOError.Kind? { result.isSuccess ? nil : SimulatedKernel.error(for: result).kind }
  }

  /// Makes one call, as it is.
  func kevent(_ changes: [KernelEvent], room: Int, timeout: Int64? = 0) -> Answer {
    kevent(descriptor, changes, room: room, timeout: timeout)
  }

  /// Makes one call on any descriptor.
  func kevent(_ descriptor: Int32, _ changes: [KernelEvent], room: Int, timeout: Int64? = 0) -> Answer {
    kernel.kevent(descriptor, changes, room: room, timeout: timeout)
  }

  /// Makes changes that are expected to succeed, without looking for events.
  func change(_ changes: KernelEvent..., sourceLocation: SourceLocation = #_sourceLocation) {
    for change in changes {
      let answer = kevent([change], room: 0)
      #expect(answer.result == IOResult(rawValue: 0), sourceLocation: sourceLocation)
    }
  }

  /// Makes changes, each with a receipt; returns what each was refused with, `nil` for one that was made.
  func receipts(_ changes: KernelEvent...) -> [IOError.Kind?] {
    var asking = changes
    for index in asking.indices { asking[index].flags.insert(.receipt) }
    return kevent(asking, room: asking.count).entries.map(\.refusal)
  }

  /// Collects events that are there, at most as many as said, without waiting.
  func collect(limit: Int = 16) -> [KernelEvent] {
    kevent([], room: limit).entries
  }

  /// Collects the events that are there, in the words of the rules.
  func told(limit: Int = 16) -> [Told] {
    collect(limit: limit).map(Told.init)
  }

  /// Waits for events, for so many nanoseconds.
  func wait(_ timeout: Int64? = nil, limit: Int = 16) -> [Told] {
    kevent([], room: limit, timeout: timeout).entries.map(Told.init)
  }
}

extension KernelProfile {
  /// A machine of this profile, alone in a simulation of its own, and an event queue of it.
  func queuedMachine() throws(IOError) -> (SimulatedKernel, Queue) {
    let kernel = machine()
    return (kernel, try Queue(on: kernel))
  }

  /// The same, and a connection within the machine.
  func connectedMachine() throws(IOError) -> (SimulatedKernel, Queue, client: Int32, server: Int32) {
    let (kernel, queue) = try queuedMachine()
    let (client, server) = try kernel.connectedPair()
    return (kernel, queue, client, server)
  }

  /// The same with a pipe.
  func pipedMachine() throws(IOError) -> (SimulatedKernel, Queue, Pair<Int32, Int32>) {
    let (kernel, queue) = try queuedMachine()
    return (kernel, queue, try kernel.openPipe())
  }
}

extension SimulatedKernel {
  /// Makes one call on a descriptor.
  func kevent(_ queue: Int32, _ changes: [KernelEvent], room: Int, timeout: Int64? = 0) -> Queue.Answer {
    var result = IOResult(rawValue: 0)
    let entries = [KernelEvent](capacity: room) { output in
      result = kevent(queue, changes: changes.span, events: &output, timeout: timeout)
    }
    return Queue.Answer(result: result, entries: entries)
  }
}

extension KernelEvent {
  /// A change to what is watched of a descriptor's reading direction.
  static func read(
    _ descriptor: Int32, _ flags: Flags, token: UInt = 0, filterFlags: UInt32 = 0, data: Int = 0
  ) -> KernelEvent {
    KernelEvent(
      ident: UInt(bitPattern: Int(descriptor)), filter: .read, flags: flags, filterFlags: filterFlags,
      data: data, token: token)
  }

  /// A change to what is watched of a descriptor's writing direction.
  static func write(
    _ descriptor: Int32, _ flags: Flags, token: UInt = 0, filterFlags: UInt32 = 0, data: Int = 0
  ) -> KernelEvent {
    KernelEvent(
      ident: UInt(bitPattern: Int(descriptor)), filter: .write, flags: flags, filterFlags: filterFlags,
      data: data, token: token)
  }

  /// A change to a user event.
  static func user(
    _ ident: UInt, _ flags: Flags, _ filterFlags: UInt32 = 0, token: UInt = 0, data: Int = 0
  ) -> KernelEvent {
    KernelEvent(ident: ident, filter: .user, flags: flags, filterFlags: filterFlags, data: data, token: token)
  }

  /// What an answered change was refused with; `nil` if it was made.
  var refusal: IOError.Kind? {
    data == 0 ? nil : SimulatedKernel.error(for: IOResult(rawValue: -data)).kind
  }
}

/// What an event tells: of which registration, how much, and whether the direction has ended.
struct Told: Hashable, CustomStringConvertible {
  var filter: KernelEvent.Filter
  var token: UInt
  var data: Int
  /// The error number with which the direction has ended, 0 for none; `nil` while it goes on.
  var end: UInt32?

  static func read(_ token: UInt, _ data: Int, end: UInt32? = nil) -> Told {
    Told(filter: .read, token: token, data: data, end: end)
  }

  static func write(_ token: UInt, _ data: Int, end: UInt32? = nil) -> Told {
    Told(filter: .write, token: token, data: data, end: end)
  }

  static func user(_ token: UInt, _ data: Int = 0) -> Told {
    Told(filter: .user, token: token, data: data, end: nil)
  }

  var description: String {
    let name = filter == .read ? "read" : filter == .write ? "write" : "user"
    return "\(name)(\(token), \(data)\(end.map { ", end: \($0)" } ?? ""))"
  }
}

extension Told {
  init(_ event: KernelEvent) {
    filter = event.filter
    token = event.token
    data = event.data
    end = event.flags.contains(.endOfFile) ? event.filterFlags : nil
  }

  /// The numbers of macOS and FreeBSD for the errors with which a connection ends.
  static let reset: UInt32 = 54
  static let timedOut: UInt32 = 60
  static let refused: UInt32 = 61
}
