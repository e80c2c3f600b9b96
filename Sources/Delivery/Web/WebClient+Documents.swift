package import Alarms
import NIOCore
import NIOHTTP1

extension WebClient {
    /// What an address answered, whole.
    package struct Document: Hashable, Sendable {
        package let status: Int
        package let body: [UInt8]
    }

    /// Gets a JSON document, or posts a form for one.
    ///
    /// Redirects are answers like others: they are never followed.
    /// - Parameters:
    ///   - target: Where it is.
    ///   - form: What to post, as `application/x-www-form-urlencoded`; nil to get.
    ///   - fields: Further header fields.
    ///   - byteCountMax: A longer answer is none.
    ///   - organization: For whom, by its slug.
    /// - Returns: The document, whatever its status.
    /// - Throws: ``DeliveryError`` where there is no whole answer.
    package func document(
        at target: WebAddress,
        posting form: String? = nil,
        fields: [(String, String)] = [],
        byteCountMax: Int = 262_144,
        for organization: String
    ) async throws(DeliveryError) -> Document {
        var headers = HTTPHeaders([
            ("Host", target.hostField), ("Connection", "close"), ("User-Agent", "Eagle"),
            ("Accept", "application/json"),
        ])
        let body = form.map { Array($0.utf8) } ?? []
        if form != nil {
            headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            headers.add(name: "Content-Length", value: String(body.count))
        }
        headers.add(contentsOf: fields)
        let head = HTTPRequestHead(
            version: .http1_1,
            method: form == nil ? .GET : .POST,
            uri: target.target,
            headers: headers
        )
        return try await exchange(head, body, with: target, for: organization) { promise, deadline in
            DocumentReader(promise, byteCountMax: byteCountMax, until: deadline)
        }
    }
}
