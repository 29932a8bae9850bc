import CSystem
import MetalCore
import MetalSystem
import Testing

#if METAL_WINDOWS
/// The facts that Windows reports about a socket: whether the socket is open, and whether child processes inherit it.
///
/// Windows has no call that reports whether a socket is blocking. A test can find this out only by an operation.
struct DescriptorFlags: Equatable {
  let isOpen: Bool
  let isCloseOnExec: Bool
  let isNonBlocking = true

  init(of descriptor: SystemKernel.Descriptor) {
    isOpen = system_is_open(descriptor)
    isCloseOnExec = isOpen && !system_is_inherited(descriptor)
  }
}
#else
/// A descriptor's status flags and its own flags, as fcntl(2) reports them.
struct DescriptorFlags: Equatable {
  let status: Int32
  let own: Int32

  init(of descriptor: Int32) {
    status = system_status_flags(descriptor)
    own = system_descriptor_flags(descriptor)
  }

  var isOpen: Bool { own >= 0 }
  var isNonBlocking: Bool { status & O_NONBLOCK != 0 }
  var isCloseOnExec: Bool { own & FD_CLOEXEC != 0 }
}
#endif

/// Expects what holds for every descriptor that the library opens.
func expectLibraryFlags(_ descriptor: SystemKernel.Descriptor, sourceLocation: SourceLocation = #_sourceLocation) {
  let flags = DescriptorFlags(of: descriptor)
  #expect(flags.isOpen, sourceLocation: sourceLocation)
  #expect(flags.isNonBlocking, sourceLocation: sourceLocation)
  #expect(flags.isCloseOnExec, sourceLocation: sourceLocation)
}

/// Makes a descriptor of the test's own non-blocking, and wraps it, which changes nothing of it.
func wrap<T: DescriptorSource<Selector> & ~Copyable>(
  _ descriptor: SystemKernel.Descriptor
) throws(IOError) -> T {
  try SystemKernel().setNonBlocking(true, of: descriptor)
  let flags = DescriptorFlags(of: descriptor)
  #expect(flags.isNonBlocking && !flags.isCloseOnExec)
  let source = T(adopting: OwnedDescriptor(adopting: descriptor))
  #expect(source.rawDescriptor == descriptor)
  #expect(DescriptorFlags(of: descriptor) == flags)
  return source
}
