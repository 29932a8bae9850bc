import CSystem
import MetalCore
import MetalSystem
import Testing

// Safety: each path lives through its call.

@Suite("UDS: descriptors", .backend)
struct UnixDescriptorTests {
  @Test("UDS-01 Listeners, and the streams at both ends, are non-blocking and close-on-exec")
  func flagsOfStreams() throws(IOError) {
    let folder = try TemporaryFolder()
    let listener = try UnixListener(bindingTo: folder.address())
    expectLibraryFlags(listener.rawDescriptor)
    let stream = try UnixStream(connectingTo: folder.address())
    expectLibraryFlags(stream.rawDescriptor)
    let accepted = try listener.acceptWhenReady()
    expectLibraryFlags(accepted.stream.rawDescriptor)
    let pair = try UnixStream.pair()
    expectLibraryFlags(pair.first.rawDescriptor)
    expectLibraryFlags(pair.second.rawDescriptor)
  }

  @Test("UDS-17, UDS-21 Datagram sockets, bound or not, alone or in a pair, are too")
  func flagsOfDatagramSockets() throws(IOError) {
    let folder = try TemporaryFolder()
    let bound = try UnixDatagramSocket(bindingTo: folder.address())
    expectLibraryFlags(bound.rawDescriptor)
    let unbound = try UnixDatagramSocket()
    expectLibraryFlags(unbound.rawDescriptor)
    let pair = try UnixDatagramSocket.pair()
    expectLibraryFlags(pair.first.rawDescriptor)
    expectLibraryFlags(pair.second.rawDescriptor)
  }

  @Test("PIPE-01 Both ends of a new pipe are too")
  func flagsOfPipes() throws(IOError) {
    let pipe = try PipeEnds()
    expectLibraryFlags(pipe.reader.rawDescriptor)
    expectLibraryFlags(pipe.writer.rawDescriptor)
  }

  @Test("UDS-02 A connected stream made elsewhere keeps its flags when it is wrapped, and echoes like any other")
  func foreignStream() throws(IOError) {
    let folder = try TemporaryFolder()
    let peer = try EchoPeer(folder.address())
    let descriptor = try checked(system_stream_socket(AF_UNIX))
    try checked(unsafe system_connect_path(descriptor, folder.path + "/socket"))
    let stream: UnixStream = try wrap(descriptor)
    try expectEchoes(on: stream, from: peer)
  }

  @Test("UDS-12 A listener made elsewhere keeps its flags when it is wrapped, and accepts like any other")
  func foreignListener() throws(IOError) {
    let folder = try TemporaryFolder()
    let descriptor = try checked(system_stream_socket(AF_UNIX))
    try checked(unsafe system_bind_path(descriptor, folder.path + "/socket"))
    try checked(system_listen(descriptor, 16))
    let listener: UnixListener = try wrap(descriptor)
    let flags = DescriptorFlags(of: descriptor)
    #expect(try listener.localAddress == folder.address())
    try expectAcceptance(by: listener) { accepted, _ throws(IOError) in
      expectLibraryFlags(accepted.rawDescriptor)
      #expect(DescriptorFlags(of: descriptor) == flags)
    }
  }

  @Test("UDS-19 Datagram sockets made elsewhere work like any other, connected or not")
  func foreignDatagramSockets() throws(IOError) {
    for isConnected in [false, true] {
      let folder = try TemporaryFolder()
      let first = try checked(system_datagram_socket(AF_UNIX))
      let second = try checked(system_datagram_socket(AF_UNIX))
      try checked(unsafe system_bind_path(first, folder.path + "/first"))
      try checked(unsafe system_bind_path(second, folder.path + "/second"))
      if isConnected {
        try checked(unsafe system_connect_path(first, folder.path + "/second"))
        try checked(unsafe system_connect_path(second, folder.path + "/first"))
      }
      let here: UnixDatagramSocket = try wrap(first)
      let there: UnixDatagramSocket = try wrap(second)
      try expectExchange(here, there, isConnected: isConnected)
    }
  }
}
