import NIOCore
import NIOPosix

/// Sends back what comes in.
private final class EchoHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let connections: Connections

  init(_ connections: Connections) {
    self.connections = connections
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.write(data, promise: nil)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.flush()
  }

  func channelInactive(context: ChannelHandlerContext) {
    connections.endOne()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}

/// How many connections are still to end.
///
/// The one event loop alone uses it, so it may be unchecked.
private final class Connections: @unchecked Sendable {
  private var remaining: Int
  private let done: EventLoopPromise<Void>

  init(_ count: Int, done: EventLoopPromise<Void>) {
    remaining = count
    self.done = done
  }

  func endOne() {
    remaining -= 1
    if remaining == 0 { done.succeed() }
  }
}

/// A server that sends back what it receives, until as many connections as were announced have ended.
func runEcho(_ options: Options) throws {
  let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  let done = group.next().makePromise(of: Void.self)
  let connections = Connections(options.connections, done: done)
  let server = try ServerBootstrap(group: group)
    .serverChannelOption(.backlog, value: 4096)
    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    .childChannelOption(.maxMessagesPerRead, value: 16)
    .childChannelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(EchoHandler(connections))
      }
    }
    .bind(host: "127.0.0.1", port: Int(options.port)).wait()
  guard let port = server.localAddress?.port else { fail("the listener has no port") }
  announce("READY \(port)")
  let measuring = Measuring()
  try done.futureResult.wait()
  measuring.end(operations: options.connections)
}
