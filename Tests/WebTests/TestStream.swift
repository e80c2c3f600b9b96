import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization
import Testing

@testable import Web

/// A WebSocket client that reads only when told to.
struct TestStream {
    enum Opening: Sendable {
        case open(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>, subprotocol: String?)
        case refused(status: Int, body: String)
    }

    private enum Outcome: Sendable {
        case open(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>, subprotocol: String?)
        case answered(NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>)
    }

    enum Event: Sendable {
        /// A JSON frame.
        case message(Message)
        case closed(code: Int?)
    }

    struct Message: Sendable {
        let text: String

        var json: Tree { (try? JSONDecoder().decode(Tree.self, from: Data(text.utf8))) ?? .null }
        var type: String { json["type"]?.string ?? "" }
        var sequence: Int { json["sequence"]?.int ?? -1 }
    }

    typealias Reader = NIOAsyncChannelInboundStream<WebSocketFrame>.AsyncIterator

    /// Knocks at the stream.
    static func open(
        _ server: TestServer,
        query: String = "",
        headers: [(String, String)] = []
    ) async throws -> Opening {
        let upgrade: EventLoopFuture<Outcome> = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.so_rcvbuf), value: 8_192)
            .connect(host: "127.0.0.1", port: server.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = NIOTypedWebSocketClientUpgrader<Outcome>(
                        maxFrameSize: 1 << 24,
                        upgradePipelineHandler: { channel, head in
                            channel.eventLoop.makeCompletedFuture {
                                let subprotocol = head.headers.first(name: "Sec-WebSocket-Protocol")
                                return .open(
                                    try NIOAsyncChannel(wrappingChannelSynchronously: channel),
                                    subprotocol: subprotocol
                                )
                            }
                        }
                    )
                    let head = HTTPRequestHead(
                        version: .http1_1,
                        method: .GET,
                        uri: "/api/v1/stream" + query,
                        headers: HTTPHeaders([("Host", "127.0.0.1")] + headers)
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
            }
        switch try await upgrade.get() {
        case .open(let channel, let subprotocol): return .open(channel, subprotocol: subprotocol)
        case .answered(let channel): return try await refusal(channel)
        }
    }

    private static func refusal(
        _ answer: NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>
    ) async throws -> Opening {
        try await answer.executeThenClose { inbound, _ in
            var status = 0
            var body = ""
            for try await part in inbound {
                switch part {
                case .head(let head): status = Int(head.status.code)
                case .body(let bytes): body += String(buffer: bytes)
                case .end: return .refused(status: status, body: body)
                }
            }
            return .refused(status: status, body: body)
        }
    }

    /// Opens the stream, hands the body a reader, and leaves.
    static func with<Result: Sendable>(
        _ server: TestServer,
        as person: TestServer.Person = .northOperator,
        token: String? = nil,
        query: String = "",
        _ body: @Sendable (inout TestStream) async throws -> Result
    ) async throws -> Result {
        let opening = try await open(
            server,
            query: query,
            headers: [("Authorization", "Bearer \(token ?? server.token(of: person))")]
        )
        guard case .open(let channel, _) = opening else {
            throw TestFailure(message: "the stream is refused: \(opening)")
        }
        // However the connection ends: what the body saw of it is the test's.
        let result = Mutex<Swift.Result<Result, any Error>?>(nil)
        try? await channel.executeThenClose { inbound, outbound in
            var stream = TestStream(reader: inbound.makeAsyncIterator(), outbound: outbound)
            do {
                let value = try await body(&stream)
                result.withLock { $0 = .success(value) }
            } catch {
                result.withLock { $0 = .failure(error) }
            }
        }
        guard let result = result.withLock({ $0 }) else { throw TestFailure(message: "the stream never began") }
        return try result.get()
    }

    private var reader: Reader
    let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>

    init(reader: Reader, outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>) {
        self.reader = reader
        self.outbound = outbound
    }

    /// The next message that is no heartbeat, or how the stream ended; pings are answered on the way.
    mutating func next() async throws -> Event {
        while let frame = try await reader.next() {
            switch frame.opcode {
            case .text:
                let message = Message(text: String(buffer: frame.data))
                if message.type != "heartbeat" { return .message(message) }
            case .ping: try await send(.pong, frame.data)
            case .connectionClose:
                var data = frame.data
                return .closed(code: data.readInteger(as: UInt16.self).map { Int($0) })
            default: break
            }
        }
        return .closed(code: nil)
    }

    /// The next message.
    mutating func message() async throws -> Message {
        switch try await next() {
        case .message(let message): return message
        case .closed(let code): throw TestFailure(message: "the stream ended with \(code.map { "\($0)" } ?? "no code")")
        }
    }

    func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer = ByteBuffer()) async throws {
        try await outbound.write(WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data))
    }

    /// As a client sends who believes that compression was agreed on (RFC 7692, section 6).
    func sendCompressed(_ data: ByteBuffer) async throws {
        try await outbound.write(WebSocketFrame(fin: true, rsv1: true, opcode: .text, maskKey: .random(), data: data))
    }
}

struct TestFailure: Error {
    let message: String
}
