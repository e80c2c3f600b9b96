import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Speaks HTTP/1.1 with one server, each request on a connection of its own: nothing of one identity is left for the
/// next.
package struct APIClient: Sendable {
    package let server: ServerAddress
    let group: any EventLoopGroup
    private let tls: NIOSSLContext?
    private let timeout: Duration

    /// An answer that is longer is cut off there.
    static let bodyByteCountMax = 64 << 20

    /// - Parameters:
    ///   - server: Where it is.
    ///   - authorities: A file in PEM of authorities that are trusted beside the system's.
    ///   - timeout: For one answer.
    /// - Throws: `NIOSSLError` or an I/O error for a file that can't be read.
    package init(server: ServerAddress, authorities: String? = nil, timeout: Duration = .seconds(120)) throws {
        self.server = server
        self.timeout = timeout
        group = MultiThreadedEventLoopGroup.singleton
        if server.isSecure {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            if let authorities { configuration.additionalTrustRoots = [.file(authorities)] }
            tls = try NIOSSLContext(configuration: configuration)
        } else {
            tls = nil
        }
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// - Throws: ``VerificationError`` with `.unreachable` where there is no whole answer in time.
    func send(_ request: APIRequest) async throws -> APIAnswer {
        do {
            let connection = try await connect { channel in
                try channel.pipeline.syncOperations.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                return try Connection(wrappingChannelSynchronously: channel)
            }
            let channel = connection.channel
            let patience = channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) { channel.close(promise: nil) }
            defer { patience.cancel() }
            let answer = try await connection.executeThenClose { inbound, outbound in
                var parts = [HTTPClientRequestPart.head(head(of: request))]
                if !request.body.isEmpty { parts.append(.body(.byteBuffer(ByteBuffer(bytes: request.body)))) }
                // All at once: a server that has read enough may answer and close before the rest is written.
                try await outbound.write(contentsOf: parts + [.end(nil)])
                return try await Self.answer(inbound)
            }
            guard let answer else { throw unreachable("closed the connection without a whole answer", to: request) }
            return answer
        } catch let error as CancellationError {
            throw error
        } catch let error as VerificationError {
            throw error
        } catch is NIOConnectionError {
            throw unreachable("takes no connection: check the address, and that the server runs", to: request)
        } catch {
            throw unreachable("can't be asked: \(error)", to: request)
        }
    }

    private func unreachable(_ what: String, to request: APIRequest) -> VerificationError {
        VerificationError(.unreachable, "\(server) \(what) (\(request.method) \(request.path))")
    }

    /// Opens a connection and fills its pipeline.
    func connect<Output: Sendable>(_ prepare: @escaping @Sendable (any Channel) throws -> Output) async throws -> Output
    {
        let (tls, host) = (tls, server.host)
        return try await ClientBootstrap(group: group)
            .connectTimeout(.seconds(20))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connect(host: host, port: server.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : host)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    return try prepare(channel)
                }
            }
    }

    private func head(of request: APIRequest) -> HTTPRequestHead {
        var headers = HTTPHeaders([
            ("Host", server.hostField), ("Connection", "close"), ("User-Agent", "eagle-verify"), ("Accept", "*/*"),
        ])
        if let mediaType = request.mediaType { headers.add(name: "Content-Type", value: mediaType) }
        if request.method != "GET" { headers.add(name: "Content-Length", value: "\(request.body.count)") }
        for pair in request.headers { headers.replaceOrAdd(name: pair.name, value: pair.value) }
        return HTTPRequestHead(
            version: .http1_1,
            method: HTTPMethod(rawValue: request.method),
            uri: request.target,
            headers: headers
        )
    }

    /// Nil where it ends before its end.
    private static func answer(
        _ parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>
    ) async throws -> APIAnswer? {
        var head: HTTPResponseHead?
        var body: [UInt8] = []
        for try await part in parts {
            switch part {
            case .head(let found): head = found
            case .body(let bytes):
                body.append(contentsOf: bytes.readableBytesView.prefix(max(0, bodyByteCountMax - body.count)))
            case .end:
                return head.map { head in
                    APIAnswer(
                        status: Int(head.status.code),
                        headers: head.headers.map { APIRequest.Pair($0.name, $0.value) },
                        body: body
                    )
                }
            }
        }
        return nil
    }
}
