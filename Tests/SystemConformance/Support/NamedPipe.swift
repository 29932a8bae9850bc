import Glibc
import MetalSystem

/// A pipe with a name, in a folder of its own.
struct NamedPipe: ~Copyable {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/pipe" }

  init() throws {
    let folder = try TemporaryFolder()
    try SystemCall.check(unsafe mkfifo(folder.path + "/pipe", 0o600))
    self.folder = folder
  }

  /// Opens one of its ends.
  func open(_ flags: Int32) throws -> OwnedDescriptor {
    OwnedDescriptor(adopting: try SystemCall.check(unsafe Glibc.open(path, flags | O_NONBLOCK | O_CLOEXEC)))
  }
}
