// What the shared suites take from a backend, where that is the operating system.

import CSystem
import MetalCore
import MetalSystem
import Testing

// WindowsFacts.swift and Unix/UnixFacts.swift have other facts.

typealias BorrowedDescriptor = MetalSystem.BorrowedDescriptor<Selector>

extension Backend {
  /// A second source that borrows a registered descriptor is refused.
  static let refusesSecondBorrower = true
  /// A socket's file lies in a folder, which must exist.
  static let hasFolders = true
  /// Sending to a full Unix-domain datagram queue would block, and is armed again; elsewhere it fails for want of room.
  static let blocksOnFullDatagramQueue = true
  /// A connected datagram socket may send to other destinations.
  static let sendsElsewhereWhenConnected = true
  /// The number of the loopback interface.
  static let loopbackInterface = system_loopback()
  /// The loopback interface carries IPv6 multicast, for which systems need a route.
  static let routesMulticastV6 = system_has_multicast_route(loopbackInterface)
  /// The process may hold a number of descriptors at once, after its limit was raised if need be.
  ///
  /// A limit that was raised stays so, which harms no test that runs beside; it is never lowered here.
  static func allows(descriptors count: Int) -> Bool { system_raise_descriptor_limit(Int64(count)) }
  /// Time is virtual, so that upper bounds are exact.
  static let hasVirtualTime = false
}

#if !hasFeature(Embedded)
/// Runs each test in the environment that the backend needs; here the operating system, which is there already.
struct BackendTrait: SuiteTrait, TestTrait {
  var isRecursive: Bool { true }
}

extension Trait where Self == BackendTrait {
  static var backend: BackendTrait { BackendTrait() }
}
#endif

/// Runs `body` in the environment that the backend needs, as `.backend` does, for a test in a process of its own.
///
/// Such a process is for a test that closes something and asks at once: a child that another test starts has copies of
/// all descriptors until it begins its own program, so that what was closed here lives on.
func onBackend(_ body: () throws(IOError) -> Void) throws(IOError) {
  try body()
}

/// A folder of its own for the sockets' files of one test, which goes with all that is in it.
///
/// Its path is unique in the system, so that it serves as the beginning of abstract names as well.
struct TemporaryFolder: ~Copyable {
  let path: String

  init() throws(IOError) {
    var path = [UInt8](repeating: 0, count: 260)
    // Safety: the call writes at most as many bytes as the array has.
    try checked(unsafe system_make_folder(&path, Int32(path.count)))
    self.path = String(decoding: path.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The names of the files that are in the folder.
  var names: [String] {
    var names: [String] = []
    // Safety: the context is the array, which outlives the call. A name ends in a zero.
    unsafe withUnsafeMutablePointer(to: &names) { context in
      unsafe system_list_folder(path, context) { context, name in
        unsafe context!.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name!))
      }
    }
    return names
  }

  /// The address of a file in the folder, which need not exist.
  func address(_ name: String = "socket") throws(IOError) -> UnixAddress {
    try UnixAddress(pathname: "\(path)/\(name)")
  }

  deinit {
    for name in names { unsafe system_remove_file("\(path)/\(name)") }
    unsafe system_remove_folder(path)
  }
}
