import Foundation
import Plant

/// How texts are written so that mail carries them: seven bits, short lines, no line's end but its own.
enum MailText {
    /// A subject as it is, or where it must be as encoded words (RFC 2047).
    static func subject(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (32...126).contains($0) } && !text.contains("=?")
        return isPlain && text.utf8.count <= 60 && !text.hasPrefix(" ") ? text : encoded(text)
    }

    /// A name before an address: atoms as they are, anything else as encoded words.
    static func name(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 == 32 || (48...57).contains($0) || (97...122).contains($0 | 32) }
        return isPlain && (1...60).contains(text.utf8.count) && !text.hasPrefix(" ") ? text : encoded(text)
    }

    /// Encoded words of at most 75 characters each.
    private static func encoded(_ text: String) -> String {
        var words: [String] = []
        var part: [UInt8] = []
        for character in text.unicodeScalars {
            let bytes = Array(String(character).utf8)
            // 45 bytes are 60 characters of base64; no character is split.
            if part.count + bytes.count > 45 {
                words.append(word(part))
                part = []
            }
            part += bytes
        }
        words.append(word(part))
        return words.joined(separator: "\r\n ")
    }

    private static func word(_ bytes: [UInt8]) -> String { "=?utf-8?B?\(Data(bytes).base64EncodedString())?=" }

    /// Lines of at most 76 characters (RFC 2045, 6.7), ended by CR LF, the last one, too.
    static func quotedPrintable(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { quotedLine($0.utf8) }
            .joined(separator: "\r\n")
    }

    private static func quotedLine(_ bytes: Substring.UTF8View) -> String {
        var line = ""
        var length = 0
        let last = bytes.count - 1
        for (index, byte) in bytes.enumerated() {
            let isPlain = (33...126).contains(byte) && byte != 61 || byte == 32 && index != last
            let token = isPlain ? String(UnicodeScalar(byte)) : "=" + hexadecimal(byte)
            // Room for the soft line break's own sign.
            if length + token.utf8.count > 75 {
                line += "=\r\n"
                length = 0
            }
            line += token
            length += token.utf8.count
        }
        return line
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.utf8.count == 1 ? "0" + digits : digits
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }

    /// "Sat, 31 Jan 2026 06:00:00 +0000" (RFC 5322, 3.3).
    static func date(_ instant: Instant) -> String {
        let text = instant.description
        let parts = text.split { "-T:Z.".contains($0) }
        guard parts.count >= 6, let month = Int(parts[1]), (1...12).contains(month) else { return text }
        let days = Int((instant.microseconds / 86_400_000_000))
        // The first of January 1970 was a Thursday.
        let weekday = weekdays[((days + 4) % 7 + 7) % 7]
        return "\(weekday), \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) +0000"
    }

    static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
