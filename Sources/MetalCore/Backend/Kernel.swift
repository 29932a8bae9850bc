/// Provides the system calls that sources make, with one typed method for each call.
///
/// A program chooses a kernel at compile time through ``Selector/K``. Programs use the sources instead of this
/// protocol. Memory and addresses are generic. A kernel branches on ``IOBytes/isContiguous`` and
/// ``EndpointAddress/isInternet``, which are constants for the compiler.
///
/// A method that may block returns an ``IOResult`` and never throws. Every other method throws the system's error.
/// Every descriptor that a kernel opens is close-on-exec and non-blocking. No method raises `SIGPIPE`.
public protocol Kernel: Sendable {
  /// The name of an open object.
  associatedtype Descriptor: BitwiseCopyable, Hashable, Sendable
  /// The owner of an open object, which closes the object when the owner is dropped.
  associatedtype Owner: DescriptorOwner, ~Copyable where Owner.K == Self

  /// The name that belongs to no open object.
  static var noDescriptor: Descriptor { get }

  /// The kernel that sources and polls use if the program names no kernel.
  static var current: Self { get }

  /// The result of an operation that would block.
  static var wouldBlock: IOResult { get }

  /// The nanoseconds since some fixed moment, on a clock that never goes back and that measures the waits.
  ///
  /// A poll that spins reads this clock. A program reads the clock through ``KernelClock``.
  var monotonicNanoseconds: Int64 { get }

  /// Stops the program with a message if the kernel's time does not pass by itself.
  ///
  /// The message names the remedy. ``KernelClock`` calls this method before it suspends a task. The default
  /// implementation does nothing, which is right for a kernel of real time.
  func requireRealTime()

  /// Stops the program with a message if another kernel differs from this kernel.
  ///
  /// The message names both kernels. A source calls this method before it registers, because a descriptor is valid on
  /// its own kernel only. The default implementation does nothing, which is right for a type whose values all stand for
  /// one kernel, such as `SystemKernel`.
  func requireSame(as other: Self)

  /// Returns the error for a failed result.
  ///
  /// Only rare paths call this method.
  static func error(for result: IOResult) -> IOError

  /// Opens a socket.
  ///
  /// - Throws:
  ///   - ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left.
  ///   - ``IOError/Kind/unsupported`` if the system lacks the address family.
  func openSocket(_ family: SocketFamily, _ kind: SocketKind) throws(IOError) -> Descriptor

  /// Closes a descriptor.
  ///
  /// The descriptor is closed afterwards even if this method throws.
  ///
  /// - Throws: The errors that ``DescriptorSource/close()`` lists.
  func close(_ descriptor: Descriptor) throws(IOError)

  /// Gives a socket its local address.
  ///
  /// - Throws: The errors that ``DatagramSocket/init(bindingTo:options:on:)`` lists for an address.
  func bind(_ descriptor: Descriptor, to address: some EndpointAddress) throws(IOError)

  /// Gives a stream the local address that it connects from.
  ///
  /// If the port is 0, the kernel chooses the port now or when the stream connects. The default implementation binds
  /// the socket.
  ///
  /// - Throws: The errors that ``StreamSocket/init(connectingTo:from:options:on:)`` lists for a local address.
  func bindToConnect(_ descriptor: Descriptor, to address: SocketAddress) throws(IOError)

  /// Makes a socket accept connections.
  ///
  /// - Parameters:
  ///   - descriptor: A bound socket.
  ///   - backlog: The most connections that wait to be accepted. The system may cap this number.
  /// - Throws: ``IOError/Kind/invalidInput`` for a negative backlog, or any other error of the system's call.
  func listen(_ descriptor: Descriptor, backlog: Int) throws(IOError)

  /// Starts to connect a socket, without waiting for the outcome.
  ///
  /// - Throws: The errors that ``StreamSocket/init(connectingTo:from:options:on:)`` and ``DatagramSocket/connect(to:)``
  ///   list for an address.
  func connect(_ descriptor: Descriptor, to address: some EndpointAddress) throws(IOError)

