package import Alarms
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Posts one document to an address that an organization chose, and tells what came of it.
package struct WebClient: Sendable {
    let dialer: Dialer
    let resolver: NameResolver
    /// For all organizations.
    let rules: TargetRules
    /// Besides, by the organization's slug.
    let rulesByOrganization: [String: TargetRules]

    package init(
        dialer: Dialer,
        resolver: NameResolver,
        rules: TargetRules,
        rulesByOrganization: [String: TargetRules] = [:]
    ) {
        self.dialer = dialer
        self.resolver = resolver
        self.rules = rules
        self.rulesByOrganization = rulesByOrganization
    }

    /// The answer's status and what it asks to wait; the body is read up to a bound, and forgotten.
    package struct Answer: Hashable, Sendable {
        let status: Int
        let retryAfter: String?
    }

    /// Redirects are answers like others: they are never followed.
    ///
    /// - Throws: ``DeliveryError`` where there is no answer at all.
    package func post(
        _ body: [UInt8],
        to target: WebAddress,
        fields: [(String, String)],
        for organization: String
    ) async throws(DeliveryError) -> Answer {
        let deadline = Deadline(host: target.host, in: dialer.timeouts.whole)
        let rules = rulesByOrganization[organization].map { self.rules.adding($0) } ?? self.rules
        let loop = dialer.group.any()
        let name = try rules.nameToLookUp(for: target)
        let addresses = try rules.admitted(
            await resolver.addresses(of: name, for: organization, until: deadline, on: loop),
            for: target
        )
        let answer = loop.makePromise(of: Answer.self)
        let channel = try await connect(to: addresses, of: target, until: deadline, answer: answer)
        let head = Self.head(target, fields: fields, byteCount: body.count)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        defer { channel.close(promise: nil) }
        return try await deadline.value(of: answer)
    }

    private func connect(
        to addresses: [NetworkAddress],
        of target: WebAddress,
        until deadline: Deadline,
        answer: EventLoopPromise<Answer>
    ) async throws(DeliveryError) -> any Channel {
        let rest = dialer.timeouts.rest
        do throws(DeliveryError) {
            return try await dialer.connect(to: addresses, port: target.port, until: deadline) { channel in
                let pipeline = channel.pipeline.syncOperations
                if target.scheme == .https { try pipeline.addHandler(dialer.tlsHandler(host: target.host)) }
                try pipeline.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                try pipeline.addHandler(AnswerReader(answer, restMax: rest, until: deadline))
            }
        } catch {
            answer.fail(error)
            throw error
        }
    }

    private static func head(_ target: WebAddress, fields: [(String, String)], byteCount: Int) -> HTTPRequestHead {
        var headers = HTTPHeaders([
            ("Host", target.hostField), ("Content-Length", String(byteCount)), ("Connection", "close"),
            ("User-Agent", "Eagle"), ("Accept", "*/*"),
        ])
        headers.add(contentsOf: fields)
        return HTTPRequestHead(version: .http1_1, method: .POST, uri: target.target, headers: headers)
    }
}
