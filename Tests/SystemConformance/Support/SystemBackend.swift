// What the shared suites take from a backend, where that is the operating system.

import Glibc
import MetalCore
import MetalSystem
import Testing

typealias BorrowedDescriptor = MetalSystem.BorrowedDescriptor<Selector>

extension Backend {
  /// A second source that borrows a registered descriptor is refused.
  static let refusesSecondBorrower = true
  /// What had arrived before one's own shutdown of the reading side can still be read.
  static let keepsDataAfterReadShutdown = true
  /// A socket's file lies in a folder, which must exist.
  static let hasFolders = true
  /// Sending to a full Unix-domain datagram queue would block, and is armed again; elsewhere it fails for want of room.
  static let blocksOnFullDatagramQueue = true
  /// Sockets can have abstract names.
  static let hasAbstractNames = true
  /// A connected datagram socket may send to other destinations.
  static let sendsElsewhereWhenConnected = true
  /// The number of the loopback interface.
  static let loopbackInterface = unsafe if_nametoindex("lo")
  /// The loopback interface carries IPv6 multicast, for which systems need a route.
  static let routesMulticastV6 = hasRoute(toMulticastV6On: loopbackInterface)
  /// The process may hold a number of descriptors at once, after its limit was raised if need be.
  ///
  /// A limit that was raised stays so, which harms no test that runs beside; it is never lowered here.
  static func allows(descriptors count: Int) -> Bool { raiseLimit(to: rlim_t(count)) }
  /// Time is virtual, so that upper bounds are exact.
  static let hasVirtualTime = false
}

/// Asks the system, past the library, for a route to the multicast group ff01::1 on an interface.
private func hasRoute(toMulticastV6On interface: UInt32) -> Bool {
  let descriptor = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue), 0)
  guard descriptor >= 0 else { return false }
  defer { close(descriptor) }
  var address = sockaddr_in6()
  address.sin6_family = sa_family_t(AF_INET6)
  address.sin6_port = 9
  address.sin6_scope_id = interface
  // Safety: the text ends in a zero and the address has room for what is written; every socket address may be passed
  // as a `sockaddr` with its own length.
  return unsafe withUnsafeMutablePointer(to: &address) { pointer in
    unsafe inet_pton(AF_INET6, "ff01::1", &pointer.pointee.sin6_addr)
    return unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
    }
  }
}

private func raiseLimit(to count: rlim_t) -> Bool {
  let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  var limit = rlimit()
  unsafe getrlimit(resource, &limit)
  if limit.rlim_cur >= count { return true }
  guard limit.rlim_max >= count else { return false }
  limit.rlim_cur = count
  return unsafe setrlimit(resource, &limit) == 0
}

/// Runs each test in the environment that the backend needs; here the operating system, which is there already.
struct BackendTrait: SuiteTrait, TestTrait {
  var isRecursive: Bool { true }
}

extension Trait where Self == BackendTrait {
  static var backend: BackendTrait { BackendTrait() }
}

/// Runs `body` in the environment that the backend needs, as `.backend` does, for a test in a process of its own.
///
/// Such a process is for a test that closes something and asks at once: a child that another test starts has copies of all
/// descriptors until it begins its own program, so that what was closed here lives on.
func onBackend<E: Error>(_ body: () throws(E) -> Void) throws(E) {
  try body()
}

/// A folder of its own for the sockets' files of one test, which goes with all that is in it.
///
/// Its path is unique in the system, so that it serves as the beginning of abstract names as well.
struct TemporaryFolder: ~Copyable {
  let path: String

  init() throws(IOError) {
    var template = Array("/tmp/metal-XXXXXX".utf8CString)
    // Safety: the call writes to the last six characters.
    let result = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) }
    if unsafe result == nil { throw IOError(.other, code: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The names of the files that are in the folder.
  var names: [String] {
    var names: [String] = []
    guard let folder = unsafe opendir(path) else { return [] }
    while let entry = unsafe readdir(folder) {
      // Safety: a name ends in a zero.
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    unsafe closedir(folder)
    return names
  }

  /// The address of a file in the folder, which need not exist.
  func address(_ name: String = "socket") throws(IOError) -> UnixAddress {
    try UnixAddress(pathname: "\(path)/\(name)")
  }

  deinit {
    for name in names { unsafe unlink("\(path)/\(name)") }
    unsafe rmdir(path)
  }
}
