import NIOCore
import NIOPosix

/// A plain connection: bytes go out as they are, and come back as they come.
enum RawConnection {
    typealias Bytes = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Sends bytes, says that no more come, and returns all that the server says until it closes.
    ///
    /// Without waiting the connection is closed as soon as the bytes are out.
    @discardableResult
    static func exchange(_ port: Int, _ bytes: [UInt8], waitsForEnd: Bool = true) async throws -> [UInt8] {
        let connection = try await open(port)
        // A server that has read enough may reset the connection: what it said before that counts.
        let heard = Heard()
        try? await connection.executeThenClose { inbound, outbound in
            guard waitsForEnd else { return try await outbound.write(ByteBuffer(bytes: bytes)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Beside the reading: a server that can't say what it has to reads no more either.
                group.addTask {
                    try await outbound.write(ByteBuffer(bytes: bytes))
                    outbound.finish()
                }
                do {
                    for try await part in inbound { heard.add(part) }
                } catch {
                    group.cancelAll()
                    throw error
                }
                group.cancelAll()
            }
        }
        return heard.bytes
    }

    static func open(_ port: Int) async throws -> Bytes {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Bytes(
                        wrappingChannelSynchronously: channel,
                        configuration: Bytes.Configuration(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
    }
}
