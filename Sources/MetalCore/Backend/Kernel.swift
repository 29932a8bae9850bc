/// The system calls that sources make, one typed method each.
///
/// A program chooses a kernel at compile time through ``Selector/K``, and uses the sources, not this protocol. Memory
/// and addresses are generic: a kernel looks at ``IOBytes/isContiguous`` and ``EndpointAddress/isInternet``, which the
/// compiler folds away.
///
/// Methods that may block return an ``IOResult`` and never throw; all others throw the system's error. Every
/// descriptor that a kernel opens is close-on-exec and non-blocking, and no method raises `SIGPIPE`.
public protocol Kernel: Sendable {
  /// The name of an open object.
  associatedtype Descriptor: BitwiseCopyable, Hashable, Sendable
  /// An open object with one owner, which closes it when it is dropped.
  associatedtype Owner: DescriptorOwner, ~Copyable where Owner.K == Self

  /// The name that no open object has.
  static var noDescriptor: Descriptor { get }

  /// The kernel that sources and polls use when none is named.
  static var current: Self { get }

  /// The result that says an operation would block.
  static var wouldBlock: IOResult { get }

  /// The nanoseconds since some fixed moment, on a clock that never goes back and on which waits are measured.
  ///
  /// A poll that spins reads it. A program reads it by a ``KernelClock``.
  var monotonicNanoseconds: Int64 { get }

  /// Stops the program, with a sentence that says what to do, if the kernel's time does not pass by itself.
  ///
  /// A ``KernelClock`` calls it before it suspends a task. The default does nothing: it is for a kernel of real time.
  func requireRealTime()

  /// Stops the program, with a sentence that names both, if another kernel is not this one.
  ///
  /// A source calls it before it registers, since a descriptor means something on its own kernel alone. The default
  /// does nothing: it is for a type whose values are all one kernel, such as `SystemKernel`.
  func requireSame(as other: Self)

  /// Returns the error that a failed result stands for; called on rare paths only.
  static func error(for result: IOResult) -> IOError

  /// Opens a socket.
  func openSocket(_ family: SocketFamily, _ kind: SocketKind) throws(IOError) -> Descriptor

  /// Closes a descriptor, which is gone afterwards even if this throws.
  func close(_ descriptor: Descriptor) throws(IOError)

  /// Gives a socket its local address.
  func bind(_ descriptor: Descriptor, to address: some EndpointAddress) throws(IOError)

  /// Gives a stream the address that it connects from, a port of 0 now or when it connects; the default binds.
  func bindToConnect(_ descriptor: Descriptor, to address: SocketAddress) throws(IOError)

  /// Makes a socket accept connections; the system may cap the backlog.
  func listen(_ descriptor: Descriptor, backlog: Int) throws(IOError)

  /// Starts to connect and returns without waiting for the outcome.
  func connect(_ descriptor: Descriptor, to address: some EndpointAddress) throws(IOError)

  /// Takes a connection off a listener's queue.
  ///
  /// On success both `inout` values are set, else neither. If the address of the peer is of another family, the kernel
  /// closes the connection, and the result stands for ``IOError/Kind/unsupported``.
  func accept(
    _ descriptor: Descriptor, into accepted: inout Descriptor, from peerAddress: inout some EndpointAddress
  ) -> IOResult

  /// Returns the address a socket is bound to.
  func localAddress<Address: EndpointAddress>(of descriptor: Descriptor) throws(IOError) -> Address

  /// Returns the address a socket is connected to.
  func peerAddress<Address: EndpointAddress>(of descriptor: Descriptor) throws(IOError) -> Address

  /// Ends one or both directions of a connection.
  func shutdown(_ descriptor: Descriptor, _ direction: ShutdownDirection) throws(IOError)

  /// Returns a socket option's value; switches are 0 or 1.
  func option(_ option: SocketOptionName, of descriptor: Descriptor) throws(IOError) -> Int

