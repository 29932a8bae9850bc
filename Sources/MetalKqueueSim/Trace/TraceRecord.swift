public import MetalCore
public import MetalKqueue

/// A record of a simulation's trace: a call, a change, an event, a packet, or an action.
public struct TraceRecord: Hashable, Sendable {
  /// The kind of a record.
  public enum Kind: UInt8, Hashable, Sendable {
    /// A call into a machine's kernel has ended.
    case call = 1
    /// An event queue has made or refused a change.
    case change = 2
    /// An event queue has delivered an event.
    case delivery = 3
    /// A scheduled action begins.
    case action = 4
    /// A machine has sent a packet that takes time.
    case sent = 5
    /// A packet that takes time, or that refuses something, has arrived.
    ///
    /// Other packets that arrive at once have no record, because the sending call has one.
    case arrived = 6
    /// A packet was lost: the receiver had no room, no machine has the address, or a machine is out of reach.
    case lost = 7
    /// The time has come to repeat a connection request, or the lost packets of a connection.
    case retry = 8
    /// The clock has moved to the next entry of the schedule, or to the end of a wait.
    case time = 9
    /// Nothing can end a wait, or a run has ended before its programs.
    case deadlock = 10
    /// A packet waits at its sender behind a lost packet of the same connection.
    case held = 11
  }

  /// The cause of a record.
  public enum Cause: Hashable, Sendable {
    /// The program, or the test.
    case program
    /// The action that began in the record with this number.
    case action(UInt64)
    /// The packet that was sent, has arrived or was lost in the record with this number.
    case packet(UInt64)
  }

  /// The call or the packet that gives a record its name.
  enum Subject: Hashable {
    case none
    case call(Call)
    case packet(Packet.Kind)
  }

  /// The fields that only some records have.
  enum Detail: Hashable {
    case none
    case event(KernelEvent)
    case addresses(source: SocketAddress?, destination: SocketAddress?)
    case path(UnixAddress, isSource: Bool)
  }

  /// The record's number, from 0, in the order of all records.
  public internal(set) var number: UInt64 = 0
  var nanoseconds: Int64
  /// The kind of the record.
  public let kind: Kind
  let subject: Subject
  let machineNumber: Int32
  let descriptorNumber: Int32
  /// The result of a call or a change: a count, a descriptor, or a negated error number of macOS.
  ///
  /// `accept` returns the new descriptor. A packet has the number of bytes that it carries, confirms or has room for.
  public internal(set) var result: Int
  /// The cause of this record: the program, an action, or a packet.
  ///
  /// The cause of an action is the program or the action that scheduled it. The cause of an arrival is the record in
  /// which the packet was sent. The cause of a repetition is the record in which the packet was lost.
  public let cause: Cause
  /// A hash of the bytes that a call moved; 0 if the call moved no bytes.
  public internal(set) var payload: UInt64 = 0
  var connectionNumber: UInt64 = 0
  var peerNumber: Int32 = -1
  /// Whether the call closed a dropped source, for which the program did not call `close()`.
  public internal(set) var isDrop = false
  var detail = Detail.none
}

extension TraceRecord {
  /// The time since the simulation's beginning.
  public var time: Duration { .nanoseconds(nanoseconds) }

  /// The number of the machine, which is the index of its name in ``Trace/machines``; `nil` without a machine.
  ///
  /// The machine is the sender of a packet that is sent or held, and the receiver of every other packet.
  public var machine: Int? { machineNumber < 0 ? nil : Int(machineNumber) }

  /// The number of the machine at the other end of a packet; `nil` for other records.
  public var peerMachine: Int? { peerNumber < 0 ? nil : Int(peerNumber) }

  /// The descriptor of a call, a change or an event; `nil` if there is none.
  public var descriptor: Int32? { descriptorNumber < 0 ? nil : descriptorNumber }

  /// The serial number of the TCP connection, which both ends have in common; `nil` if there is none.
  public var connection: UInt64? { connectionNumber == 0 ? nil : connectionNumber }

  /// The name of the call or of the packet; empty for other records.
  public var name: String {
    switch subject {
    case .none: ""
    case .call(let call): call.name
    case .packet(let kind): kind.name
    }
  }

