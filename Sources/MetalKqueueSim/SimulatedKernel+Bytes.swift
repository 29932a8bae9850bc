public import MetalCore

// Bytes of connected sockets and pipes: begin, copy or append, end; see `File`.

extension SimulatedKernel {
  /// Receives bytes from a connected socket.
  ///
  /// Source: recv(2).
  public func receive(_ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>) -> IOResult {
    receive(descriptor, into: &buffer, .recv)
  }

  /// Receives bytes from a connected socket and leaves them in its queue.
  ///
  /// Source: `MSG_PEEK` in recv(2).
  public func peek(_ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>) -> IOResult {
    receive(descriptor, into: &buffer, .peek)
  }

  /// Reads bytes from a pipe.
  ///
  /// Source: read(2).
  public func read(_ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>) -> IOResult {
    receive(descriptor, into: &buffer, .read)
  }

  /// Receives bytes from a connected socket, into the free part of an output span.
  ///
  /// Source: recv(2).
  public func receive(_ descriptor: Int32, appendingTo buffer: inout OutputSpan<UInt8>) -> IOResult {
    receive(descriptor, appendingTo: &buffer, .recv)
  }

  /// Reads bytes from a pipe, into the free part of an output span.
  ///
  /// Source: read(2).
  public func read(_ descriptor: Int32, appendingTo buffer: inout OutputSpan<UInt8>) -> IOResult {
    receive(descriptor, appendingTo: &buffer, .read)
  }

  /// Receives bytes from a connected socket, into several buffers in order.
  ///
  /// Source: readv(2).
  public func receive<let capacity: Int>(
    _ descriptor: Int32, into vector: consuming MutableIOVector<capacity>
  ) -> IOResult {
    receive(descriptor, into: &vector, .recv)
  }

  /// Reads bytes from a pipe, into several buffers in order.
  ///
  /// Source: readv(2).
  public func read<let capacity: Int>(
    _ descriptor: Int32, into vector: consuming MutableIOVector<capacity>
  ) -> IOResult {
    receive(descriptor, into: &vector, .read)
  }

  /// Sends bytes on a connected socket.
  ///
  /// Source: send(2).
  public func send(_ descriptor: Int32, _ bytes: Span<UInt8>) -> IOResult {
    send(descriptor, bytes, .send)
  }

  /// Writes bytes to a pipe.
  ///
  /// Source: write(2).
  public func write(_ descriptor: Int32, _ bytes: Span<UInt8>) -> IOResult {
    send(descriptor, bytes, .write)
  }

  /// Sends bytes on a connected socket, from several buffers in order.
  ///
  /// Source: sendmsg(2).
  public func send<let capacity: Int>(_ descriptor: Int32, _ vector: IOVector<capacity>) -> IOResult {
    send(descriptor, vector, .send)
  }

  /// Writes bytes to a pipe, from several buffers in order.
  ///
  /// Source: writev(2).
  public func write<let capacity: Int>(_ descriptor: Int32, _ vector: IOVector<capacity>) -> IOResult {
    send(descriptor, vector, .write)
  }
}

// MARK: - Receiving

extension SimulatedKernel {
  private func receive(_ descriptor: Int32, into buffer: inout MutableSpan<UInt8>, _ name: Call) -> IOResult {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    let (file, begun) = begin(name, descriptor, limit: buffer.count, world)
    guard let file, begun.isSuccess else { return note(name, descriptor, begun, world) }
    var payload = Digest()
    if begun.rawValue > 0 {
      _ = file.copy(into: &buffer, at: 0)
      payload.combine(buffer.span.extracting(first: begun.rawValue))
    }
    return end(name, descriptor, file, begun.rawValue, of: buffer.count, payload, world)
  }

  private func receive(_ descriptor: Int32, appendingTo buffer: inout OutputSpan<UInt8>, _ name: Call)
    -> IOResult
  {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    let limit = buffer.freeCapacity
    let (file, begun) = begin(name, descriptor, limit: limit, world)
    guard let file, begun.isSuccess else { return note(name, descriptor, begun, world) }
    var payload = Digest()
    if begun.rawValue > 0 {
      buffer.append(count: begun.rawValue) { fresh in
        _ = file.copy(into: &fresh, at: 0)
        payload.combine(fresh.span)
      }
    }
    return end(name, descriptor, file, begun.rawValue, of: limit, payload, world)
  }

  private func receive<let capacity: Int>(
    _ descriptor: Int32, into vector: inout MutableIOVector<capacity>, _ name: Call
  ) -> IOResult {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    guard vector.count <= Self.mostBuffers else { return note(name, descriptor, .failure(.invalid), world) }
    let (file, result) = begin(name, descriptor, limit: vector.byteCount, world)
    // readv(2) without room does not look whether anything is there.
    let begun = result == Self.wouldBlock && vector.byteCount == 0 ? .success() : result
    guard let file, begun.isSuccess else { return note(name, descriptor, begun, world) }
    let payload = Self.scatter(file, begun.rawValue, into: &vector)
    return end(name, descriptor, file, begun.rawValue, of: vector.byteCount, payload, world)
  }

