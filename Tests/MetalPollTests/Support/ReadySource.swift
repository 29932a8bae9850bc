import CSystem
import MetalCore
import MetalSystem
import Testing

@testable import MetalPoll

/// One end of a pair, at which four bytes have arrived.
struct ReadySource: ~Copyable, Sendable {
  var stream: UnixStream
  let peer: UnixStream

  init() throws(IOError) {
    let pair = try UnixStream.pair()
    try pair.second.writeFully([1, 2, 3, 4])
    stream = pair.first
    peer = pair.second
  }

  /// Makes one that is registered.
  init(token: Token, with registry: Registry) throws(IOError) {
    var source = try ReadySource()
    try registry.register(&source.stream, token: token, interests: .readable)
    self = source
  }

  /// Makes one that is registered, and whose descriptor has a number that nobody else gets when it is closed.
  init(numberedFrom number: Int32, token: Token, with registry: Registry) throws(IOError) {
    let pair = try UnixStream.pair()
    try pair.second.writeFully([1, 2, 3, 4])
    let former = pair.first.releaseDescriptor()
    let descriptor = try opened(system_duplicate(former.rawDescriptor, number))
    var stream = UnixStream(adopting: descriptor)
    try registry.register(&stream, token: token, interests: .readable)
    self.stream = stream
    peer = pair.second
  }

  /// The number of the registration.
  var generation: UInt64 { stream.handle.registration.generation }

  /// Expects that the table has the registration still, or no more.
  func expectRegistered(_ isRegistered: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    let isThere = stream.handle.registration.isRegistered
    #expect(isThere == isRegistered, sourceLocation: sourceLocation)
  }
}
