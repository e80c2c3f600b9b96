import NIOCore
import NIOHTTP1
import NIOWebSocket
import Synchronization

/// Opens a server's stream and keeps what it says.
struct StreamClient: Sendable {
    private enum Outcome: Sendable {
        case open(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>)
        case answered(NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>)
    }

    enum Opening: Sendable {
        case open(Stream)
        case refused(APIAnswer)
    }

    /// A stream that is open.
    struct Stream: Sendable {
        fileprivate let channel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

        /// Puts every frame into the book until either side ends it.
        func listen(into frames: FrameBook) async {
            try? await channel.executeThenClose { inbound, outbound in
                for try await frame in inbound {
                    switch frame.opcode {
                    case .text, .binary, .continuation, .connectionClose:
                        frames.add([UInt8](frame.data.readableBytesView))
                    case .ping:
                        let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.data)
                        try await outbound.write(pong)
                    default: break
                    }
                }
            }
        }

        /// Ends it while somebody listens.
        func leave() async { try? await channel.channel.close() }

        /// Ends it before anybody has listened.
        func abandon() async { try? await channel.executeThenClose { _, _ in } }
    }

    let client: APIClient

    /// Knocks; a server that does not open has answered as to any request.
    func open(_ request: APIRequest) async throws -> Opening {
        let head = HTTPRequestHead(
            version: .http1_1,
            method: .GET,
            uri: request.target,
            headers: HTTPHeaders([("Host", client.server.hostField)] + request.headers.map { ($0.name, $0.value) })
        )
        let upgrade: EventLoopFuture<Outcome> = try await client.connect { channel in
            let upgrader = NIOTypedWebSocketClientUpgrader<Outcome>(
                maxFrameSize: 1 << 24,
                upgradePipelineHandler: { channel, _ in
                    channel.eventLoop.makeCompletedFuture {
                        .open(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                    }
                }
            )
            var configuration = NIOUpgradableHTTPClientPipelineConfiguration(
                upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                    upgradeRequestHead: head,
                    upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in
                        channel.eventLoop.makeCompletedFuture {
                            .answered(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                        }
                    }
                )
            )
            // Frames may come in one piece with the answer that opens the stream.
            configuration.leftOverBytesStrategy = .forwardBytes
            return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                configuration: configuration
            )
        }
        switch try await upgrade.get() {
        case .open(let channel): return .open(Stream(channel: channel))
        case .answered(let answer): return .refused(try await Self.refusal(answer))
        }
    }

    private static func refusal(
        _ answer: NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>
    ) async throws -> APIAnswer {
        try await answer.executeThenClose { inbound, _ in
            var status = 0
            var headers: [APIRequest.Pair] = []
            var body: [UInt8] = []
            reading: for try await part in inbound {
                switch part {
                case .head(let head):
                    status = Int(head.status.code)
                    headers = head.headers.map { APIRequest.Pair($0.name, $0.value) }
                case .body(let bytes): body.append(contentsOf: bytes.readableBytesView)
                case .end: break reading
                }
            }
            return APIAnswer(status: status, headers: headers, body: body)
        }
    }
}

/// The frames that came, in order.
final class FrameBook: Sendable {
    private let frames = Mutex<[[UInt8]]>([])

    func add(_ frame: [UInt8]) { frames.withLock { $0.append(frame) } }

    var all: [[UInt8]] { frames.withLock { $0 } }
}