  /// The change to a queue, or the event; `nil` for other records.
  public var event: KernelEvent? {
    if case .event(let event) = detail { event } else { nil }
  }

  /// The address of a packet's sender, of the call's socket, or of an accepted peer; `nil` if there is none.
  public var source: AnyEndpointAddress? {
    switch detail {
    case .addresses(let source, _): source.map { .internet($0) }
    case .path(let path, isSource: true): .unix(path)
    default: nil
    }
  }

  /// The address that a packet goes to, or that a socket connects to; `nil` if there is none.
  public var destination: AnyEndpointAddress? {
    switch detail {
    case .addresses(_, let destination): destination.map { .internet($0) }
    case .path(let path, isSource: false): .unix(path)
    default: nil
    }
  }

  /// The error of a call or a change that failed; `nil` for other records.
  public var error: IOError? {
    guard kind == .call || kind == .change, result < 0 else { return nil }
    return SimulatedKernel.error(for: IOResult(rawValue: result))
  }

  /// The descriptor that `accept` returned; `nil` for other records.
  public var accepted: Int32? {
    guard case .call(.accept) = subject, result >= 0 else { return nil }
    return Int32(truncatingIfNeeded: result)
  }
}

extension TraceRecord {
  /// Completes the record of a call on a file, with the address in the call's arguments, if any.
  mutating func describe(_ name: Call, _ file: File, _ address: AnyEndpointAddress?) {
    connectionNumber = file.connectionNumber
    switch name {
    case .bind, .listen, .close:
      detail = file.addresses
      if case .none = detail { detail = Detail(address, isSource: true) }
    case .connect:
      detail = Detail(address, isSource: false)
      guard case .addresses(_, let destination) = detail, case .addresses(let own, _) = file.addresses else { return }
      detail = .addresses(source: own, destination: destination)
    case .accept:
      switch file.addresses {
      case .addresses(let own, let peer): detail = .addresses(source: peer, destination: own)
      case .path(let path, _): detail = .path(path, isSource: false)
      case .none, .event: break
      }
    default: break
    }
  }
}

extension TraceRecord.Detail {
  /// Makes the detail for an address that is the source or the destination of a record.
  init(_ address: AnyEndpointAddress?, isSource: Bool) {
    switch address {
    case .none: self = .none
    case .internet(let address):
      self = .addresses(source: isSource ? address : nil, destination: isSource ? nil : address)
    case .unix(let path): self = path.isUnnamed ? .none : .path(path, isSource: isSource)
    }
  }
}

// MARK: - Names

/// The calls of a simulated kernel, with the names of the system calls.
package enum Call: UInt8 {
  case socket, socketpair, pipe, kqueue, close, dup
  case bind, listen, connect, accept, shutdown
  case getsockname, getpeername, getsockopt, setsockopt
  case recv, send, peek, recvmsg, sendto, read, write, kevent

  /// The names in the order of the cases.
  private static let names = [
    "socket", "socketpair", "pipe", "kqueue", "close", "dup",
    "bind", "listen", "connect", "accept", "shutdown",
    "getsockname", "getpeername", "getsockopt", "setsockopt",
    "recv", "send", "peek", "recvmsg", "sendto", "read", "write", "kevent",
  ]

  package var name: String { Self.names[Int(rawValue)] }

  /// Whether the call is progress of the program, unlike queries and calls that set an option.
  var changesSomething: Bool {
    switch self {
    case .getsockname, .getpeername, .getsockopt, .setsockopt, .kevent: false
    default: true
    }
  }
}

extension Packet.Kind {
  /// The word of TCP, UDP or ICMP for the packet.
  var name: String { Self.names[Int(rawValue)] }

  /// The words in the order of the cases.
  private static let names = [
    "SYN", "SYN ACK", "segment", "ACK", "window update", "FIN", "RST", "datagram", "port unreachable",
    "host unreachable",
  ]

  /// Whether the packet refuses another packet or ends its connection.
  var isRefusal: Bool {
    switch self {
    case .reset, .refusal, .unreachable: true
    default: false
    }
  }
}
