import MetalCore
import Testing

@testable import MetalAFD

/// The state that turns AFD's conditions into edges, without a socket.
@Suite("AFD: readiness")
struct ReadinessTests {
  @Test("A condition is reported once, until an operation arms it again")
  func once() {
    var readiness = Readiness(interests: [.readable, .writable])
    #expect(readiness.take([.readable, .writable]) == [.readable, .writable])
    #expect(readiness.take([.readable, .writable]) == [])
    readiness.rearm(.readable)
    #expect(readiness.take([.readable, .writable]) == .readable)
    readiness.rearm(.all)
    #expect(readiness.take(.writable) == .writable)
    #expect(readiness.take([.readable, .writable]) == .readable)
  }

  @Test("Without an interest, only the end and errors are reported")
  func interests() {
    var readiness = Readiness(interests: .writable)
    #expect(readiness.take(.readable) == [])
    readiness.rearm(.readable)
    #expect(readiness.take(.readable) == [])
    #expect(readiness.take([.readable, .aborted]) == [.aborted, .writable])
  }

  @Test("The end of the stream is reported once, with readable, and reading is not armed again")
  func endOfStream() {
    var readiness = Readiness(interests: [.readable, .writable])
    #expect(readiness.take(.readClosed) == [.readable, .readClosed])
    readiness.rearm(.all)
    #expect(readiness.take([.readable, .readClosed, .writable]) == .writable)
    #expect(readiness.take(.aborted) == [.aborted, .readable, .writable])
  }

  @Test("A reset and a failed attempt are reported once, with both directions, and end the requests")
  func failures() {
    for failure in [.aborted, .connectFailed] as [Conditions] {
      var readiness = Readiness(interests: [.readable, .writable])
      #expect(readiness.needsRequest)
      #expect(readiness.take(failure) == failure.union([.readable, .writable]))
      #expect(!readiness.needsRequest)
      readiness.rearm(.all)
      #expect(!readiness.needsRequest)
      #expect(readiness.take([.readable, .writable, failure]) == [])
    }
  }

  @Test("Reading is armed again after a transient error, and not after a lasting error")
  func transientErrors() {
    for kind in [.connectionRefused, .connectionReset, .noBufferSpace, .outOfMemory] as [IOError.Kind] {
      #expect(Readiness.isTransient(kind))
    }
    for kind in [.brokenPipe, .tooManyOpenFiles, .other, .notConnected, .invalidInput] as [IOError.Kind] {
      #expect(!Readiness.isTransient(kind))
    }
  }

  @Test("After a transient error of the program's own operation, the poll reports a waiting datagram again")
  func performing() throws(IOError) {
    var loop = try Loop()
    var line = try UDPLine()
    try loop.registry.register(&line.socket, token: 1, interests: .readable)
    for kind in [.connectionReset, .connectionRefused] as [IOError.Kind] {
      try line.deliver([1])
      try loop.expect(1, .readable)
      try loop.expectQuiet(.milliseconds(5))
      expectError(kind) { () throws(IOError) in
        try line.socket.perform { _ throws(IOError) in throw IOError(kind) }
      }
      try loop.expect(1, .readable)
      expectError(.other) { () throws(IOError) in
        try line.socket.perform { _ throws(IOError) in throw IOError(.other) }
      }
      try loop.expectQuiet(.milliseconds(5))
      #expect(try line.socket.receiveWhenReady(.receive).bytes == [1])
    }
  }
}
