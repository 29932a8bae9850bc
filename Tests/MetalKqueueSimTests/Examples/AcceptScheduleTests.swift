import Serving
import MetalCore
import Testing

@Suite("Example: when a server accepts")
struct AcceptScheduleTests {
  private let simulation = Simulation(seed: 1)
  private var schedule: AcceptSchedule<SimulatedKernel>
  private var attempts = 0

  init() {
    schedule = AcceptSchedule(on: simulation.machine("server").kernel)
  }

  /// Lets virtual time pass.
  private func wait(_ time: Duration) throws(IOError) {
    var poll = try Poll(on: simulation.machine("clock \(simulation.now.wholeNanoseconds)").kernel)
    var events = Events(capacity: 1)
    try poll.wait(into: &events, timeout: time)
  }

  /// Makes an attempt if one is due, at which accepting fails; returns whether it was due.
  private mutating func fails(_ kind: IOError.Kind) throws(IOError) -> Bool {
    let before = attempts
    try schedule.acceptIfDue { () throws(IOError) in
      attempts += 1
      throw IOError(kind)
    }
    return attempts > before
  }

  /// Makes attempts if one is due, of which the first ones accept a connection and the next finds none.
  private mutating func accepts(_ count: Int) throws(IOError) -> Int {
    var rest = count
    try schedule.acceptIfDue { () throws(IOError) in
      rest -= 1
      return rest >= 0
    }
    return count - max(rest, 0)
  }

  @Test("It accepts until no connection waits, and then again after the listener's next event")
  mutating func event() throws(IOError) {
    #expect(try accepts(3) == 0)
    schedule.listenerHasEvent()
    #expect(schedule.timeout(atMost: nil) == .zero)
    #expect(try accepts(3) == 3)
    #expect(schedule.timeout(atMost: nil) == nil)
    #expect(schedule.timeout(atMost: .seconds(1)) == .seconds(1))
    #expect(try accepts(3) == 0)
  }

  @Test("A turn accepts its share, and the next one goes on without an event")
  mutating func share() throws(IOError) {
    schedule.listenerHasEvent()
    #expect(try accepts(1_000) == schedule.fairShare)
    #expect(schedule.timeout(atMost: .seconds(1)) == .zero)
    #expect(try accepts(5) == 5)
    #expect(schedule.timeout(atMost: .seconds(1)) == .seconds(1))
  }

  @Test(
    "After the error of one connection it goes on at once, and still ends the turn",
    arguments: [
      IOError.Kind.connectionAborted, .connectionReset, .timedOut, .networkDown, .networkUnreachable, .hostUnreachable,
    ])
  mutating func oneConnection(kind: IOError.Kind) throws(IOError) {
    schedule.listenerHasEvent()
    #expect(try fails(kind))
    #expect(attempts == schedule.fairShare)
    #expect(schedule.timeout(atMost: nil) == .zero)
    #expect(try accepts(1) == 1)
    #expect(schedule.timeout(atMost: nil) == nil)
  }

  @Test(
    "While there is a shortage it tries every 100 ms, for as long as it takes",
    arguments: [
      IOError.Kind.tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .outOfMemory, .noSpace,
    ])
  mutating func shortage(kind: IOError.Kind) throws(IOError) {
    schedule.listenerHasEvent()
    for attempt in 1...50 {
      #expect(try fails(kind))
      #expect(attempts == attempt)
      #expect(schedule.timeout(atMost: nil) == .milliseconds(100))
      #expect(schedule.timeout(atMost: .milliseconds(30)) == .milliseconds(30))
      // Neither turns nor the listener's events end the pause.
      try wait(.milliseconds(99))
      schedule.listenerHasEvent()
      #expect(try !fails(kind))
      #expect(schedule.timeout(atMost: nil).map { $0 <= .milliseconds(1) } == true)
      try wait(.milliseconds(1))
    }
    #expect(try accepts(1) == 1)
    #expect(schedule.timeout(atMost: nil) == nil)
  }

  @Test("A descriptor that comes free ends the pause after a shortage, and no other")
  mutating func freeDescriptor() throws(IOError) {
    schedule.descriptorCameFree()
    #expect(schedule.timeout(atMost: nil) == nil)
    schedule.listenerHasEvent()
    #expect(try fails(.tooManyOpenFiles))
    schedule.descriptorCameFree()
    #expect(schedule.timeout(atMost: nil) == .zero)
    #expect(try fails(.permissionDenied))
    schedule.descriptorCameFree()
    #expect(schedule.timeout(atMost: nil) == .milliseconds(100))
    #expect(try !fails(.permissionDenied))
  }

  @Test(
    "Any other error is met every 100 ms, and the tenth in a row is thrown",
    arguments: [
      IOError.Kind.permissionDenied, .badDescriptor, .invalidInput, .unsupported, .interrupted, .other,
    ])
  mutating func lasting(kind: IOError.Kind) throws(IOError) {
    schedule.listenerHasEvent()
    for _ in 1..<schedule.failureLimit {
      #expect(try fails(kind))
      #expect(try !fails(kind))
      #expect(schedule.timeout(atMost: nil) == .milliseconds(100))
      try wait(.milliseconds(100))
    }
    expectError(IOError(kind)) { () throws(IOError) in try fails(kind) }
    #expect(attempts == schedule.failureLimit)
    #expect(simulation.now >= .milliseconds(900))
  }

  @Test("Whatever is accepted, or a shortage, begins the count of errors anew")
  mutating func notInARow() throws(IOError) {
    schedule.listenerHasEvent()
    for round in 0..<30 {
      for _ in 1..<schedule.failureLimit {
        #expect(try fails(.permissionDenied))
        try wait(.milliseconds(100))
      }
      if round.isMultiple(of: 2) {
        #expect(try accepts(1) == 1)
        schedule.listenerHasEvent()
      } else {
        #expect(try fails(.outOfMemory))
        try wait(.milliseconds(100))
      }
    }
  }
}
