#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore

/// An object whose own operations complete at the port of a selector, such as a named pipe.
///
/// The key of the object's handle is the address of the object. The object holds a reference to itself for each
/// operation under way, so the address stays valid until the completion.
class PortClient {
  init() {}

  /// Takes a completion on the polling thread, and returns the event to report, or `nil` if there is nothing to report.
  func complete(_ completion: metal_completion) -> AFDEvent? { nil }
}

/// The keys of completions that belong to no object.
enum PortKey {
  /// A request to AFD, whose context is the record.
  static let request: UInt = 0
  /// The wakers, or a change that the polling thread must make.
  static let wake: UInt = 1
}

/// Takes a completion of an object, and returns the event to report, if any.
func event(of completion: metal_completion) -> AFDEvent? {
  // Safety: an object holds a reference to itself until this call.
  guard let object = unsafe UnsafeRawPointer(bitPattern: completion.key) else { return nil }
  return unsafe Unmanaged<PortClient>.fromOpaque(object).takeUnretainedValue().complete(completion)
}
#endif
