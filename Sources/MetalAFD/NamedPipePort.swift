#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore
internal import MetalSystem

/// The named pipes whose completions go to the port of a selector.
///
/// The selector and its pipes share this object, which may outlive the selector. At the end of the selector, this object
/// cancels the operations that are under way. The selector then takes completions until ``isBusy`` is `false`.
final class NamedPipePort: Sendable {
  /// The completion port, which the selector closes.
  let port: Int
  private let pipes = Guarded(Slab<Guarded<NamedPipeCore>>())

  init(port: Int) { self.port = port }

  /// Adds a pipe, whose completions will go to the port.
  func add(_ pipe: Guarded<NamedPipeCore>) -> Token { pipes.withState { pipes in pipes.insert(pipe) } }

  /// Removes a pipe without an operation under way.
  func remove(_ place: Token) { pipes.withState { pipes in _ = pipes.remove(place) } }

  /// Ends the registrations of all pipes, and cancels their operations.
  ///
  /// Afterwards no pipe starts an operation that would complete at the port.
  func end() { forEach { pipe in pipe.withState { core in core.endPort() } } }

  /// Whether a completion is still to come.
  var isBusy: Bool {
    var isBusy = false
    forEach { pipe in if pipe.withState({ core in !core.underWay.isEmpty }) { isBusy = true } }
    return isBusy
  }

  /// Calls a body with each pipe, without holding the lock of the list.
  private func forEach(_ body: (Guarded<NamedPipeCore>) -> Void) {
    var copies: [Guarded<NamedPipeCore>] = []
    pipes.withState { pipes in pipes.forEach { _, pipe in copies.append(pipe) } }
    for pipe in copies { body(pipe) }
  }
}
#endif
