import Alarms
import NIOCore
import NIOHTTP1
import NIOSSL

extension WebClient {
    /// One request on a connection of its own, to an address that was checked.
    ///
    /// - Parameters:
    ///   - head: What is asked.
    ///   - body: What is sent with it.
    ///   - target: Whom.
    ///   - organization: For whom, by its slug.
    ///   - reader: Makes what reads the answer, and fulfils the promise.
    /// - Returns: What the reader made of the answer.
    /// - Throws: ``DeliveryError`` where there is no answer at all.
    func exchange<Value: Sendable>(
        _ head: HTTPRequestHead,
        _ body: [UInt8],
        with target: WebAddress,
        for organization: String,
        reader: @escaping @Sendable (EventLoopPromise<Value>, Deadline) -> any ChannelHandler
    ) async throws(DeliveryError) -> Value {
        let deadline = Deadline(host: target.host, in: dialer.timeouts.whole)
        let rules = rulesByOrganization[organization].map { self.rules.adding($0) } ?? self.rules
        let loop = dialer.group.any()
        let name = try rules.nameToLookUp(for: target)
        let addresses = try rules.admitted(
            await resolver.addresses(of: name, for: organization, until: deadline, on: loop),
            for: target
        )
        let answer = loop.makePromise(of: Value.self)
        let channel: any Channel
        do throws(DeliveryError) {
            channel = try await dialer.connect(to: addresses, port: target.port, until: deadline) { channel in
                let pipeline = channel.pipeline.syncOperations
                if target.scheme == .https { try pipeline.addHandler(dialer.tlsHandler(host: target.host)) }
                try pipeline.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                try pipeline.addHandler(reader(answer, deadline))
            }
        } catch {
            answer.fail(error)
            throw error
        }
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        defer { channel.close(promise: nil) }
        return try await deadline.value(of: answer)
    }
}
