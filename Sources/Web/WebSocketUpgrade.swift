import NIOCore
import NIOHTTP1
import NIOWebSocket
import Serving

/// Lets the stream's path, and nothing else, turn from HTTP to WebSocket.
///
/// An upgrade that is offered elsewhere, such as the `h2c` of Java's clients, is passed over as RFC 9110,
/// section 7.8 allows: the upgrade machinery would swallow the request.
final class UpgradeFilter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else {
            context.fireChannelRead(data)
            return
        }
        if Self.isStreamUpgrade(head) {
            // Once, however often it is offered: each offer would be another knock at the door.
            head.headers.replaceOrAdd(name: "Upgrade", value: "websocket")
        } else {
            head.headers.remove(name: "Upgrade")
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private static func isStreamUpgrade(_ head: HTTPRequestHead) -> Bool {
        head.method == .GET && head.uri.prefix { $0 != "?" } == StreamRequest.path
            && head.headers[canonicalForm: "Upgrade"].contains { $0.lowercased() == "websocket" }
            && !head.headers.contains(name: "Transfer-Encoding") && !head.headers.contains(name: "Content-Length")
    }
}

/// What became of a connection's offer to upgrade; it lives on the connection's event loop.
enum UpgradeVerdict: Sendable {
    case notAsked
    case admitted(StreamAdmission)
    case refused(Problem)
}

/// Upgrades whom the door admits, and keeps the reason where it does not.
final class WebSocketUpgrade: NIOTypedHTTPServerProtocolUpgrader {
    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []

    private let door: StreamDoor
    private let verdict: NIOLoopBoundBox<UpgradeVerdict>
    private let handshake: NIOTypedWebSocketServerUpgrader<WebChannel.Outcome>

    init(door: StreamDoor, verdict: NIOLoopBoundBox<UpgradeVerdict>, limits: WebLimits) {
        self.door = door
        self.verdict = verdict
        handshake = NIOTypedWebSocketServerUpgrader(
            maxFrameSize: limits.frameByteCountMax,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(StreamRequest.responseHeaders(for: head))
            },
            upgradePipelineHandler: { channel, _ in
                channel.setOption(.socketOption(.so_sndbuf), value: limits.streamSendBufferByteCount)
                    .flatMapThrowing {
                        guard case .admitted(let admission) = verdict.value else { return .refused }
                        return .stream(try NIOAsyncChannel(wrappingChannelSynchronously: channel), admission)
                    }
            }
        )
    }

    func buildUpgradeResponse(
        channel: any Channel,
        upgradeRequest: HTTPRequestHead,
        initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        let (door, verdict, handshake) = (door, verdict, handshake)
        verdict.value = .refused(
            Problem(.badRequest, "The WebSocket handshake is incomplete (RFC 6455, section 4.2.1).")
        )
        let address = channel.remoteAddress?.ipAddress ?? ""
        return channel.eventLoop.makeFutureWithTask { await door.admit(upgradeRequest, from: address) }
            .flatMap { result in
                switch result {
                case .success(let admission):
                    // Whatever becomes of the handshake, and of the stream: its place is free when this is over.
                    channel.closeFuture.whenComplete { _ in admission.place.release() }
                    return
                        handshake.buildUpgradeResponse(
                            channel: channel,
                            upgradeRequest: upgradeRequest,
                            initialResponseHeaders: initialResponseHeaders
                        ).map { headers in
                            verdict.value = .admitted(admission)
                            return headers
                        }
                case .failure(let problem):
                    verdict.value = .refused(problem)
                    return channel.eventLoop.makeFailedFuture(problem)
                }
            }
    }

    func upgrade(channel: any Channel, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<WebChannel.Outcome> {
        handshake.upgrade(channel: channel, upgradeRequest: upgradeRequest)
    }
}