  /// Takes a connection off a listener's queue.
  ///
  /// If the peer's address is of another family, the kernel closes the connection. The result then stands for
  /// ``IOError/Kind/unsupported``.
  ///
  /// - Parameters:
  ///   - descriptor: A listening socket.
  ///   - accepted: Set to the descriptor of the connection on success, else unchanged.
  ///   - peerAddress: Set to the peer's address on success, else unchanged.
  /// - Returns: A count that is not negative, or the negated error number.
  func accept(
    _ descriptor: Descriptor, into accepted: inout Descriptor, from peerAddress: inout some EndpointAddress
  ) -> IOResult

  /// Returns the address that a socket is bound to.
  ///
  /// - Throws: The errors that ``StreamSocket/localAddress`` lists.
  func localAddress<Address: EndpointAddress>(of descriptor: Descriptor) throws(IOError) -> Address

  /// Returns the address that a socket is connected to.
  ///
  /// - Throws: ``IOError/Kind/notConnected`` if the socket has no peer.
  func peerAddress<Address: EndpointAddress>(of descriptor: Descriptor) throws(IOError) -> Address

  /// Ends one or both directions of a connection.
  ///
  /// - Throws: ``IOError/Kind/notConnected`` if the socket has no peer.
  func shutdown(_ descriptor: Descriptor, _ direction: ShutdownDirection) throws(IOError)

  /// Returns the value of a socket option, in the unit that its ``SocketOptionName`` names.
  ///
  /// - Throws: The errors that ``StreamSocket/option(_:)`` lists.
  func option(_ option: SocketOptionName, of descriptor: Descriptor) throws(IOError) -> Int

  /// Sets a socket option.
  ///
  /// - Parameters:
  ///   - option: The option.
  ///   - descriptor: The socket.
  ///   - value: The value, in the unit and the range that the case of ``SocketOptionName`` names. A switch is 0 or 1.
  /// - Throws:
  ///   - ``IOError/Kind/invalidInput`` for a value outside the range.
  ///   - ``IOError/Kind/unsupported`` if the socket does not have the option.
  func setOption(_ option: SocketOptionName, of descriptor: Descriptor, to value: Int) throws(IOError)

  /// Returns a socket's pending error and clears it.
  ///
  /// The result is `nil` if no error is pending.
  ///
  /// - Throws: The errors that ``StreamSocket/takePendingError()`` lists.
  func takePendingError(of descriptor: Descriptor) throws(IOError) -> IOError?

  /// Receives bytes from a connected socket.
  ///
  /// - Parameters:
  ///   - descriptor: The socket.
  ///   - buffer: The memory to fill.
  ///   - isPeek: Whether to copy the bytes and leave them in the queue.
  /// - Returns: The number of bytes, 0 at the end of the stream, or the negated error number.
  func receive(
    _ descriptor: Descriptor, into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable, isPeek: Bool
  ) -> IOResult

  /// Sends bytes on a connected socket.
  ///
  /// - Returns: The number of bytes sent, or the negated error number.
  func send(_ descriptor: Descriptor, _ bytes: borrowing some IOBytes & ~Copyable & ~Escapable) -> IOResult

  /// Receives a datagram and its sender's address.
  ///
  /// - Parameters:
  ///   - descriptor: The socket.
  ///   - buffer: The memory to fill.
  ///   - isPeek: Whether to copy the datagram and leave it in the queue.
  ///   - isTruncated: Set to `true` if the datagram was longer than the memory, else to `false`.
  ///   - source: Set to the sender's address, or unchanged if the system gives no address or an address of another
  ///     family.
  /// - Returns: The number of bytes stored, or the negated error number.
  func receiveDatagram(
    _ descriptor: Descriptor, into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable, isPeek: Bool,
    isTruncated: inout Bool, from source: inout some EndpointAddress
  ) -> IOResult

