import TestSupport

/// Bytes that break HTTP or WebSocket itself: each stream of them has a connection of its own.
struct BrokenBytes {
    let target: FuzzTarget
    var generator: SeededGenerator

    init(_ target: FuzzTarget, seed: UInt64) {
        self.target = target
        generator = SeededGenerator(seed: seed)
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &generator)]
    }

    private var token: String { target.tokens[.southAdmin] ?? "" }

    // MARK: - HTTP

    /// Two lengths, half heads, strange lines: what proxies and servers have read in two ways (RFC 9112, section 11.2).
    mutating func http() -> [UInt8] {
        let smuggled = "GET /api/v1/users HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n"
        let authorization = "Authorization: Bearer \(token)\r\n"
        let post = "POST /api/v1/readings HTTP/1.1\r\nHost: a\r\n" + authorization
        let text: String
        switch Int.random(in: 0..<16, using: &generator) {
        case 0: text = post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled
        case 1: text = post + "Content-Length: 5\r\nContent-Length: 50\r\n\r\nabcde" + smuggled
        case 2: text = post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + smuggled
        case 3: text = post + "Transfer-Encoding: \u{B}chunked\r\n\r\n0\r\n\r\n" + smuggled
        case 4: text = post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled
        case 5:
            let length = pick(["-1", "+5", "5 5", "0x5", "99999999999999999999", "5,5", "", "1e3", "٥"])
            text = post + "Content-Length: \(length)\r\n\r\nabcde" + smuggled
        case 6:
            let size = pick(["fffffffffffffffff", "-1", "5;a=\"\r\n\"", "0x5", " 5", "5 ", "g", ""])
            text = post + "Transfer-Encoding: chunked\r\n\r\n\(size)\r\nabcde\r\n0\r\n\r\n" + smuggled
        case 7: text = "GET /livez HTTP/1.1\nHost: a\n\n" + smuggled
        case 8: text = "GET /livez\r\n HTTP/1.1\r\n\r\n"
        case 9:
            text = pick([
                "GET", "GET ", "GET /", "\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\u{16}\u{3}\u{1}", "",
            ])
        case 10: text = "GET /livez HTTP/\(pick(["0.9", "1.9", "2.0", "9.9", "1", "1.", "11.1"]))\r\n\r\n" + smuggled
        case 11:
            text = "GET /livez HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: pick([99, 101, 5_000])) + "\r\n"
        case 12: text = "GET /\(String(repeating: "a", count: pick([15_000, 17_000, 100_000]))) HTTP/1.1\r\n\r\n"
        case 13: text = "GET /livez HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\tc\r\n\r\n" + smuggled
        case 14: text = post + "Content-Length: 5\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nabcde" + smuggled
        default:
            text =
                pick(["CONNECT a:80", "OPTIONS *", "GET *", "GET //", "GET ?", "FOO /", "GET a"]) + " HTTP/1.1\r\n\r\n"
        }
        let bytes = Array(text.utf8)
        return Bool.random(using: &generator) ? bytes : HostileValues.mutated(bytes, using: &generator)
    }

    // MARK: - WebSocket

    /// A handshake, mostly a good one, and frames, mostly bad ones.
    mutating func stream() -> [UInt8] {
        var head = "GET /api/v1/stream\(pick(["", "", "?after=0", "?after=9223372036854775807", "?after=-1", "?a=b"]))"
        head += " HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n"
        head += "Upgrade: \(pick(["websocket", "websocket", "WebSocket", "websocket, websocket", "h2c"]))\r\n"
        head += "Sec-WebSocket-Version: \(pick(["13", "13", "13", "12", "x"]))\r\n"
        head += "Sec-WebSocket-Key: \(pick(["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==", "", "x"]))\r\n"
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: head += "Authorization: Bearer \(TokenFuzzer.mutated(token, using: &generator))\r\n"
        case 1: head += "Sec-WebSocket-Protocol: eagle.v1, bearer.\(token)\r\n"
        case 2: head += "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
        default: head += "Authorization: Bearer \(token)\r\n"
        }
        var bytes = Array((head + "\r\n").utf8)
        for _ in 0..<Int.random(in: 0...6, using: &generator) { bytes += frame() }
        return Int.random(in: 0..<4, using: &generator) == 0 ? HostileValues.mutated(bytes, using: &generator) : bytes
    }

    /// RFC 6455, section 5.2, or what looks like it.
    private mutating func frame() -> [UInt8] {
        let isFinal: UInt8 = pick([0x80, 0x80, 0])
        let reserved: UInt8 = pick([0, 0, 0, 0x40, 0x20, 0x10, 0x70])
        let opcode = UInt8.random(in: 0...15, using: &generator)
        let payload = (0..<pick([0, 1, 2, 125, 126, 300])).map { _ in
            UInt8.random(in: .min ... .max, using: &generator)
        }
        let mask: UInt8 = pick([0x80, 0x80, 0x80, 0])
        var bytes: [UInt8] = [isFinal | reserved | opcode]
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: bytes += [mask | 126, 0xFF, 0xFF]
        case 1: bytes += [mask | 127] + [UInt8](repeating: pick([0, 0x7F, 0x80, 0xFF]), count: 8)
        case 2: bytes += [mask | 127, 0, 0, 0, 0, 0, 0, 0, UInt8(truncatingIfNeeded: payload.count)]
        case 3: bytes += [mask | 126, 0, UInt8(truncatingIfNeeded: payload.count)]
        default:
            if payload.count < 126 {
                bytes.append(mask | UInt8(payload.count))
            } else {
                bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
            }
        }
        if mask != 0 { bytes += (0..<4).map { _ in UInt8.random(in: .min ... .max, using: &generator) } }
        return bytes + payload
    }
}
