import CSystem
import MetalCore
import MetalSystem

/// A pipe with a name, in a folder of its own.
struct NamedPipe: ~Copyable {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/pipe" }

  init() throws(IOError) {
    let folder = try TemporaryFolder()
    // Safety: the path lives through the call; likewise below.
    try checked(unsafe system_make_named_pipe(folder.path + "/pipe"))
    self.folder = folder
  }

  /// Opens one of its ends.
  func open(_ flags: Int32) throws(IOError) -> OwnedDescriptor {
    try opened(unsafe system_open(path, flags | O_NONBLOCK))
  }
}
