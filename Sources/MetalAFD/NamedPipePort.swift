#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore
internal import MetalSystem
internal import Synchronization

/// The named pipes whose completions go to the port of a selector.
///
/// The selector and its pipes share this object, which may outlive the selector. At the end of the selector, this
/// object cancels the operations that are under way, and the selector takes their completions.
final class NamedPipePort: Sendable {
  /// The completion port, which the selector closes.
  let port: Int
  /// The number of completions that still come to the port.
  let underWayCount = Atomic<Int>(0)
  private let pipes = Guarded(Slab<Guarded<NamedPipeCore>>())

  init(port: Int) { self.port = port }

  /// Adds a pipe, whose completions will go to the port.
  func add(_ pipe: Guarded<NamedPipeCore>) -> Token { pipes.withState { pipes in pipes.insert(pipe) } }

  /// Removes a pipe without an operation under way.
  func remove(_ place: Token) { pipes.withState { pipes in _ = pipes.remove(place) } }

  /// The number of pipes, including closed ones that wait for a completion.
  var count: Int { pipes.withState { pipes in pipes.count } }

  /// Ends the registrations of all pipes, and cancels their operations.
  ///
  /// After this call, no pipe starts an operation that would complete at the port.
  ///
  /// - Returns: The number of completions that still come.
  func end() -> Int {
    var copies: [Guarded<NamedPipeCore>] = []
    pipes.withState { pipes in pipes.forEach { _, pipe in copies.append(pipe) } }
    return copies.reduce(0) { count, pipe in count + pipe.withState { core in core.endPort() } }
  }
}
#endif
