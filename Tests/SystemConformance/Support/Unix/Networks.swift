import CSystem
import MetalSystem

/// Networks of a test's own, with few ports: network_namespaces(7).
enum PrivateNetwork {
  /// Whether this process may make them; a container may forbid it.
  static let isPermitted: Bool = {
    nonisolated(unsafe) var isPermitted = false
    // A thread leaves the network when it ends. Safety: `join` orders the write before the read.
    SystemThread { unsafe isPermitted = system_enter_network(40_000, 40_009) >= 0 }.join()
    return unsafe isPermitted
  }()
}
