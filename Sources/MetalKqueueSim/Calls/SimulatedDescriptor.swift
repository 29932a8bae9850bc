public import MetalCore

/// Closes its descriptor of a simulated kernel when the program drops this value.
public struct SimulatedDescriptor: DescriptorOwner, ~Copyable {
  /// The descriptor's number, which only this value may close.
  public private(set) var descriptor: Int32
  /// The kernel that the descriptor belongs to.
  public let kernel: SimulatedKernel

  /// Takes ownership of a descriptor of a kernel.
  public init(owning descriptor: Int32, on kernel: SimulatedKernel) {
    self.descriptor = descriptor
    self.kernel = kernel
  }

  deinit {
    guard descriptor != SimulatedKernel.noDescriptor else { return }
    // A `deinit` cannot report an error, and the descriptor is gone in any case.
    _ = kernel.close(descriptor, isDrop: true)
  }

  /// Returns the descriptor, which the caller must then close.
  public consuming func release() -> Int32 {
    let descriptor = descriptor
    self.descriptor = SimulatedKernel.noDescriptor
    return descriptor
  }
}
