import Glibc
import MetalCore

/// Calls of the C library that its module does not show to Swift.
enum SystemCall {
  static func eventfd() throws -> Int32 {
    // Safety: as eventfd(2) declares it.
    let call = try unsafe function("eventfd", as: (@convention(c) (UInt32, Int32) -> Int32).self)
    return try check(call(0, O_NONBLOCK | Int32(O_CLOEXEC)))
  }

  /// Makes a timer that expires once, after a time.
  static func timer(after delay: Duration) throws -> Int32 {
    // Safety: as timerfd_create(2) declares it.
    let create = try unsafe function("timerfd_create", as: (@convention(c) (Int32, Int32) -> Int32).self)
    let timer = try check(create(CLOCK_MONOTONIC, O_NONBLOCK | Int32(O_CLOEXEC)))
    try setTimer(timer, after: delay)
    return timer
  }

  static func setTimer(_ timer: Int32, after delay: Duration) throws {
    typealias SetTime = @convention(c) (Int32, Int32, UnsafePointer<Int>, OpaquePointer?) -> Int32
    // Safety: as timerfd_settime(2) declares it.
    let call = try unsafe function("timerfd_settime", as: SetTime.self)
    let (seconds, attoseconds) = delay.components
    // The interval, of which there is none, and the time, each in seconds and nanoseconds.
    let time = [0, 0, Int(seconds), Int(attoseconds / 1_000_000_000)]
    try check(unsafe call(timer, 0, time, nil))
  }

  /// Makes a descriptor that a signal, which the caller has blocked, makes readable.
  static func signalDescriptor(_ signal: Int32) throws -> Int32 {
    typealias Signal = @convention(c) (Int32, UnsafePointer<sigset_t>, Int32) -> Int32
    // Safety: as signalfd(2) declares it.
    let call = try unsafe function("signalfd", as: Signal.self)
    var signals = signalSet([signal])
    return try check(unsafe call(-1, &signals, O_NONBLOCK | Int32(O_CLOEXEC)))
  }

  /// Gives this thread a table of descriptors of its own, which begins as a copy.
  static func unshareDescriptors() throws {
    // Not by unshare(2), which containers often forbid: this closes no descriptor, for none has the greatest number.
    typealias Close = @convention(c) (UInt32, UInt32, UInt32) -> Int32
    // Safety: as close_range(2) declares it.
    let call = try unsafe function("close_range", as: Close.self)
    // CLOSE_RANGE_UNSHARE
    try check(call(.max, .max, 2))
  }

  /// Has the kernel answer a system call with an error, in this thread and for good.
  static func refuse(_ number: Int, with code: Int32) throws {
    try filter(number, action: 0x0005_0000 | UInt32(code))
  }

  /// Has the kernel end the process at a system call, in this thread and for good.
  static func forbid(_ number: Int) throws {
    try filter(number, action: 0x8000_0000)
  }

  private struct Instruction {
    var code: UInt16
    var ifTrue: UInt8 = 0
    var ifFalse: UInt8 = 0
    var value: UInt32
  }

  @unsafe
  private struct Program {
    var count: UInt16
    var instructions: UnsafePointer<Instruction>
  }

  /// Source: seccomp(2), `SECCOMP_SET_MODE_FILTER`.
  private static func filter(_ number: Int, action: UInt32) throws {
    typealias Control = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
    // Safety: prctl(2) takes variable arguments, which are passed as others are where the calls are used.
    let control = try unsafe function("prctl", as: Control.self)
    // No new privileges, which a filter requires.
    try check(control(38, 1, 0, 0, 0))
    let instructions = [
      Instruction(code: 0x20, value: 0),  // load the number of the call
      Instruction(code: 0x15, ifFalse: 1, value: UInt32(number)),
      Instruction(code: 0x06, value: action),
      Instruction(code: 0x06, value: 0x7FFF_0000),  // allow
    ]
    try unsafe instructions.withUnsafeBufferPointer { instructions in
      var program = unsafe Program(count: 4, instructions: instructions.baseAddress!)
      // Safety: the kernel copies the program.
      let result = unsafe withUnsafePointer(to: &program) { control(22, 2, UInt(bitPattern: $0), 0, 0) }
      try check(result)
    }
  }

  @unsafe
  static func function<F>(_ name: String, as type: F.Type) throws -> F {
    guard let symbol = unsafe dlsym(nil, name) else { throw IOError(.unsupported) }
    return unsafe unsafeBitCast(symbol, to: type)
  }

  @discardableResult
  static func check(_ result: Int32) throws -> Int32 {
    guard result >= 0 else { throw IOError(.other, code: errno) }
    return result
  }

  /// Makes a call that takes a socket address of any family.
  @unsafe
  static func call<Address>(
    with address: Address, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws {
    // Safety: every socket address may be passed as a `sockaddr` with its own length.
    let result = unsafe withUnsafePointer(to: address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe call($0, socklen_t(MemoryLayout<Address>.size))
      }
    }
    try check(result)
  }
}

/// A set of signals.
func signalSet(_ signals: [Int32]) -> sigset_t {
  var set = sigset_t()
  unsafe sigemptyset(&set)
  for signal in signals { unsafe sigaddset(&set, signal) }
  return set
}
