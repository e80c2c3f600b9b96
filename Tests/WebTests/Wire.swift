import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TestSupport

@testable import Web

/// A connection of bytes, plain or under TLS, for what no client library would send.
struct Wire {
    typealias Reader = NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator

    private var reader: Reader
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    /// What has come and was not asked for yet.
    private var text = ""

    /// Connects, hands the body the connection, and leaves.
    static func with<Result: Sendable>(
        port: Int,
        tls: NIOSSLContext? = nil,
        _ body: @Sendable (inout Wire) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: TestCertificate.name)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        // However the connection ends: what the body saw of it is the test's.
        let result = Mutex<Swift.Result<Result, any Error>?>(nil)
        try? await channel.executeThenClose { inbound, outbound in
            var wire = Wire(reader: inbound.makeAsyncIterator(), outbound: outbound)
            do {
                let value = try await body(&wire)
                result.withLock { $0 = .success(value) }
            } catch {
                result.withLock { $0 = .failure(error) }
            }
        }
        guard let result = result.withLock({ $0 }) else { throw TestFailure(message: "no connection") }
        return try result.get()
    }

    private init(reader: Reader, outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) {
        self.reader = reader
        self.outbound = outbound
    }

    func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

    /// All that comes up to these words, with them; whatever there was where they never come.
    mutating func read(until words: String) async throws -> String {
        while true {
            if let range = text.range(of: words) {
                let found = String(text[..<range.upperBound])
                text = String(text[range.upperBound...])
                return found
            }
            guard let part = try await reader.next() else {
                defer { text = "" }
                return text
            }
            text += String(buffer: part)
        }
    }

    /// All that comes until the other side has had enough, however it ends.
    mutating func readToEnd() async -> String {
        do {
            while let part = try await reader.next() { text += String(buffer: part) }
        } catch {
            // Cut off: what came before counts.
        }
        defer { text = "" }
        return text
    }

    /// Asks for a path on the connection as it is, and reads the answer's head.
    mutating func get(_ path: String, fields: [String] = []) async throws -> String {
        let lines = ["HEAD \(path) HTTP/1.1", "Host: localhost"] + fields
        try await send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        return try await read(until: "\r\n\r\n")
    }
}
