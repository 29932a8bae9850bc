import MetalCore
import MetalKqueueSim

/// One step of a random program of the calls that name addresses and options; its sockets are named by slots.
enum SetUpStep: Sendable {
  case open(Int, SocketFamily, SocketKind)
  case bind(Int, Place)
  case listen(Int)
  case connect(Int, Place)
  case accept(Int, into: Int)
  case localAddress(Int)
  case peerAddress(Int)
  case setOption(Int, SocketOptionName, Int)
  case option(Int, SocketOptionName)
  case takeError(Int)
  case send(Int)
  case sendTo(Int, Place)
  case receive(Int)
  case shutdown(Int, ShutdownDirection)
  case close(Int)
}

/// An address: a host, and no port or that of a slot's socket, whatever number it has on a kernel.
struct Place: Sendable, Hashable {
  var host: Host
  var portOf: Int?

  func address(port: UInt16) -> SocketAddress {
    switch host.address {
    case .v4(let address, _): SocketAddress(address, port: port)
    case .v6(let address, _, _, _): SocketAddress(address, port: port)
    }
  }
}

enum Host: String, CaseIterable, Sendable {
  case loopback = "127.0.0.1"
  case secondLoopback = "127.0.0.2"
  case any = "0.0.0.0"
  case foreign = "192.0.2.1"
  case group = "239.1.2.3"
  case broadcast = "255.255.255.255"
  case loopbackV6 = "::1"
  case anyV6 = "::"
  case mapped = "::ffff:127.0.0.1"
  case mappedAny = "::ffff:0.0.0.0"
  case foreignV6 = "2001:db8::1"

  var isIPv4: Bool { !rawValue.contains(":") }
  var address: SocketAddress { SocketAddress(isIPv4 ? "\(rawValue):0" : "[\(rawValue)]:0")! }

  /// Whether every machine has it.
  var isUsual: Bool { isNear && self != .secondLoopback && self != .mappedAny }

  /// Whether something sent there comes back to this machine, or is refused, on every machine.
  var isNear: Bool { self != .foreign && self != .foreignV6 && self != .group && self != .broadcast }
}

/// What a socket is.
struct SocketFacts: Sendable {
  var family: SocketFamily
  var kind: SocketKind
  var isBound = false
  var isListening = false
  var isConnected = false
  var wasShut = false
  /// A datagram socket has been connected more than once.
  var wasReconnected = false
  /// Whether the socket was bound to the port of a stream that the system had chosen for connecting.
  var hasPortOfConnected = false
}

/// Chooses the steps of a program from a seed, by what the slots hold.
struct SetUpGenerator {
  static let slotCount = 6
  private var random: RandomStream

  init(seed: UInt64) { random = Simulation(seed: seed).random("set-up") }

  mutating func length() -> Int { 20 + below(40) }

  mutating func next(_ slots: [SocketFacts?]) -> SetUpStep {
    let free = slots.indices.filter { slots[$0] == nil }
    let used = slots.indices.filter { slots[$0] != nil }
    if used.isEmpty || !free.isEmpty && below(100) < 25 {
      return .open(free[0], below(2) == 0 ? .ipv4 : .ipv6, below(5) < 3 ? .stream : .datagram)
    }
    let slot = used[below(used.count)]
    guard let facts = slots[slot] else { return .close(slot) }
    switch below(100) {
    case 0..<18: return setOption(slot, facts)
    case 18..<26: return .option(slot, option(of: facts))
    case 26..<32: return .close(slot)
    case 32..<38: return below(2) == 0 ? .localAddress(slot) : .peerAddress(slot)
    case 38..<41: return .takeError(slot)
    case 41..<43: return .shutdown(slot, choose([.read, .write, .both]))
    case 43..<55: return .bind(slot, place(facts, slots, isNear: false))
    default: break
    }
    if facts.kind == .datagram {
      switch below(4) {
      case 0: return .connect(slot, place(facts, slots, isNear: true))
      case 1: return .receive(slot)
      case 2: return .send(slot)
      default: return .sendTo(slot, place(facts, slots, isNear: true))
      }
    }
    if facts.isListening { return free.isEmpty ? .localAddress(slot) : .accept(slot, into: free[0]) }
    switch below(6) {
    case 0, 1: return .listen(slot)
    case 2 where facts.isConnected: return .send(slot)
    case 3 where facts.isConnected: return .receive(slot)
    default:
      let hasTarget = slots.contains { $0?.isBound == true }
      return hasTarget || below(10) == 0 ? .connect(slot, place(facts, slots, isNear: true)) : .listen(slot)
    }
  }

  static let options: [SocketOptionName] = [
    .noDelay, .hopLimit, .reuseAddress, .reusePort, .ipv6Only, .keepAlive, .keepAliveIdle, .keepAliveInterval,
    .keepAliveProbes, .linger, .broadcast, .multicastLoopbackV4, .multicastHopLimitV4, .multicastLoopbackV6,
    .multicastHopLimitV6,
  ]

  private mutating func setOption(_ slot: Int, _ facts: SocketFacts) -> SetUpStep {
    // Those that decide what can be bound are the most interesting.
    let name = below(2) == 0 ? choose([.reuseAddress, .reusePort]) : option(of: facts)
    let values = name.legalValues
    let value = below(10) == 0 ? [-2, 256, 70_000][below(3)] : min(values.upperBound, values.lowerBound + below(4))
    return .setOption(slot, name, value)
  }

  private mutating func option(of facts: SocketFacts) -> SocketOptionName {
    choose(Self.options.filter { $0.exists(on: facts.family, facts.kind) })
  }

  private mutating func place(_ facts: SocketFacts, _ slots: [SocketFacts?], isNear: Bool) -> Place {
    let isOther = below(40) == 0
    let isOdd = below(8) == 0
    let hosts = Host.allCases.filter {
      ($0.isIPv4 == (facts.family == .ipv4)) != isOther && ($0.isNear || !isNear) && ($0.isUsual || isOdd)
    }
    // Of its own protocol: the number that the other one has may be somebody else's here.
    let bound = slots.indices.filter { slots[$0]?.isBound == true && slots[$0]?.kind == facts.kind }
    let port = bound.isEmpty || below(isNear ? 40 : 3) == 0 ? nil : bound[below(bound.count)]
    return Place(host: hosts[below(hosts.count)], portOf: port)
  }

  private mutating func choose<T>(_ all: [T]) -> T { all[below(all.count)] }
  private mutating func below(_ bound: Int) -> Int { Int(random.next(below: UInt64(bound))) }
}
