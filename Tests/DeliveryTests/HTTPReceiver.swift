import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A receiver on loopback that keeps what it was sent, and answers what it was told to, one after the other.
final class HTTPReceiver: Sendable {
    struct Request: Sendable {
        var uri = ""
        var headers = HTTPHeaders()
        var body: [UInt8] = []
    }

    enum Answer: Sendable {
        case status(Int, fields: [(String, String)] = [])
        /// Takes the request and says nothing.
        case silence
        /// Closes the connection without an answer.
        case breakOff
        /// A head, and then a body without an end.
        case endlessBody
        /// A head, and then nothing.
        case headAlone
        /// What is not HTTP.
        case babble
    }

    /// What came, and what is still to be answered; the last answer stands for all that follow.
    final class Script: Sendable {
        private struct State {
            var requests: [Request] = []
            var answers: [Answer]
        }

        private let state: Mutex<State>

        init(_ answers: [Answer]) { state = Mutex(State(answers: answers)) }

        var requests: [Request] { state.withLock { $0.requests } }

        func answer(to request: Request) -> Answer {
            state.withLock { state in
                state.requests.append(request)
                return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
            }
        }
    }

    private let script: Script
    private let channel: any Channel

    /// The port, also once the receiver has stopped.
    let port: Int
    var requests: [Request] { script.requests }

    init(_ answers: [Answer] = [.status(204)], tls: NIOSSLContext? = nil) async throws {
        let script = Script(answers)
        self.script = script
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(ReceivingHandler(script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func stop() async throws { try await channel.close() }
}

private final class ReceivingHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let script: HTTPReceiver.Script
    private var request = HTTPReceiver.Request()

    init(_ script: HTTPReceiver.Script) { self.script = script }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): request = HTTPReceiver.Request(uri: head.uri, headers: head.headers)
        case .body(let part): request.body += part.readableBytesView
        case .end: answer(script.answer(to: request), context)
        }
    }

    private func answer(_ answer: HTTPReceiver.Answer, _ context: ChannelHandlerContext) {
        switch answer {
        case .silence: break
        case .breakOff: context.close(promise: nil)
        case .status(let status, let fields):
            var headers = HTTPHeaders(fields)
            headers.add(name: "Content-Length", value: "2")
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "ok")))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .endlessBody:
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "1000000000"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            let part = ByteBuffer(repeating: 97, count: 200_000)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(part))), promise: nil)
        case .headAlone:
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "10"])
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        case .babble:
            // Past the encoder, straight onto the socket.
            let encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
            encoder?.writeAndFlush(NIOAny(ByteBuffer(string: "220 this is no web server\r\n\r\n")), promise: nil)
        }
    }
}
