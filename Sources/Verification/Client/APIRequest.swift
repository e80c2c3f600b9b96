import Foundation

/// What is asked of a server.
package struct APIRequest: Hashable, Sendable {
    package var method: String
    /// Percent-encoded, from the slash on.
    package var path: String
    package var query: [Pair] = []
    package var headers: [Pair] = []
    package var mediaType: String?
    package var body: [UInt8] = []

    package struct Pair: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(_ method: String, _ path: String) {
        self.method = method
        self.path = path
    }

    /// Path and query as they stand in a request's first line.
    var target: String {
        guard !query.isEmpty else { return path }
        return path + "?"
            + query.map { "\(Percent.encoded($0.name))=\(Percent.encoded($0.value))" }.joined(separator: "&")
    }

    func with(token: String?) -> APIRequest { token.map { with("Authorization", "Bearer \($0)") } ?? self }

    func with(_ name: String, _ value: String) -> APIRequest {
        var request = self
        request.headers.append(Pair(name, value))
        return request
    }

    func with(json value: JSONValue) -> APIRequest {
        var request = self
        request.mediaType = "application/json"
        request.body = value.json
        return request
    }

    /// All that it says, but for who says it: what an answer may repeat without telling anything.
    var said: [UInt8] {
        Array(target.utf8) + Array((target.removingPercentEncoding ?? "").utf8) + body
            + headers.filter { $0.name != "Authorization" }.flatMap { Array(" \($0.value)".utf8) }
    }
}

/// What a server answers.
package struct APIAnswer: Hashable, Sendable {
    package let status: Int
    package let headers: [APIRequest.Pair]
    package let body: [UInt8]

    package init(status: Int, headers: [APIRequest.Pair] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package var text: String { String(decoding: body, as: UTF8.self) }
    package var json: JSONValue? { JSONValue(json: body) }
    package var isSuccess: Bool { (200..<300).contains(status) }

    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var lowercasedBody: Data { Data(text.lowercased().utf8) }

    /// What a problem document says went wrong, or else the status alone.
    var reason: String { json?["detail"]?.string.map { "\(status): \($0)" } ?? "\(status)" }
}
