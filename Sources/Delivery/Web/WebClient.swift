package import Alarms
import NIOHTTP1

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
        let rest = dialer.timeouts.rest
        let head = Self.head(target, fields: fields, byteCount: body.count)
        return try await exchange(head, body, with: target, for: organization) { promise, deadline in
            AnswerReader(promise, restMax: rest, until: deadline)
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
