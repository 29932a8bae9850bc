public import MetalCore

/// A descriptor of a simulated kernel with one owner: closed when it is dropped.
public struct SimulatedDescriptor: DescriptorOwner, ~Copyable {
  /// The descriptor's number, which stays this value's to close.
  public private(set) var descriptor: Int32
  /// The kernel that the descriptor belongs to.
  public let kernel: SimulatedKernel

  /// Takes over a descriptor.
  public init(owning descriptor: Int32, on kernel: SimulatedKernel) {
    self.descriptor = descriptor
    self.kernel = kernel
  }

  deinit {
    guard descriptor != SimulatedKernel.noDescriptor else { return }
    // No caller takes an error here, and the descriptor is gone in any case.
    _ = kernel.close(descriptor, isDrop: true)
  }

  /// Gives the descriptor away, to be closed by the caller.
  public consuming func release() -> Int32 {
    let descriptor = descriptor
    self.descriptor = SimulatedKernel.noDescriptor
    return descriptor
  }
}
