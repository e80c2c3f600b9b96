import Plant
import Testing

@testable import Delivery

@Suite struct MailTextTests {
    @Test(arguments: [
        ("CRITICAL furnace-1: heater", "CRITICAL furnace-1: heater"), ("", ""), ("Süd", "=?utf-8?B?U8O8ZA==?="),
        ("=?utf-8?B?eA==?=", "=?utf-8?B?PT91dGYtOD9CP2VBPT0/PQ==?="),
    ])
    func `a subject is as it is, or an encoded word`(text: String, expected: String) {
        #expect(MailText.subject(text) == expected)
    }

    @Test func `a long subject is several words, and no character is split between two`() {
        let words = MailText.subject(String(repeating: "\u{1F525}", count: 80)).split(separator: "\r\n ")
        #expect(words.count > 1)
        #expect(words.allSatisfy { $0.utf8.count <= 75 && $0.hasPrefix("=?utf-8?B?") && $0.hasSuffix("?=") })
    }

    @Test(arguments: [
        ("a=b", "a=3Db"), ("a \nb", "a=20\r\nb"), ("ä", "=C3=A4"), ("\t", "=09"), ("a\r\nb", "a=0D=0Ab"), ("", ""),
    ])
    func `text is quoted as mail needs it`(text: String, expected: String) {
        #expect(MailText.quotedPrintable(text) == expected)
    }

    @Test func `a long line is broken where no escape is`() {
        let lines = MailText.quotedPrintable(String(repeating: "aä", count: 100)).split(separator: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 76 })
        #expect(lines.dropLast().allSatisfy { $0.hasSuffix("=") })
        let joined = lines.map { $0.hasSuffix("=") ? $0.dropLast() : $0 }.joined(separator: "")
        #expect(joined == String(repeating: "a=C3=A4", count: 100))
    }

    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (1_709_208_000, "Thu, 29 Feb 2024 12:00:00 +0000"),
            (1_769_839_220, "Sat, 31 Jan 2026 06:00:20 +0000"),
        ] as [(Int64, String)]
    )
    func `a date is as mail writes it`(seconds: Int64, expected: String) {
        #expect(MailText.date(Instant(seconds: seconds)) == expected)
    }
}
