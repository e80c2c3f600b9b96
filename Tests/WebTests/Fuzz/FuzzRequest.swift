import TestSupport

/// A request, hostile in what it says and sound in how it says it: after it the connection can go on.
struct FuzzRequest: Sendable {
    let method: String
    let target: String
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// Sent in chunks of that many bytes; nil for a body of a stated length.
    var chunkSize: Int?

    var bytes: [UInt8] {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        guard let chunkSize else {
            if !body.isEmpty || method != "GET" { head += "Content-Length: \(body.count)\r\n" }
            return Array((head + "\r\n").utf8) + body
        }
        var bytes = Array((head + "Transfer-Encoding: chunked\r\n\r\n").utf8)
        var rest = body[...]
        while !rest.isEmpty {
            let part = rest.prefix(max(1, chunkSize))
            bytes += Array((String(part.count, radix: 16) + "\r\n").utf8) + part + [13, 10]
            rest = rest.dropFirst(part.count)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }
}
