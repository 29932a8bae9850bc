import MetalCore
import Testing

@Suite("IOError")
struct IOErrorTests {
  /// Every kind there is: the raw values count up from 0.
  private var kinds: [IOError.Kind] {
    (UInt8.min...UInt8.max).compactMap(IOError.Kind.init(rawValue:))
  }

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

  @Test("Errors are equal if both kind and code are")
  func equality() {
    #expect(IOError(.wouldBlock, code: 11) == IOError(.wouldBlock, code: 11))
    #expect(IOError(.wouldBlock, code: 11) != IOError(.wouldBlock, code: 35))
    #expect(IOError(.wouldBlock) != IOError(.interrupted))
  }

  @Test("Every kind has words of its own, and a code is told beside them")
  func descriptions() {
    #expect(kinds.count == 30)
    #expect(Set(kinds.map(\.description)).count == kinds.count)
    #expect(kinds.allSatisfy { !$0.description.isEmpty })
    #expect(IOError(.brokenPipe).description == IOError.Kind.brokenPipe.description)
    #expect(IOError(.brokenPipe, code: 32).description == "\(IOError.Kind.brokenPipe) (errno 32)")
  }

  @Test("An error is a trivial value of eight bytes")
  func layout() {
    #expect(MemoryLayout<IOError>.size == 8)
  }
}