  /// The most buffers that a call takes, on macOS and FreeBSD (`IOV_MAX`).
  ///
  /// sendmsg(2) and recvmsg(2) call more of them `EMSGSIZE`, readv(2) and writev(2) `EINVAL`. The library has one kind
  /// of error for both, and so does this kernel.
  static var mostBuffers: Int { 1_024 }

  /// Copies what was begun to receive into several buffers in order; returns a hash of it.
  static func scatter<let capacity: Int>(
    _ file: File, _ count: Int, into vector: inout MutableIOVector<capacity>
  ) -> Digest {
    var payload = Digest()
    var copied = 0
    for index in 0..<vector.count where copied < count {
      copied += vector.withBuffer(index) { buffer in
        let moved = file.copy(into: &buffer, at: copied)
        payload.combine(buffer.span.extracting(first: moved))
        return moved
      }
    }
    return payload
  }

  private func begin(
    _ name: Call, _ descriptor: Int32, limit: Int, _ world: World
  ) -> (file: File?, result: IOResult) {
    guard let file = node.descriptors[descriptor] else { return (nil, .failure(.badDescriptor)) }
    let begun =
      name == .read
      ? file.beginRead(world, limit: limit) : file.beginReceive(world, limit: limit, isPeek: name == .peek)
    return (file, file.refusingToWait(begun))
  }

  private func end(
    _ name: Call, _ descriptor: Int32, _ file: File, _ count: Int, of limit: Int, _ payload: Digest,
    _ world: World
  ) -> IOResult {
    file.endReceive(world, count: count, isPeek: name == .peek)
    // Without room, 0 does not say that the stream has ended.
    if count == 0, limit > 0 { file.isEndKnown = true }
    return note(name, descriptor, .success(count), world, payload)
  }

  /// Notes a call in the trace, and whether it moved anything.
  func note(
    _ name: Call, _ descriptor: Int32, _ result: IOResult, _ world: World, _ payload: Digest? = nil
  ) -> IOResult {
    if result.rawValue > 0 { world.idleCalls = 0 }
    world.trace.call(
      name, node.index, descriptor, result, payload: result.rawValue > 0 ? payload?.value ?? 0 : 0, world.now)
    return result
  }
}

// MARK: - Sending

extension SimulatedKernel {
  private func send(_ descriptor: Int32, _ bytes: Span<UInt8>, _ name: Call) -> IOResult {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    let (file, begun) = begin(name, descriptor, count: bytes.count, world)
    guard let file, begun.isSuccess else { return note(name, descriptor, begun, world) }
    let taken = bytes.extracting(first: begun.rawValue)
    file.append(taken)
    file.endSend(world)
    var payload = Digest()
    payload.combine(taken)
    return note(name, descriptor, begun, world, payload)
  }

  private func send<let capacity: Int>(
    _ descriptor: Int32, _ vector: IOVector<capacity>, _ name: Call
  ) -> IOResult {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    guard vector.count <= Self.mostBuffers else { return note(name, descriptor, .failure(.invalid), world) }
    let (file, begun) = begin(name, descriptor, count: vector.byteCount, world)
    guard let file, begun.isSuccess else { return note(name, descriptor, begun, world) }
    let payload = Self.gather(vector, begun.rawValue, into: file)
    file.endSend(world)
    return note(name, descriptor, begun, world, payload)
  }

  /// Hands over bytes from several buffers in order; returns a hash of them.
  static func gather<let capacity: Int>(_ vector: IOVector<capacity>, _ count: Int, into file: File) -> Digest
  {
    var payload = Digest()
    var left = count
    for index in 0..<vector.count where left > 0 {
      let bytes = vector[index]
      let taken = bytes.extracting(first: min(left, bytes.count))
      file.append(taken)
      payload.combine(taken)
      left -= taken.count
    }
    return payload
  }

  private func begin(
    _ name: Call, _ descriptor: Int32, count: Int, _ world: World
  ) -> (file: File?, result: IOResult) {
    guard let file = node.descriptors[descriptor] else { return (nil, .failure(.badDescriptor)) }
    let begun = name == .write ? file.beginWrite(world, count: count) : file.beginSend(world, count: count)
    return (file, file.refusingToWait(begun))
  }
}

extension File {
  /// What has begun, or that it cannot be done if it would have to wait.
  func refusingToWait(_ begun: IOResult) -> IOResult {
    begun == .failure(.wouldBlock) && !isNonBlocking ? .failure(.notSupported) : begun
  }
}
