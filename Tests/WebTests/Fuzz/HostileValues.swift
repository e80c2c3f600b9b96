import Foundation
import TestSupport

/// Texts, numbers and bytes that are known to do harm somewhere.
enum HostileValues {
    static let texts: [String] = [
        "", " ", "\t", "a", "null", "true", "NaN", "-1", "0", "1e999", "undefined", "plant", "furnace-1", "temp",
        "'; DROP TABLE alarm; --", "\" OR 1=1 --", "') UNION SELECT secret FROM delivery_secret --", "%27%20OR%201=1",
        "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://127.0.0.1/a}", "../../../../etc/passwd", "..",
        "%2e%2e%2f",
        "\u{0}", "a\u{0}b", "\u{2028}", "\u{202E}txt", "\u{FEFF}", "é", "e\u{301}", "👩‍👩‍👧‍👦", "\u{10FFFF}", "ﬀ", "İ",
        "\r\nX-Evil: 1",
        String(repeating: "a", count: 300), String(repeating: "é", count: 5_000), String(repeating: "[", count: 3_000),
        "2026-01-31T06:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59-18:59",
        "0000-01-01T00:00:00+18:59", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "10000-01-01T00:00:00Z",
        "-9223372036854775808", "9223372036854775807", "9223372036854775808", "253402300799999999.", ".", "a.b.c",
        "-9223372036854775808.x", "9223372036854775807.00000000-0000-0000-0000-000000000000.x",
        "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
        String(repeating: "0", count: 64), String(repeating: "f", count: 64), "http://127.0.0.1:1/",
        "https://[::1]:99999/",
        "* * * * *", "*/9223372036854775807 * * * *", "@daily", "Asia/Kolkata", "UTC",
        "1:00:00:00:00:00:00:00:00:00:00:00",
    ]

    /// As they stand in JSON.
    static let fragments: [String] = [
        "null", "true", "false", "0", "-0", "-0.0", "1", "-1", "1.5", "1e999", "-1e999", "1e-999", "1E+2", "0x10", "01",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "1e18", "1e19",
        "99999999999999999999999999999999999999", "3.0000000000000000000000000000000000001", "\"\"", "\"a\"",
        "\"\\u0000\"",
        "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u12\"", "\"\\x\"", "\"\u{7F}\"", "[]", "{}", "[[]]", "[null]",
        "{\"\":null}",
        "[1,2,3", "{\"a\":", "NaN", "Infinity", "-Infinity", "'a'", "\"2026-01-31T06:00:00Z\"",
        "\"9999-12-31T23:59:59Z\"",
        "\"0000-01-01T00:00:00Z\"", String(repeating: "[", count: 600), String(repeating: "{\"a\":", count: 600),
        String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
    ]

    static let bytes: [[UInt8]] = [
        [0], [0xFF], [0xFE, 0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3], [0x80], [0x0A],
        [0x0D, 0x0A], [0x22], [0x5C], [0x2C], [0x7B], [0x5D], [0x1F, 0x8B, 8, 0], [0xEF, 0xBB, 0xBF],
    ]

    /// One to four changes: bits, hostile bytes, cuts, repeats.
    static func mutated(_ whole: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = whole
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            guard let place = bytes.indices.randomElement(using: &generator) else {
                bytes = Self.bytes.randomElement(using: &generator) ?? []
                continue
            }
            let end = min(bytes.count, place + Int.random(in: 1...24, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes.insert(contentsOf: Self.bytes.randomElement(using: &generator) ?? [], at: place)
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 4: bytes.removeSubrange(place...)
            default:
                let text = texts.randomElement(using: &generator) ?? ""
                bytes.insert(contentsOf: Array(text.utf8), at: place)
            }
        }
        return bytes
    }
}