  /// Sets a socket option; switches are 0 or 1.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` for a value out of the range that the case of ``SocketOptionName`` gives;
  ///   ``IOError/Kind/unsupported`` if the socket does not have the option.
  func setOption(_ option: SocketOptionName, of descriptor: Descriptor, to value: Int) throws(IOError)

  /// Returns a socket's pending error and clears it.
  func takePendingError(of descriptor: Descriptor) throws(IOError) -> IOError?

  /// Receives bytes from a connected socket, or with `isPeek` copies them and leaves them in the queue.
  func receive(
    _ descriptor: Descriptor, into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable, isPeek: Bool
  ) -> IOResult

  /// Sends bytes on a connected socket.
  func send(_ descriptor: Descriptor, _ bytes: borrowing some IOBytes & ~Copyable & ~Escapable) -> IOResult

  /// Receives a datagram with the address it came from, or with `isPeek` copies it and leaves it in the queue.
  ///
  /// `source` stays as it is if the system gives no address, or one of another family.
  func receiveDatagram(
    _ descriptor: Descriptor, into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable, isPeek: Bool,
    isTruncated: inout Bool, from source: inout some EndpointAddress
  ) -> IOResult

  /// Sends a datagram to an address.
  func sendDatagram(
    _ descriptor: Descriptor, _ bytes: borrowing some IOBytes & ~Copyable & ~Escapable, to address: some EndpointAddress
  ) -> IOResult

  /// Joins a multicast group, or leaves it; the default throws ``IOError/Kind/unsupported``.
  func setMembership(_ isMember: Bool, of descriptor: Descriptor, in group: MulticastGroup) throws(IOError)

  /// Opens two connected Unix-domain sockets; the default throws ``IOError/Kind/unsupported``.
  func openSocketPair(_ kind: SocketKind) throws(IOError) -> Pair<Descriptor, Descriptor>

  /// Opens a pipe, first the end for reading, second that for writing; the default throws ``IOError/Kind/unsupported``.
  func openPipe() throws(IOError) -> Pair<Descriptor, Descriptor>

  /// Reads bytes from a pipe.
  func read(_ descriptor: Descriptor, into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable) -> IOResult

  /// Writes bytes to a pipe, without raising `SIGPIPE`.
  func write(_ descriptor: Descriptor, _ bytes: borrowing some IOBytes & ~Copyable & ~Escapable) -> IOResult

  /// Chooses whether operations return at once or wait; the default throws ``IOError/Kind/unsupported``.
  ///
  /// The descriptor's other flags stay.
  func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Descriptor) throws(IOError)
}

// Defaults for the calls that a system may lack, and for those that most kernels need not define.
extension Kernel {
  /// Does nothing: the kernel's time is real.
  @inlinable public func requireRealTime() {}

  /// Does nothing: all values of the type are one kernel.
  @inlinable public func requireSame(as other: Self) {}

  /// Gives a stream the local address that it connects from, and its port at once.
  @inlinable
  public func bindToConnect(_ descriptor: Descriptor, to address: SocketAddress) throws(IOError) {
    try bind(descriptor, to: address)
  }

  /// Throws ``IOError/Kind/unsupported``.
  public func setMembership(_ isMember: Bool, of descriptor: Descriptor, in group: MulticastGroup) throws(IOError) {
    throw IOError(.unsupported)
  }

  /// Throws ``IOError/Kind/unsupported``.
  public func openSocketPair(_ kind: SocketKind) throws(IOError) -> Pair<Descriptor, Descriptor> {
    throw IOError(.unsupported)
  }

  /// Throws ``IOError/Kind/unsupported``.
  public func openPipe() throws(IOError) -> Pair<Descriptor, Descriptor> { throw IOError(.unsupported) }

  /// Throws ``IOError/Kind/unsupported``.
  public func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Descriptor) throws(IOError) {
    throw IOError(.unsupported)
  }
}
