import Harness
import NIOCore
import NIOPosix

/// Sends back what comes in.
private final class EchoHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.write(data, promise: nil)
  }

  func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// A server that sends back what it receives, until as many connections as were announced have ended.
func runEcho(_ options: Options) throws {
  let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  let countdown = Countdown(options.connections, on: group.next())
  let server = try ServerBootstrap(group: group)
    .serverChannelOption(.backlog, value: 4096)
    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    .childChannelOption(.maxMessagesPerRead, value: 16)
    .childChannelInitializer { channel in
      channel.closeFuture.whenComplete { _ in countdown.doOne() }
      return channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addHandler(EchoHandler())
      }
    }
    .bind(host: "127.0.0.1", port: 0).wait()
  guard let port = server.localAddress?.port else { fail("the listener has no port") }
  print_ready(UInt16(port))
  begin_measuring()
  try countdown.wait()
  end_measuring(UInt64(options.connections))
}
