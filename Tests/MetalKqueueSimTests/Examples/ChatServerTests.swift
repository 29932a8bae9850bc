import MetalCore
import Testing
import UnixChat

// The chat of the example program, unchanged: this target chooses its selector.
private typealias Server = ChatServer<KqueueSimSelector>

@Suite("Example: chat on the simulated kernel")
struct ChatServerTests {
  @Test("A member that waited for a descriptor joins while another member keeps the server busy")
  func outOfDescriptorsBesideABusyMember() throws(IOError) {
    let simulation = Simulation(seed: 5)
    let kernel = simulation.machine("chat").kernel
    let address = try UnixAddress(pathname: "/chat")
    var server = try Server(bindingTo: address, on: kernel)
    var events = Events(capacity: 16)
    let busy = try UnixStream(connectingTo: address, on: kernel)
    let waiting = try UnixStream(connectingTo: address, on: kernel)
    let limit = kernel.descriptorLimit
    kernel.descriptorLimit = kernel.descriptorCount + 1
    try server.turn(&events, timeout: .zero)
    kernel.descriptorLimit = limit
    #expect(try busy.text() == "* you are 1\n")
    // No turn of the server is without an event.
    for _ in 0..<20 {
      #expect(try busy.write("word\n".utf8.span) == 5)
      let end = simulation.now + .milliseconds(10)
      while simulation.now < end { try server.turn(&events, timeout: end - simulation.now) }
    }
    #expect(try waiting.text().hasPrefix("* you are 2\n1: word\n"))
  }
}

extension StreamSocket where S == KqueueSimSelector, Address == UnixAddress {
  /// Reads whatever has arrived.
  fileprivate func text() throws(IOError) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while let count = try read(into: buffer.mutableSpan), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }
}