  /// Sends a datagram to an address.
  ///
  /// - Returns: The number of bytes sent, or the negated error number.
  func sendDatagram(
    _ descriptor: Descriptor, _ bytes: borrowing some IOBytes & ~Copyable & ~Escapable, to address: some EndpointAddress
  ) -> IOResult

  /// Joins a multicast group, or leaves the group.
  ///
  /// - Parameters:
  ///   - isMember: `true` to join the group, `false` to leave the group.
  ///   - descriptor: The socket.
  ///   - group: The group and the interface.
  /// - Throws: The errors that ``DatagramSocket/join(_:)`` and ``DatagramSocket/leave(_:)`` list. The default
  ///   implementation throws ``IOError/Kind/unsupported``.
  func setMembership(_ isMember: Bool, of descriptor: Descriptor, in group: MulticastGroup) throws(IOError)

  /// Opens two connected Unix-domain sockets.
  ///
  /// - Throws: The errors that ``StreamSocket/pair(on:)`` lists. The default implementation throws
  ///   ``IOError/Kind/unsupported``.
  func openSocketPair(_ kind: SocketKind) throws(IOError) -> Pair<Descriptor, Descriptor>

  /// Opens a pipe, and returns the reading end and the writing end in this order.
  ///
  /// - Throws: The errors that ``PipeEnds/init(on:)`` lists. The default implementation throws
  ///   ``IOError/Kind/unsupported``.
  func openPipe() throws(IOError) -> Pair<Descriptor, Descriptor>

  /// Reads bytes from a pipe.
  ///
  /// - Returns: The number of bytes, 0 at the end, or the negated error number.
  func read(_ descriptor: Descriptor, into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable) -> IOResult

  /// Writes bytes to a pipe, without raising `SIGPIPE`.
  ///
  /// - Returns: The number of bytes written, or the negated error number.
  func write(_ descriptor: Descriptor, _ bytes: borrowing some IOBytes & ~Copyable & ~Escapable) -> IOResult

  /// Chooses whether operations return at once or wait.
  ///
  /// The call keeps the descriptor's other flags.
  ///
  /// - Throws: ``IOError/Kind/badDescriptor`` if the descriptor is not open. The default implementation throws
  ///   ``IOError/Kind/unsupported``.
  func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Descriptor) throws(IOError)
}

// Defaults for the calls that a system may lack, and for the calls that most kernels need not define.
extension Kernel {
  /// Does nothing, because the kernel's time is real.
  @inlinable public func requireRealTime() {}

  /// Does nothing, because all values of the type stand for one kernel.
  @inlinable public func requireSame(as other: Self) {}

  /// Binds the stream to its local address at once.
  ///
  /// - Throws: The errors of ``Kernel/bind(_:to:)``.
  @inlinable
  public func bindToConnect(_ descriptor: Descriptor, to address: SocketAddress) throws(IOError) {
    try bind(descriptor, to: address)
  }

  /// Refuses the operation, because the kernel does not offer multicast groups.
  ///
  /// - Throws: ``IOError/Kind/unsupported`` in every case.
  public func setMembership(_ isMember: Bool, of descriptor: Descriptor, in group: MulticastGroup) throws(IOError) {
    throw IOError(.unsupported)
  }

  /// Refuses the operation, because the kernel does not offer socket pairs.
  ///
  /// - Throws: ``IOError/Kind/unsupported`` in every case.
  public func openSocketPair(_ kind: SocketKind) throws(IOError) -> Pair<Descriptor, Descriptor> {
    throw IOError(.unsupported)
  }

  /// Refuses the operation, because the kernel does not offer pipes.
  ///
  /// - Throws: ``IOError/Kind/unsupported`` in every case.
  public func openPipe() throws(IOError) -> Pair<Descriptor, Descriptor> { throw IOError(.unsupported) }

  /// Refuses the operation, because the kernel does not offer a choice.
  ///
  /// - Throws: ``IOError/Kind/unsupported`` in every case.
  public func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Descriptor) throws(IOError) {
    throw IOError(.unsupported)
  }
}
