import MetalCore
import Testing

@Suite("Rules: Unix-domain datagrams")
struct UnixDatagramRuleTests {
  @Test(
    "Datagrams keep their boundaries and their order, empty ones included, and tell where they are from",
    arguments: KernelProfile.all)
  func boundaries(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      let receiver = try UnixDatagramSocket(bindingTo: unixPath("/to"))
      let named = try UnixDatagramSocket(bindingTo: unixPath("/from"))
      let unnamed = try UnixDatagramSocket()
      try named.send([1, 2, 3], to: unixPath("/to"))
      try unnamed.send([], to: unixPath("/to"))
      try unnamed.connect(to: unixPath("/to"))
      var storage = IOVectorStorage<3>()
      var vector = storage.makeVector()
      let bytes: [UInt8] = [4, 5, 6]
      vector.append(bytes.span.extracting(..<1))
      vector.append(bytes.span.extracting(1..<1))
      vector.append(bytes.span.extracting(1...))
      #expect(try unnamed.send(vector) == 3)
      let first = try ready(receiver.receiveOnceFrom())
      #expect(first.bytes == [1, 2, 3])
      #expect(try first.source == unixPath("/from"))
      let second = try ready(receiver.receiveOnceFrom())
      #expect(second.bytes == [] && second.source == .unnamed)
      let third = try ready(receiver.receiveOnceFrom())
      #expect(third.bytes == [4, 5, 6] && third.source == .unnamed)
      expectWouldBlock { () throws(IOError) in try receiver.receiveOnce() }
    }
  }

  @Test("What is cut off is lost and said to be, and does not run into the next datagram")
  func truncation() throws(IOError) {
    try onMachine { _ throws(IOError) in
      let pair = try UnixDatagramSocket.pair()
      try pair.first.send([1, 2, 3, 4])
      try pair.first.send([5, 6, 7, 8])
      try pair.first.send([9])
      var buffer = [UInt8](repeating: 0, count: 3)
      let peeked = try ready(pair.second.peek(into: buffer.mutableSpan))
      #expect(peeked.count == 3 && peeked.isTruncated)
      #expect(try pair.second.receive(into: buffer.mutableSpan) == peeked)
      #expect(buffer == [1, 2, 3])
      var (one, other): ([UInt8], [UInt8]) = ([0, 0], [0, 0, 0])
      var storage = IOVectorStorage<2>()
      var vector = storage.makeMutableVector()
      vector.append(one.mutableSpan)
      vector.append(other.mutableSpan)
      let whole = try ready(pair.second.receive(into: vector))
      #expect(whole.count == 4 && !whole.isTruncated)
      #expect(one == [5, 6] && other == [7, 8, 0])
      // Receiving into nothing takes a datagram as well.
      #expect(try pair.second.receiveOnce(upTo: 0) == [])
      expectWouldBlock { () throws(IOError) in try pair.second.receiveOnce() }
    }
  }

  @Test("A peek leaves the datagram for others to take")
  func peek() throws(IOError) {
    try onMachine { _ throws(IOError) in
      let pair = try UnixDatagramSocket.pair()
      try pair.first.send([1, 2])
      try pair.first.send([3])
      var buffer = [UInt8](repeating: 0, count: 8)
      for _ in 0..<2 {
        let peeked = try ready(pair.second.peek(into: buffer.mutableSpan))
        #expect(peeked.count == 2 && !peeked.isTruncated && peeked.source == .unnamed)
      }
      #expect(try pair.second.receiveOnce() == [1, 2])
      #expect(try pair.second.receiveOnce() == [3])
    }
  }

  @Test(
    "R7 Each datagram fires, with the bytes of all that wait, on NetBSD with 2 for each address",
    arguments: KernelProfile.all)
  func readable(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      var pair = try UnixDatagramSocket.pair()
      try loop.registry.register(&pair.second, token: 1, interests: .readable)
      #expect(try loop.news() == [])
      try pair.first.send([])
      let address = profile == .netBSD ? 2 : 0
      #expect(try loop.news() == ["1 read \(address)"])
      try pair.first.send([1, 2])
      #expect(try loop.news() == ["1 read \(2 + 2 * address)"])
      try pair.first.send([3])
      #expect(try pair.second.receiveOnce() == [])
      #expect(try loop.news() == ["1 read \(3 + 2 * address)"])
      #expect(try pair.second.receiveOnce() == [1, 2])
      #expect(try loop.news() == [])
      try pair.first.send([4])
      #expect(try pair.second.receiveOnce() == [3])
      #expect(try pair.second.receiveOnce() == [4])
      #expect(try loop.news() == [])
    }
  }

  @Test(
    "R11 A socket is writable when it is registered; no later edge comes, not even after a full queue",
    arguments: KernelProfile.all)
  func writable(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      var pair = try UnixDatagramSocket.pair()
      let space = try pair.first.option(.sendBufferSize)
      try loop.registry.register(&pair.first, token: 1, interests: .writable)
      #expect(try loop.news() == ["1 write \(space)"])
      #expect(pair.first.fill(100).refusal == .noBufferSpace)
      var buffer = [UInt8](repeating: 0, count: 100)
      while try pair.second.receive(into: buffer.mutableSpan) != nil {}
      #expect(try loop.news() == [])
      try loop.registry.reregister(&pair.first, token: 2, interests: .writable)
      #expect(try loop.news() == ["2 write \(space)"])
    }
  }

  @Test("R13 A queue without room is 'no buffer space'; each datagram takes its bytes and its source's address")
  func fullQueue() throws(IOError) {
    try onMachine { _ throws(IOError) in
      let pair = try UnixDatagramSocket.pair()
      let sender = pair.first
      let receiver = pair.second
      // 4,096 bytes on macOS, of which each datagram takes 16 for a sender without a name.
      #expect(sender.fill(1_024) == (3, .noBufferSpace))
      #expect(sender.fill(960) == (1, .noBufferSpace))
      #expect(sender.fill(0).count == 0)
      #expect(try receiver.receiveOnce(upTo: 1) == [0])
      #expect(sender.fill(1_025).count == 0)
      #expect(sender.fill(1_024).count == 1)
      try receiver.setOption(.receiveBufferSize, to: 8_192)
      #expect(sender.fill(1_008) == (4, .noBufferSpace))
      // Empty ones come to an end as well.
      let empty = try UnixDatagramSocket.pair()
      #expect(empty.first.fill(0) == (256, .noBufferSpace))
      // A queue that was made smaller takes nothing until it has room.
      try receiver.setOption(.receiveBufferSize, to: 100)
      #expect(sender.fill(0).count == 0)
    }
  }

  @Test(
    "A datagram above the sending buffer's size is too long, connected or not, and whole or not at all",
    arguments: KernelProfile.all)
  func tooLong(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      let receiver = try UnixDatagramSocket(bindingTo: unixPath())
      let sender = try UnixDatagramSocket()
      let size = try sender.option(.sendBufferSize)
      #expect(size == (profile == .macOS ? 2_048 : 8_192))
      let (longest, tooLong) = (unixBytes(size), unixBytes(size + 1))
      expectError(.messageTooLong) { () throws(IOError) in try sender.send(tooLong.span, to: unixPath()) }
      #expect(try sender.send(longest.span, to: unixPath()) == size)
      #expect(try receiver.receiveOnce(upTo: size + 1) == longest)
      try sender.connect(to: unixPath())
      expectError(.messageTooLong) { () throws(IOError) in try sender.send(tooLong.span) }
      try sender.setOption(.sendBufferSize, to: size + 1)
      #expect(try sender.send(tooLong.span) == size + 1)
      // What never fits into the receiver's buffer is refused for want of space.
      try receiver.setOption(.receiveBufferSize, to: 100)
      #expect(try receiver.receiveOnce(upTo: size + 1) == tooLong)
      #expect(sender.fill(90) == (0, .noBufferSpace))
      #expect(sender.fill(84) == (1, .noBufferSpace))
    }
  }

  @Test("Without a peer sending needs an address, with one it must not have one")
  func peers() throws(IOError) {
    try onMachine { _ throws(IOError) in
      let receiver = try UnixDatagramSocket(bindingTo: unixPath("/to"))
      let other = try UnixDatagramSocket(bindingTo: unixPath("/other"))
      let sender = try UnixDatagramSocket()
      expectError(.destinationAddressRequired) { () throws(IOError) in try sender.send([1]) }
      expectError(.notConnected) { () throws(IOError) in try sender.peerAddress }
      expectError(.notConnected) { () throws(IOError) in try sender.shutdown(.both) }
      try sender.connect(to: unixPath("/to"))
      #expect(try sender.peerAddress == unixPath("/to"))
      expectError(.alreadyConnected) { () throws(IOError) in try sender.send([1], to: unixPath("/other"))
      }
      expectError(.alreadyConnected) { () throws(IOError) in try sender.send([1], to: unixPath("/to")) }
      // Connecting again replaces the peer, and one that cannot be had leaves none.
      try sender.connect(to: unixPath("/other"))
      try sender.send([1])
      #expect(try other.receiveOnce() == [1])
      expectWouldBlock { () throws(IOError) in try receiver.receiveOnce() }
      expectError(.notFound) { () throws(IOError) in try sender.connect(to: unixPath("/missing")) }
      expectError(.destinationAddressRequired) { () throws(IOError) in try sender.send([1]) }
      try sender.send([2], to: unixPath("/to"))
      #expect(try receiver.receiveOnce() == [2])
    }
  }

  @Test("A connected socket still hears others: it is its sending alone that is bound to the peer")
  func hearsOthers() throws(IOError) {
    try onMachine { _ throws(IOError) in
      let socket = try UnixDatagramSocket(bindingTo: unixPath("/socket"))
      let peer = try UnixDatagramSocket(bindingTo: unixPath("/peer"))
      let other = try UnixDatagramSocket(bindingTo: unixPath("/other"))
      try socket.connect(to: unixPath("/peer"))
      try other.send([1], to: unixPath("/socket"))
      let received = try ready(socket.receiveOnceFrom())
      #expect(received.bytes == [1])
      #expect(try received.source == unixPath("/other"))
      try other.connect(to: unixPath("/socket"))
      try other.send([2])
      #expect(try socket.receiveOnce() == [2])
      expectWouldBlock { () throws(IOError) in try peer.receiveOnce() }
    }
  }

  @Test(
    "A socket that connects to its own path hears itself, and is closed like any other", arguments: KernelProfile.all)
  func ownPath(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { kernel throws(IOError) in
      var loop = try Loop()
      var socket = try UnixDatagramSocket(bindingTo: unixPath())
      try loop.registry.register(&socket, token: 1, interests: [.readable, .writable])
      let space = try socket.option(.sendBufferSize)
      #expect(try loop.news() == ["1 write \(space)"])
      try socket.connect(to: unixPath())
      // Becoming connected runs the filters.
      #expect(try loop.news() == ["1 write \(space)"])
      try socket.send([1, 2])
      #expect(try loop.news() == ["1 read \(2 + profile.unix.addressBytesInData)"])
      let received = try ready(socket.receiveOnceFrom())
      #expect(received.bytes == [1, 2])
      #expect(try received.source == unixPath())
      let count = kernel.descriptorCount
      try socket.close()
      #expect(kernel.descriptorCount == count - 1)
    }
  }
}
