import Foundation
import TestSupport

/// Makes requests out of the contract's operations, each from a seed of its own.
struct RequestFuzzer {
    let target: FuzzTarget
    var generator: SeededGenerator
    /// Whoever asks now, and the way to an issuer that he is on.
    private var person = TestServer.Person.southAdmin
    private var signIn: FuzzMeans.SignIn?

    init(_ target: FuzzTarget, seed: UInt64) {
        self.target = target
        generator = SeededGenerator(seed: seed)
    }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &generator) == 0 }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &generator)]
    }

    private mutating func hostileText() -> String { pick(HostileValues.texts) }

    // MARK: - One request

    mutating func request() -> FuzzRequest {
        let operation = pick(target.operations)
        // Who runs the server asks for what is only his, and now and then for what is an organization's.
        let isRoot = operation.isOfServer ? !chance(4) : chance(8)
        person = isRoot ? .root : pick([.southAdmin, .southAdmin, .southOperator])
        signIn = operation.path.contains("/oidc/") && !chance(4) ? pick(target.means.signIns) : nil
        var method = operation.method
        if chance(20) { method = pick(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PURGE"]) }
        if method == "GET", chance(12) { method = "HEAD" }
        var request = FuzzRequest(method: method, target: path(of: operation) + query(of: operation))
        request.headers = headers(isNeverGood: operation.endsSessions)
        if operation.path.hasPrefix("/api/v1/auth/") ? chance(2) : chance(12) { request.headers += console() }
        if operation.method != "GET" || chance(15) {
            let (type, body) = body(of: operation)
            if !chance(15) { request.headers.append(("Content-Type", type)) }
            request.body = body
            if chance(6) { request.chunkSize = Int.random(in: 1...200, using: &generator) }
        }
        return request
    }

    private mutating func path(of operation: FuzzTarget.Operation) -> String {
        var path = operation.path
        for name in ["{id}", "{hash}"] where path.contains(name) {
            // By his right he could change the north's things: he asks for his own organization's alone.
            let ids = person == .root ? target.means.ownOrganization : target.ids
            path = path.replacing(name, with: chance(4) ? escaped(hostileText()) : pick(ids))
        }
        path = path.replacing("{provider}", with: chance(4) ? escaped(hostileText()) : FuzzMeans.provider)
        switch Int.random(in: 0..<40, using: &generator) {
        case 0: return path + "/"
        case 1: return "/" + path
        case 2: return path + "/" + escaped(hostileText())
        case 3: return path.replacing("/api/v1/", with: "/api/v1/../v1/./")
        case 4: return "http://127.0.0.1" + path
        case 5: return path + pick(["%00", "%C0%AF", "%ED%A0%80", "%FF", "%", "%2", "%zz", "%2F", ";a=b", "%25%30"])
        default: return path
        }
    }

    private mutating func query(of operation: FuzzTarget.Operation) -> String {
        guard chance(2) || !operation.query.isEmpty else { return "" }
        var pairs: [String] = []
        for name in operation.query where chance(2) {
            if let signIn, ["state", "code"].contains(name), !chance(4) {
                pairs.append("\(name)=\(name == "state" ? signIn.state : signIn.code)")
                continue
            }
            let value =
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: pick(target.ids)
                case 1: String(Int64.random(in: .min ... .max, using: &generator))
                case 2: pick(["true", "false", "1", "10", "CRITICAL", "champion", "week", "2026-01-01T00:00:00Z"])
                default: hostileText()
                }
            pairs.append("\(name)=\(escaped(value))")
        }
        if chance(8) { pairs.append("\(escaped(hostileText()))=\(escaped(hostileText()))") }
        if chance(12) { pairs += pairs.prefix(1) }
        if chance(20) { pairs.append(pick(["=", "&&", "a", "%FF=1", "a=%C0%AF", "a=%00", "limit=%31", "after"])) }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    /// As a URL may carry it; nothing that ends a request line.
    private mutating func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8.prefix(2_000) {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default: escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return escaped
    }

    // MARK: - Headers

    private mutating func headers(isNeverGood: Bool) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if !chance(10) { headers.append(("Authorization", authorization(isNeverGood))) }
        if chance(60) { headers.append(("Authorization", authorization(isNeverGood))) }
        if person == .root ? !chance(6) : chance(6) {
            let organizations = person == .root ? target.means.ownOrganization : target.organizations
            headers.append(
                ("Eagle-Organization", chance(person == .root ? 8 : 3) ? line(hostileText()) : pick(organizations))
            )
        }
        if chance(10) {
            headers.append(
                ("Accept", pick(["*/*", "text/csv", "application/x-ndjson;q=nan", "a/b;q=1e999", ";;,,", "text/html"]))
            )
        }
        if chance(12) { headers.append(("X-Request-Id", line(hostileText()))) }
        if chance(12) { headers.append(("Idempotency-Key", line(hostileText()))) }
        if chance(20) { headers.append(("Content-Encoding", pick(["gzip", "br", "identity", "deflate"]))) }
        if chance(20) { headers.append(("Upgrade", pick(["h2c", "websocket", "websocket, websocket"]))) }
        if let signIn, !chance(4) {
            headers.append(("Cookie", signIn.cookie))
        } else if chance(20) {
            headers.append(("Cookie", line(hostileText())))
        }
        if chance(20) { headers.append(("Origin", pick(["null", "https://evil.example", "http://127.0.0.1"]))) }
        if chance(20) { headers.append(("X-Forwarded-For", line(hostileText()))) }
        if chance(25) { headers.append(("Expect", "100-continue")) }
        if chance(25) { headers.append(("X-Fuzz", String(repeating: "a", count: 3_000))) }
        return headers
    }

    /// What the console's page says, with the cookie of a session of its own, or nearly.
    private mutating func console() -> [(name: String, value: String)] {
        var headers = [(name: "Eagle-Console", value: chance(6) ? line(hostileText()) : "1")]
        if !chance(6) { headers.append(("Origin", "http://127.0.0.1")) }
        if chance(6) { headers.append(("Sec-Fetch-Site", pick(["same-origin", "cross-site", "none", ""]))) }
        let cookie = pick(target.means.consoleCookies)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: headers.append(("Cookie", line(mutated(cookie))))
        case 1: headers.append(("Cookie", "\(cookie); \(cookie)"))
        case 2: headers.append(("Cookie", "a=b;; =; \(line(hostileText())); \(cookie)"))
        default: headers.append(("Cookie", cookie))
        }
        return headers
    }

    private mutating func mutated(_ text: String) -> String {
        String(decoding: HostileValues.mutated(Array(text.utf8), using: &generator), as: UTF8.self)
    }

    /// What a header may hold without ending it.
    private func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { (32...126).contains($0.value) }.prefix(500)))
    }

    private mutating func authorization(_ isNeverGood: Bool) -> String {
        if person != .root, chance(6) {
            let key = pick(target.means.apiKeys)
            return "Bearer " + (chance(3) || isNeverGood ? TokenFuzzer.mutated(key: key, using: &generator) : key)
        }
        let token = target.tokens[person] ?? ""
        guard chance(4) || isNeverGood else { return "Bearer \(token)" }
        let mutated = TokenFuzzer.mutated(token, using: &generator)
        // Some changes change nothing that is read.
        let other = isNeverGood && mutated.contains(token) ? "nobody's" : mutated
        return pick(["Bearer ", "bearer ", "Bearer  ", "Basic ", "", "Bearer\t"]) + other
    }

    // MARK: - Bodies

    private mutating func body(of operation: FuzzTarget.Operation) -> (type: String, body: [UInt8]) {
        if chance(10) {
            let type = pick([
                "text/csv", "application/yaml", "application/octet-stream", "application/x-ndjson", "a", "",
            ])
            return (type, HostileValues.mutated(Array(FuzzTarget.csv.utf8), using: &generator))
        }
        if operation.path == "/api/v1/readings" || operation.path == "/api/v1/failures", chance(2) {
            return chance(2) ? ("text/csv", bytes(FuzzTarget.csv)) : ("application/x-ndjson", lines())
        }
        if operation.path == "/api/v1/schema", chance(2) { return ("application/yaml", bytes(FuzzTarget.yaml)) }
        if operation.path == "/api/v1/models", operation.method == "POST" {
            return ("application/octet-stream", bytes(String(repeating: "\u{0}", count: 1_024)))
        }
        var text = FuzzTarget.bodies[operation.key] ?? "{}"
        if operation.path.hasSuffix("/exchange"), let code = signIn?.exchange { text = #"{"code":"\#(code)"}"# }
        guard let tree = try? JSONDecoder().decode(Tree.self, from: Data(text.utf8)), !chance(4) else {
            return ("application/json", bytes(text))
        }
        let rarity = pick([4, 12, 40])
        return ("application/json", Array(HostileJSON(tree, rarity: rarity, using: &generator).text.utf8))
    }

    private mutating func bytes(_ text: String) -> [UInt8] {
        chance(5) ? Array(text.utf8) : HostileValues.mutated(Array(text.utf8), using: &generator)
    }

    private mutating func lines() -> [UInt8] {
        let line = #"{"machine":"m","timestamp":"2026-01-01T00:00:04Z","temp":20,"door":false}"#
        return bytes((0..<3).map { _ in line }.joined(separator: "\n"))
    }
}
