import MetalCore
import Testing

@Suite("Rules: the ends of Unix-domain streams")
struct UnixEndingRuleTests {
  @Test(
    "S19 A peer that closes ends both directions without an error; what it sent can be read",
    arguments: KernelProfile.all)
  func peerCloses(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      let pair = try UnixStream.pair()
      var stream = pair.first
      let peer = pair.second
      try loop.registry.register(&stream, token: 1, interests: [.readable, .writable])
      #expect(try loop.news() == ["1 write 8192"])
      #expect(try peer.put(7) == 7)
      #expect(try stream.put(3) == 3)
      // What the peer never read is no reason for a reset, as it is on Linux.
      try peer.close()
      // S8: the order of the directions.
      let told = ["1 read 7 end 0", "1 write \(profile == .netBSD ? 8_189 : 0) end 0"]
      let events = try loop.news()
      // The reading direction was queued first, by what was sent.
      #expect(events == told)
      #expect(try loop.news() == [])
      expectError(.brokenPipe) { () throws(IOError) in try stream.put(1) }
      #expect(try stream.readOnce(upTo: 4) == Array(unixBytes(7)[..<4]))
      #expect(try stream.readOnce() == Array(unixBytes(7)[4...]))
      #expect(try stream.readOnce() == [])
      #expect(try stream.readOnce() == [])
      #expect(try stream.takePendingError() == nil)
      expectError(.brokenPipe) { () throws(IOError) in try stream.put(1) }
      expectError(.notConnected) { () throws(IOError) in try stream.peerAddress }
      if profile == .netBSD {
        try stream.shutdown(.write)
      } else {
        expectError(.notConnected) { () throws(IOError) in try stream.shutdown(.write) }
      }
    }
  }

  @Test(
    "S8 A peer that closes with nothing sent fires the directions in the order of the system",
    arguments: KernelProfile.all)
  func order(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      let pair = try UnixStream.pair()
      var stream = pair.first
      try loop.registry.register(&stream, token: 1, interests: [.readable, .writable])
      #expect(try loop.news() == ["1 write 8192"])
      try pair.second.close()
      let told = ["1 read 0 end 0", "1 write \(profile == .netBSD ? 8_192 : 0) end 0"]
      #expect(try loop.news() == (profile == .freeBSD ? told : told.reversed()))
    }
  }

  @Test(
    "S22 Data and the end before one poll are one event, with the number of bytes (R6)", arguments: KernelProfile.all)
  func dataAndEnd(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      var pair = try UnixStream.pair()
      try loop.registry.register(&pair.second, token: 1, interests: .readable)
      #expect(try pair.first.put(5) == 5)
      try pair.first.shutdown(.write)
      #expect(try loop.news() == ["1 read 5 end 0"])
      #expect(try pair.second.readOnce(upTo: 2) == [0, 1])
      // D11: what has ended is told as ended in each later event, here that of a new registration.
      try loop.registry.reregister(&pair.second, token: 2, interests: .readable)
      #expect(try loop.news() == ["2 read 3 end 0"])
      #expect(try pair.second.drain() == 3)
      try loop.registry.reregister(&pair.second, token: 3, interests: .readable)
      #expect(try loop.news() == ["3 read 0 end 0"])
    }
  }

  @Test(
    "S9 Shutting down writing is told to oneself as its end, and to the peer as the end of what it reads",
    arguments: KernelProfile.all)
  func ownWriteShutdown(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      var pair = try UnixStream.pair()
      try loop.registry.register(&pair.first, token: 1, interests: [.readable, .writable])
      try loop.registry.register(&pair.second, token: 2, interests: [.readable, .writable])
      #expect(try loop.news() == ["1 write 8192", "2 write 8192"])
      #expect(try pair.first.put(5) == 5)
      try pair.first.shutdown(.write)
      #expect(try loop.news() == ["2 read 5 end 0", "1 write 8187 end 0"])
      expectError(.brokenPipe) { () throws(IOError) in try pair.first.put(1) }
      // The other direction is whole.
      #expect(try pair.second.put(6) == 6)
      #expect(try loop.news() == ["1 read 6"])
      #expect(try pair.first.readOnce() == unixBytes(6))
      #expect(try pair.second.readOnce() == unixBytes(5))
      #expect(try pair.second.readOnce() == [])
    }
  }

  @Test("S10 Shutting down reading throws away what is there, and reads the end", arguments: KernelProfile.all)
  func ownReadShutdown(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      var pair = try UnixStream.pair()
      try loop.registry.register(&pair.first, token: 1, interests: [.readable, .writable])
      #expect(try loop.news() == ["1 write 8192"])
      #expect(try pair.second.put(5) == 5)
      try pair.first.shutdown(.read)
      #expect(try loop.news() == ["1 read 0 end 0"])
      #expect(try pair.first.readOnce() == [])
      #expect(try pair.first.put(6) == 6)
      #expect(try pair.second.readOnce() == unixBytes(6))
    }
  }

  @Test("S11 Shutting down both directions ends both, for both ends", arguments: KernelProfile.all)
  func ownShutdownOfBoth(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      var pair = try UnixStream.pair()
      try loop.registry.register(&pair.first, token: 1, interests: [.readable, .writable])
      #expect(try loop.news() == ["1 write 8192"])
      #expect(try pair.second.put(5) == 5)
      try pair.first.shutdown(.both)
      #expect(try loop.news() == ["1 read 0 end 0", "1 write 8192 end 0"])
      #expect(try pair.first.readOnce() == [])
      #expect(try pair.second.readOnce() == [])
      expectError(.brokenPipe) { () throws(IOError) in try pair.first.put(1) }
      if profile == .netBSD {
        // S21: writing goes on, and what is written is thrown away.
        #expect(try pair.second.put(1) == 1)
        #expect(try pair.first.readOnce() == [])
      } else {
        expectError(.brokenPipe) { () throws(IOError) in try pair.second.put(1) }
      }
      // Doing it again is no error.
      try pair.first.shutdown(.both)
      try pair.second.shutdown(.both)
    }
  }

  @Test(
    "S21 A peer that shuts down reading is told to the writing direction by FreeBSD; on NetBSD writing goes on",
    arguments: KernelProfile.all)
  func peerReadShutdown(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      var pair = try UnixStream.pair()
      try loop.registry.register(&pair.first, token: 1, interests: [.readable, .writable])
      #expect(try loop.news() == ["1 write 8192"])
      #expect(try pair.first.flood() == 8_192)
      try pair.second.shutdown(.read)
      #expect(try loop.news() == (profile == .freeBSD ? ["1 write 8192 end 0"] : []))
      if profile == .netBSD {
        for _ in 0..<9 { #expect(try pair.first.put(8_000) == 8_000) }
        #expect(try pair.second.readOnce() == [])
      } else {
        expectError(.brokenPipe) { () throws(IOError) in try pair.first.put(1) }
      }
      #expect(try pair.second.put(5) == 5)
      #expect(try pair.first.readOnce() == unixBytes(5))
      // Only its close is told by both.
      try pair.second.close()
      #expect(try loop.news().contains("1 write \(profile == .netBSD ? 8_192 : 0) end 0"))
    }
  }

  @Test(
    "R15 Reading goes on to the end after one's own shutdown of writing and the peer's close",
    arguments: KernelProfile.all)
  func readsToTheEnd(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      let pair = try UnixStream.pair()
      let stream = pair.first
      let peer = pair.second
      try stream.shutdown(.write)
      #expect(try peer.put(8_192) == 8_192)
      try peer.close()
      #expect(try stream.drain() == 8_192)
      #expect(try stream.readOnce() == [])
    }
  }

  @Test("A duplicate keeps the connection, and the last close ends it")
  func duplicate() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      let descriptors = try kernel.openSocketPair(.stream)
      let copy = try kernel.duplicate(descriptors.second)
      try kernel.close(descriptors.second)
      #expect(kernel.send(copy, 2) == .moved(2))
      #expect(kernel.receive(descriptors.first) == .moved(2))
      #expect(kernel.receive(descriptors.first) == .failed(.wouldBlock))
      try kernel.close(copy)
      #expect(kernel.receive(descriptors.first) == .moved(0))
      #expect(kernel.send(descriptors.first, 1) == .failed(.brokenPipe))
    }
  }

  @Test("What overlooks the end is told so when nothing else can come")
  func diagnosis() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      var loop = try Loop()
      var pair = try UnixStream.pair()
      try loop.registry.register(&pair.first, token: 1, interests: .readable)
      #expect(try pair.second.put(5) == 5)
      #expect(try loop.news() == ["1 read 5"])
      expectError(.deadlock) { () throws(IOError) in try loop.wait(nil) }
      let diagnosis = try required(kernel.simulation.diagnosis)
      #expect(
        diagnosis.sources.map(\.summary) == [
          "unix stream unnamed ↔ unnamed, connected, received 5 B, 8192 B free"
        ])
      #expect(diagnosis.lostEdges.count == 1)
    }
  }
}
