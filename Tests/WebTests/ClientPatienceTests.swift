import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Web

/// Clients that keep the server waiting, in time that the tests move.
@Suite struct ClientPatienceTests {
    /// Keeps what is written, as a client does that does not read.
    private final class Plug: ChannelOutboundHandler {
        typealias OutboundIn = HTTPServerResponsePart

        private var held: [EventLoopPromise<Void>?] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            held.append(promise)
        }

        func flush(context: ChannelHandlerContext) {}

        /// The client takes so many of the parts.
        func take(_ count: Int) {
            for promise in held.prefix(count) { promise?.succeed() }
            held.removeFirst(min(count, held.count))
        }
    }

    private static let limits = {
        var limits = WebLimits()
        (limits.bodyGrace, limits.bodyRateMin) = (.seconds(30), 8_192)
        return limits
    }()

    private let channel: EmbeddedChannel
    private let plug: Plug

    init() throws {
        plug = Plug()
        channel = EmbeddedChannel(handlers: [plug, ClientPatience(limits: Self.limits)])
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
    }

    private func begin(byteCount: Int) throws {
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
        head.headers.add(name: "Content-Length", value: String(byteCount))
        try channel.writeInbound(HTTPServerRequestPart.head(head))
    }

    private func send(_ byteCount: Int) throws {
        channel.read()
        try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(repeating: 120, count: byteCount)))
        channel.read()
    }

    private func pass(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    private func answer(_ byteCounts: [Int]) {
        let head = HTTPResponseHead(version: .http1_1, status: .ok)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        for byteCount in byteCounts {
            let bytes = ByteBuffer(repeating: 120, count: byteCount)
            channel.write(HTTPServerResponsePart.body(.byteBuffer(bytes)), promise: nil)
        }
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    }

    @Test func `a body that comes byte by byte is not waited for`() throws {
        try begin(byteCount: 1_000)
        for _ in 0..<5 {
            try send(1)
            pass(5)
            #expect(channel.isActive)
        }
        pass(6)
        #expect(!channel.isActive)
    }

    @Test func `a long body on a slow line has its time`() throws {
        try begin(byteCount: 10_000 * 100)
        for _ in 0..<100 {
            pass(1)
            try send(10_000)
            #expect(channel.isActive)
        }
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        // From here on it is the idle connection's limit that counts.
        pass(3_600)
        #expect(channel.isActive)
    }

    @Test func `a server that does not read yet blames nobody`() throws {
        try begin(byteCount: 1_000)
        for _ in 0..<10 { pass(60) }
        #expect(channel.isActive)
        channel.read()
        pass(90)
        #expect(!channel.isActive)
    }

    @Test func `who has his answer and sends on is cut off, however fast he is`() throws {
        try begin(byteCount: 1 << 30)
        try send(100_000)
        answer([10])
        plug.take(3)
        for _ in 0..<29 {
            pass(1)
            try send(1_000_000)
        }
        #expect(channel.isActive)
        pass(2)
        #expect(!channel.isActive)
    }

    @Test func `an answer that nobody takes is not kept for ever`() throws {
        answer([8_192 * 10])
        defer { plug.take(.max) }
        pass(39)
        #expect(channel.isActive)
        pass(2)
        #expect(!channel.isActive)
    }

    @Test func `an answer that is taken, slowly, is given to its end`() throws {
        answer([Int](repeating: 8_192 * 10, count: 20))
        defer { plug.take(.max) }
        plug.take(1)
        for _ in 0..<20 {
            pass(10)
            plug.take(1)
            #expect(channel.isActive)
        }
        pass(3_600)
        #expect(channel.isActive)
    }

    @Test func `a request without a body is none that is waited for`() throws {
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        try channel.writeInbound(HTTPServerRequestPart.head(head))
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        pass(3_600)
        #expect(channel.isActive)
    }
}

/// Bounds on connections, over real sockets.
@Suite struct ConnectionBoundsTests {
    @Test(.timeLimit(.minutes(60)), arguments: ["", "GET /li", "GET /livez HTTP/1.1\r\nHost: x\r\nX: y"])
    func `who does not bring his first request to its end is shown out`(beginning: String) async throws {
        var limits = TestServer.limits
        limits.headTimeout = .milliseconds(200)
        try await TestServer.run(limits: limits) { server in
            let answer = try await Wire.with(port: server.port) { wire in
                // On a busy machine it may be shown out before it has begun.
                if !beginning.isEmpty { try? await wire.send(beginning) }
                return await wire.readToEnd()
            }
            #expect(answer == "")
        }
    }

    @Test(.timeLimit(.minutes(60)))
    func `a body that stands still ends the connection, and the server goes on`() async throws {
        var limits = TestServer.limits
        limits.bodyGrace = .milliseconds(200)
        try await TestServer.run(limits: limits) { server in
            let answer = try await Wire.with(port: server.port) { wire in
                try await wire.send(
                    "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 1000\r\n\r\n{\"email\""
                )
                return await wire.readToEnd()
            }
            #expect(!answer.hasPrefix("HTTP/1.1 200"))
            let live = try await server.ask("GET", "/livez")
            #expect(live.status == 200)
        }
    }

    @Test(.timeLimit(.minutes(60))) func `what takes a route too long is called off`() async throws {
        var limits = TestServer.limits
        limits.answerTimeout = .milliseconds(200)
        try await TestServer.run(limits: limits) { server in
            let answer = try await Wire.with(port: server.port) { wire in
                try await wire.send(
                    "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 1000\r\n\r\n{\"email\""
                )
                return try await wire.read(until: "\"unavailable\"")
            }
            #expect(answer.hasPrefix("HTTP/1.1 503"))
        }
    }

    @Test func `an address holds so many connections and no more, until it lets one go`() {
        let counts = ConnectionCounts(countMax: 2, edge: WebEdge())
        #expect(counts.take("192.0.2.1"))
        #expect(counts.take("192.0.2.1"))
        #expect(!counts.take("192.0.2.1"))
        #expect(counts.take("192.0.2.2"))
        counts.release("192.0.2.1")
        #expect(counts.take("192.0.2.1"))
        for key in ["192.0.2.1", "192.0.2.1", "192.0.2.2"] { counts.release(key) }
        #expect(counts.keyCount == 0)
    }
}
