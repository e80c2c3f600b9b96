import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Plant

/// One request on its way to its answer, read the way all routes read.
struct Call: Sendable {
    var request: Request
    /// The text at each `{name}` of the route's path.
    let parameters: [String: String]
    let query: Query
    let context: WebContext
    let requestID: String
    /// Whose request it is, past the proxies that are trusted.
    let client: ClientAddress
    let now: Instant
    let logger: Logger
    /// What more is to be said of it than its path and its status, in the entry of what became of it.
    let notes = AuditNotes()
    /// Where the body's bytes count; nil before it is known whose request it is, and of those who run the server.
    var bodies: BodyShare?

    /// As guesses are counted: the client's address, or its network.
    var address: String { client.throttleKey }

    /// Whether the client came over TLS.
    var isSecure: Bool { client.isSecure }

    /// The id at `{id}`; what is no id names nothing.
    func id<Entity>(_ what: String) throws(Problem) -> ID<Entity> {
        guard let id = parameters["id"].flatMap({ ID<Entity>($0) }) else { throw .notFound(what) }
        return id
    }

    /// The path as logs have it: what stands at a parameter and is no id may be anything, a secret too.
    var loggedPath: String {
        let strangers = parameters.values.filter { text in
            !text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) || $0 == 45 }
        }
        return strangers.isEmpty ? request.uri.path : "a path with a parameter that is no id"
    }

    // MARK: Body

    /// What the body says it is; nil where it says nothing.
    var mediaType: String? { MediaTypes.bare(request.headers[.contentType]) }

    /// The whole body, within the limit.
    ///
    /// - Throws: ``Problem`` with `.tooLarge` as soon as that is known.
    func body(upTo byteCountMax: Int) async throws -> ByteBuffer {
        // Nobody's bodies are small: what everybody may send costs everybody's memory.
        let byteCountMax = bodies == nil ? min(byteCountMax, context.limits.nobodysByteCountMax) : byteCountMax
        if let declared = request.headers[.contentLength].flatMap({ Int($0) }), declared > byteCountMax {
            throw Self.tooLarge(byteCountMax)
        }
        var body = ByteBuffer()
        for try await part in request.body {
            guard body.readableBytes + part.readableBytes <= byteCountMax else { throw Self.tooLarge(byteCountMax) }
            try bodies?.take(part.readableBytes)
            body.writeImmutableBuffer(part)
        }
        return body
    }

    private static func tooLarge(_ byteCountMax: Int) -> Problem {
        Problem(.tooLarge, "The body may have \(byteCountMax) bytes at most. Send it in several requests.")
    }

    /// The JSON body as a value.
    ///
    /// - Throws: ``Problem`` that names the key that is missing or wrong.
    func json<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        try requireMediaType(["application/json"])
        let body = try await body(upTo: context.limits.documentByteCountMax)
        try JSONText.refuseNUL(in: body)
        do {
            return try JSONDecoder().decode(type, fromOutside: Data(body.readableBytesView))
        } catch let error as DecodingError {
            throw Problem(error)
        }
    }

    /// - Returns: The body's media type, one of those accepted.
    @discardableResult
    func requireMediaType(_ accepted: [String]) throws(Problem) -> String {
        guard let mediaType, accepted.contains(mediaType) else {
            let given = mediaType.map { "'\($0)'" } ?? "no media type"
            throw Problem(
                .unsupportedMediaType,
                "The body has \(given); send Content-Type: \(accepted.joined(separator: " or "))."
            )
        }
        return mediaType
    }

    /// The first of the offered representations that the client accepts.
    func representation(of offered: [String]) throws(Problem) -> String {
        guard let accept = request.headers[.accept] else { return offered[0] }
        guard let chosen = MediaTypes.best(of: offered, accept: accept) else {
            throw Problem(.notAcceptable, "It is to be had as \(offered.joined(separator: ", ")).")
        }
        return chosen
    }
}

/// Media types as headers carry them, RFC 9110, sections 8.3 and 12.5.1.
enum MediaTypes {
    static let json = "application/json"
    static let ndjson = "application/x-ndjson"
    static let csv = "text/csv"
    static let html = "text/html"
    static let yaml = "application/yaml"
    /// RFC 9512, and the names that were in use before it.
    static let yamls = [yaml, "application/x-yaml", "text/yaml", "text/x-yaml"]
    static let problem = "application/problem+json"

    /// Without its parameters, in lower case.
    static func bare(_ header: String?) -> String? {
        guard let type = header?.split(separator: ";").first?.trimmed.lowercased(), !type.isEmpty else { return nil }
        return type
    }

    /// The offered type of the highest quality; the earlier one among equals.
    static func best(of offered: [String], accept: String) -> String? {
        let ranges = accept.split(separator: ",").map { range in
            let parts = range.split(separator: ";").map { String($0.trimmed).lowercased() }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            return (type: parts.first ?? "", quality: quality)
        }
        func quality(of type: String) -> Double {
            let family = type.prefix { $0 != "/" } + "/*"
            for wanted in [type, String(family), "*/*"] {
                if let range = ranges.first(where: { $0.type == wanted }) { return range.quality }
            }
            return 0
        }
        let ranked = offered.map { (type: $0, quality: quality(of: $0)) }.filter { $0.quality > 0 }
        guard let best = ranked.map(\.quality).max() else { return nil }
        return ranked.first { $0.quality == best }?.type
    }
}

extension StringProtocol {
    /// Without the spaces and tabs around it.
    var trimmed: SubSequence {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = self[...].drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return start }
        return start[...last]
    }

    /// With each `%xx` read as a byte of UTF-8; nil where that is none (RFC 3986, section 2.1).
    var percentDecoded: String? {
        guard utf8.contains(UInt8(ascii: "%")) else { return String(self) }
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Self.nibble), let low = rest.popFirst().flatMap(Self.nibble) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
