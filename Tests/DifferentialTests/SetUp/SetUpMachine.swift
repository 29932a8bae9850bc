import MetalCore

/// What a program can observe of a step: a text that all kernels must agree on.
enum SetUpResult: Hashable, Sendable, CustomStringConvertible {
  case done(String)
  case moved(Int)
  case failed(IOError.Kind)

  var description: String {
    switch self {
    case .done(let text): text.isEmpty ? "done" : text
    case .moved(let count): "\(count) bytes"
    case .failed(let kind): "failed(\(kind))"
    }
  }
}

/// One kernel with a program's sockets, on which its steps are done.
final class SetUpMachine<K: Kernel> {
  private let kernel: K
  private var slots = [K.Descriptor?](repeating: nil, count: SetUpGenerator.slotCount)

  init(on kernel: K) { self.kernel = kernel }

  deinit { for slot in slots.indices { close(slot) } }

  private func close(_ slot: Int) {
    guard let descriptor = slots[slot] else { return }
    slots[slot] = nil
    do throws(IOError) { try kernel.close(descriptor) } catch {}
  }

  func perform(_ step: SetUpStep) -> SetUpResult {
    do throws(IOError) {
      if let count = try move(step) { return .moved(count) }
      if case .takeError(let slot) = step, let error = try kernel.takePendingError(of: descriptor(slot)) {
        return .failed(error.kind)
      }
      return .done(try tell(step))
    } catch {
      return .failed(error.kind)
    }
  }

  private func descriptor(_ slot: Int) -> K.Descriptor { slots[slot] ?? K.noDescriptor }

  private func tell(_ step: SetUpStep) throws(IOError) -> String {
    switch step {
    case .open(let slot, let family, let kind): slots[slot] = try kernel.openSocket(family, kind)
    case .bind(let slot, let place): try kernel.bind(descriptor(slot), to: address(place))
    case .listen(let slot): try kernel.listen(descriptor(slot), backlog: 16)
    case .connect(let slot, let place): try kernel.connect(descriptor(slot), to: address(place))
    case .accept(let slot, let result): return try accept(slot, result)
    case .localAddress(let slot): return text(try kernel.localAddress(of: descriptor(slot)))
    case .peerAddress(let slot): return text(try kernel.peerAddress(of: descriptor(slot)))
    case .setOption(let slot, let name, let value): try kernel.setOption(name, of: descriptor(slot), to: value)
    case .option(let slot, let name): return "\(try kernel.option(name, of: descriptor(slot)))"
    case .shutdown(let slot, let direction): try kernel.shutdown(descriptor(slot), direction)
    case .close(let slot): close(slot)
    case .takeError, .send, .sendTo, .receive: break
    }
    return ""
  }

  /// How many bytes a step has moved; `nil` if it moves none.
  private func move(_ step: SetUpStep) throws(IOError) -> Int? {
    switch step {
    case .send(let slot): return try moved(kernel.send(descriptor(slot), [1, 2, 3].span))
    case .sendTo(let slot, let place):
      return try moved(kernel.sendDatagram(descriptor(slot), [1, 2, 3].span, to: address(place)))
    case .receive(let slot):
      var bytes = [UInt8](repeating: 0, count: 64)
      return try moved(kernel.receive(descriptor(slot), into: bytes.mutableSpan, isPeek: false))
    default: return nil
    }
  }

  private func moved(_ result: IOResult) throws(IOError) -> Int {
    guard result.isSuccess else { throw K.error(for: result) }
    return result.rawValue
  }

  private func accept(_ slot: Int, _ result: Int) throws(IOError) -> String {
    var accepted = K.noDescriptor
    var peer = SocketAddress(IPv4Address.unspecified, port: 0)
    _ = try moved(kernel.accept(descriptor(slot), into: &accepted, from: &peer))
    slots[result] = accepted
    return text(peer)
  }

  private func port(_ slot: Int) -> UInt16? {
    guard let descriptor = slots[slot] else { return nil }
    do throws(IOError) {
      let address: SocketAddress = try kernel.localAddress(of: descriptor)
      return address.port
    } catch {
      return nil
    }
  }

  private func address(_ place: Place) -> SocketAddress { place.address(port: place.portOf.flatMap(port) ?? 0) }

  /// An address with the slots that have its port in place of the number, which each kernel chooses.
  private func text(_ address: SocketAddress) -> String {
    let owners = address.port == 0 ? ["0"] : slots.indices.filter { port($0) == address.port }.map { "of \($0)" }
    return "\(address.host) \(owners.joined(separator: ","))"
  }
}

extension SocketAddress {
  fileprivate var host: String {
    switch self {
    case .v4(let address, _): "\(address)"
    case .v6(let address, _, _, _): "\(address)"
    }
  }
}
