import Foundation

/// A secret whose every way through the server is watched.
struct Canary {
    let name: String
    let value: String
    /// The texts by which it would be known wherever it turned up.
    let needles: [(way: String, bytes: [UInt8])]

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
        let bytes = Array(value.utf8)
        let hexadecimal = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let percent = bytes.map { byte -> String in
            let isPlain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16, uppercase: true)
        }.joined()
        var ways = [
            ("plain", value), ("percent-encoded", percent), ("hexadecimal", hexadecimal),
            ("hexadecimal in capitals", hexadecimal.uppercased()), ("JSON", value.replacing("/", with: "\\/")),
        ]
        // Base64 says the same bytes in three ways, by where they begin; what depends on their neighbours is left out.
        for offset in 0..<3 {
            let text = Data([UInt8](repeating: 0, count: offset) + bytes).base64EncodedString()
            let middle = String(text.dropFirst(4).dropLast(4))
            ways.append(("base64", middle))
            ways.append(("base64url", middle.replacing("+", with: "-").replacing("/", with: "_")))
        }
        needles = ways.map { (way: $0.0, bytes: Array($0.1.utf8)) }
    }

    /// By which way it stands in there; nil where it does not.
    func way(into bytes: [UInt8]) -> String? {
        let haystack = Data(bytes)
        return needles.first { haystack.range(of: Data($0.bytes)) != nil }?.way
    }
}

/// One request's answer, whole: its head, and what may stand in it.
struct WatchedAnswer {
    let request: String
    let bytes: [UInt8]
    /// The canaries that it is there to show.
    let mayShow: Set<String>

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var status: Int { text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0 }
    var body: String { text.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n") }

    var json: [String: Any] {
        let start = body.firstIndex(of: "{") ?? body.startIndex
        let end = body.lastIndex(of: "}").map { body.index(after: $0) } ?? body.endIndex
        guard start < end, let object = try? JSONSerialization.jsonObject(with: Data(body[start..<end].utf8)) else {
            return [:]
        }
        return object as? [String: Any] ?? [:]
    }
}
