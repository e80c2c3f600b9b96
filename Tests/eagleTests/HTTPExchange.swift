import Foundation

/// One request on a connection of its own, over a plain socket: nothing between the test and the server.
enum HTTPExchange {
    struct Failure: Error { let reason: String }

    static func send(
        _ method: String,
        _ path: String,
        port: Int,
        token: String? = nil,
        type: String = "application/json",
        body: String = ""
    ) throws -> (status: Int, body: String) {
        try send(method, path, port: port, token: token, type: type, bytes: Array(body.utf8))
    }

    static func send(
        _ method: String,
        _ path: String,
        port: Int,
        token: String? = nil,
        type: String,
        bytes body: [UInt8]
    ) throws -> (status: Int, body: String) {
        let socket = try connect(port)
        defer { close(socket) }
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        if !body.isEmpty { head += "Content-Type: \(type)\r\n" }
        head += "Content-Length: \(body.count)\r\n\r\n"
        try write(Array(head.utf8) + body, to: socket)
        var bytes: [UInt8] = []
        while let part = read(socket) { bytes += part }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let status = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure(reason: "no answer")
        }
        let parts = text.components(separatedBy: "\r\n\r\n")
        return (status, unchunked(parts.dropFirst().joined(separator: "\r\n\r\n"), head: parts[0]))
    }

    static func connect(_ port: Int) throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(socket)
            throw Failure(reason: "not connected")
        }
        return socket
    }

    static func write(_ text: String, to socket: Int32) throws { try write(Array(text.utf8), to: socket) }

    static func write(_ bytes: [UInt8], to socket: Int32) throws {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure(reason: "the connection broke") }
            bytes = bytes.dropFirst(count)
        }
    }

    /// What has come; nil at the end.
    static func read(_ socket: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.recv(socket, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    private static func unchunked(_ body: String, head: String) -> String {
        guard head.lowercased().contains("transfer-encoding: chunked") else { return body }
        var rest = body[...]
        var text = ""
        while let end = rest.range(of: "\r\n"), let size = Int(rest[..<end.lowerBound], radix: 16), size > 0 {
            let start = end.upperBound
            let stop = rest.utf8.index(start, offsetBy: size)
            text += rest[start..<stop]
            rest = rest[stop...].dropFirst()  // CRLF is one character.
        }
        return text
    }
}
