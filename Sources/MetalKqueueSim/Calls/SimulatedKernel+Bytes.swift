public import MetalCore

extension SimulatedKernel {
  /// Receives bytes from a connected socket, or only copies the bytes if `isPeek` is set.
  ///
  /// Source: recv(2), readv(2), `MSG_PEEK`.
  public func receive<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, into buffer: consuming Buffer, isPeek: Bool
  ) -> IOResult {
    var reception = Reception(limit: buffer.byteCount, isPeek: isPeek)
    return receive(isPeek ? .peek : .recv, descriptor, into: &buffer, &reception)
  }

  /// Reads bytes from a pipe.
  ///
  /// Source: read(2), readv(2).
  public func read<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, into buffer: consuming Buffer
  ) -> IOResult {
    var reception = Reception(limit: buffer.byteCount, isRead: true)
    return receive(.read, descriptor, into: &buffer, &reception)
  }

  /// Receives a datagram with its source address, or only copies the datagram if `isPeek` is set.
  ///
  /// Source: recvmsg(2).
  public func receiveDatagram<Buffer: MutableIOBytes & ~Copyable & ~Escapable, Address: EndpointAddress>(
    _ descriptor: Int32, into buffer: consuming Buffer, isPeek: Bool, isTruncated: inout Bool,
    from source: inout Address
  ) -> IOResult {
    var reception = Reception(limit: buffer.byteCount, isPeek: isPeek)
    let result = receive(.recvmsg, descriptor, into: &buffer, &reception)
    guard result.isSuccess else { return result }
    isTruncated = reception.isTruncated
    if let address = reception.source.flatMap({ Address($0) }) { source = address }
    return result
  }

  /// Sends bytes on a connected socket.
  ///
  /// Source: send(2), sendmsg(2).
  public func send<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, _ bytes: borrowing Bytes
  ) -> IOResult {
    send(.send, descriptor, bytes, Transmission(count: bytes.byteCount))
  }

  /// Writes bytes to a pipe.
  ///
  /// Source: write(2), writev(2).
  public func write<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, _ bytes: borrowing Bytes
  ) -> IOResult {
    send(.write, descriptor, bytes, Transmission(count: bytes.byteCount, isWrite: true))
  }

  /// Sends a datagram to an address.
  ///
  /// Source: sendto(2), sendmsg(2).
  public func sendDatagram<Bytes: IOBytes & ~Copyable & ~Escapable, Address: EndpointAddress>(
    _ descriptor: Int32, _ bytes: borrowing Bytes, to address: Address
  ) -> IOResult {
    send(.sendto, descriptor, bytes, Transmission(count: bytes.byteCount, target: address.erased))
  }
}

// MARK: - One call for each direction

extension SimulatedKernel {
  /// Receives bytes from a file into the buffers in order.
  private func receive<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ name: Call, _ descriptor: Int32, into buffer: inout Buffer, _ reception: inout Reception
  ) -> IOResult {
    let limit = reception.limit
    return move(name, descriptor) { world, file, record throws(Errno) in
      var payload = Digest()
      let count: Int
      do throws(Errno) {
        count = try file.receive(world, &reception) { bytes, count in
          guard count > 0 else { return }
          var copied = 0
          buffer.forEachRegion { region in
            let moved = bytes.copy(into: &region, at: copied, end: count)
            payload.combine(region.span.extracting(first: moved))
            copied += moved
            return copied < count
          }
        }
      } catch {
        // Without room, recvmsg(2), which peeks, looks for data, but readv(2) returns 0 without a look.
        let looks = limit > 0 || Buffer.isContiguous || name == .peek || name == .recvmsg || !file.isNonBlocking
        guard error == .wouldBlock, !looks else { throw error }
        return 0
      }
      record.payload = payload.value
      record.detail = TraceRecord.Detail(reception.source, isSource: true)
      // Without room, a count of 0 does not mean that the stream has ended.
      if count == 0, limit > 0 { file.isEndKnown = true }
      return count
    }
  }

  /// Sends bytes from the buffers to a file in order.
  private func send<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ name: Call, _ descriptor: Int32, _ bytes: borrowing Bytes, _ transmission: Transmission
  ) -> IOResult {
    move(name, descriptor) { world, file, record throws(Errno) in
      record.detail = TraceRecord.Detail(transmission.target, isSource: false)
      var payload = Digest()
      let count = try file.send(world, transmission) { queue, count in
        var left = count
        bytes.forEachRegion { region in
          let taken = region.extracting(first: min(left, region.count))
          queue.append(taken)
          payload.combine(taken)
          left -= taken.count
          return left > 0
        }
      }
      record.payload = payload.value
      return count
    }
  }

  /// Makes one call that moves bytes, and records the call with a hash of the bytes.
  private func move(
    _ name: Call, _ descriptor: Int32, _ body: (World, File, inout TraceRecord) throws(Errno) -> Int
  ) -> IOResult {
    simulation.enterCall(name, descriptor, on: state.host.index) { world in
      var record = world.record(.call, state.host.index, .call(name), descriptor: descriptor)
      var result = IOResult.failure(.badDescriptor)
      if let file = state.descriptors[descriptor] {
        result = IOResult { () throws(Errno) in try body(world, file, &record) }
        record.connectionNumber = file.connectionNumber
        if result == Self.wouldBlock, !file.isNonBlocking { result = .failure(.notSupported) }
      }
      record.result = result.rawValue
      if result.rawValue <= 0 { record.payload = 0 }
      world.trace.append(record)
      note(result, of: name, descriptor, isProgress: result.rawValue > 0, world)
      return result
    }
  }
}
