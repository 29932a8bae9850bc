import MetalCore
import Testing

@Suite("IOError")
struct IOErrorTests {
  /// Every kind there is.
  private let kinds: [IOError.Kind] = [
    .wouldBlock, .interrupted, .invalidInput, .unsupported, .alreadyExists, .notFound, .permissionDenied,
    .badDescriptor, .tooManyOpenFiles, .tooManyOpenFilesInSystem, .outOfMemory, .noBufferSpace, .noSpace,
    .addressInUse, .addressNotAvailable, .connectionRefused, .connectionReset, .connectionAborted,
    .notConnected, .alreadyConnected, .connectionInProgress, .brokenPipe, .timedOut, .networkDown,
    .networkUnreachable, .hostUnreachable, .messageTooLong, .destinationAddressRequired, .deadlock, .other,
    .simulationEnded,
  ]

  @Test("A catch matches by kind, whatever the code")
  func matching() {
    do throws(IOError) {
      throw IOError(.wouldBlock, code: 11)
    } catch .interrupted {
      Issue.record("it is of another kind")
    } catch .wouldBlock {
      // As it should.
    } catch {
      Issue.record("it is of the kind that the second pattern names")
    }
  }

  @Test("In a block that throws other errors as well, a catch that names the type matches by kind")
  func matchingAnyError() {
    func caught(_ error: any Error) -> String {
      do {
        throw error
      } catch IOError.Kind.interrupted, IOError.Kind.wouldBlock {
        return "one of two kinds"
      } catch is IOError {
        return "another kind"
      } catch {
        return "no IOError"
      }
    }
    #expect(caught(IOError(.wouldBlock, code: 11)) == "one of two kinds")
    #expect(caught(IOError(.interrupted)) == "one of two kinds")
    #expect(caught(IOError(.other, code: 11)) == "another kind")
    #expect(caught(CancellationError()) == "no IOError")
  }

  @Test("A switch matches kinds, and kinds are equal and hash alike only with themselves")
  func kindsAreValues() {
    for (index, kind) in kinds.enumerated() {
      for (other, second) in kinds.enumerated() { #expect((kind == second) == (index == other)) }
      switch kind {
      case .brokenPipe: #expect(kind == .brokenPipe)
      default: #expect(kind != .brokenPipe)
      }
    }
    #expect(Set(kinds + kinds).count == kinds.count)
  }

  @Test("Errors are equal if both kind and code are")
  func equality() {
    #expect(IOError(.wouldBlock, code: 11) == IOError(.wouldBlock, code: 11))
    #expect(IOError(.wouldBlock, code: 11) != IOError(.wouldBlock, code: 35))
    #expect(IOError(.wouldBlock) != IOError(.interrupted))
  }

  @Test("Every kind has words of its own, and a code is told beside them")
  func descriptions() {
    #expect(Set(kinds.map(\.description)).count == kinds.count)
    #expect(kinds.allSatisfy { !$0.description.isEmpty })
    #expect(IOError(.brokenPipe).description == IOError.Kind.brokenPipe.description)
    #expect(IOError(.brokenPipe, code: 32).description == "\(IOError.Kind.brokenPipe) (system error 32)")
  }

  @Test("An error is a trivial value of eight bytes")
  func layout() {
    #expect(MemoryLayout<IOError>.size == 8)
  }
}
