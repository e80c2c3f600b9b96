import Alarms
import Crypto
import Foundation
import Plant

/// A notice as a mail: plain text, and the same in HTML (RFC 5322, 2045, 2046).
struct EmailMessage: Sendable {
    let notice: Notice
    let settings: MailSettings
    /// Valid ones.
    let receivers: [String]
    let at: Instant

    init(notice: Notice, settings: MailSettings, receivers: [String], at: Instant) {
        self.notice = notice
        self.settings = settings
        self.receivers = receivers
        self.at = at
    }

    /// Seven-bit lines of at most 76 characters, but addresses, each with CR LF.
    var bytes: [UInt8] {
        var text = fields.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
        for (type, content) in [("plain", plain), ("html", html)] {
            text += "--\(boundary)\r\nContent-Type: text/\(type); charset=utf-8\r\n"
            text += "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
            text += MailText.quotedPrintable(content) + "\r\n"
        }
        return Array((text + "--\(boundary)--\r\n").utf8)
    }

    /// What names the mail, the same at each attempt, so that a mail server or reader knows a repetition.
    var id: String { id(of: notice.key) }

    private var fields: [(String, String)] {
        // Mails of one alarm have an ancestor in common that was never sent.
        let ancestor = id(of: notice.thread)
        var fields = [
            ("From", "\(MailText.name(settings.fromName)) <\(settings.from)>"),
            ("To", receivers.joined(separator: ",\r\n ")),
            ("Subject", MailText.subject(notice.title)), ("Date", MailText.date(at)), ("Message-ID", id),
            ("In-Reply-To", ancestor), ("References", ancestor), ("Auto-Submitted", "auto-generated"),
            ("X-Eagle-Key", notice.key.singleLine(countMax: 100)), ("MIME-Version", "1.0"),
            ("Content-Type", "multipart/alternative;\r\n boundary=\"\(boundary)\""),
        ]
        if notice.urgency == .critical { fields.append(("Importance", "high")) }
        return fields
    }

    private var plain: String { notice.text + (notice.link.map { "\n\n\($0)" } ?? "") + "\n" }

    private var html: String {
        let lines = notice.text.split(separator: "\n").map { MailText.escaped(String($0)) }
        let link = notice.link.map { "<p><a href=\"\(MailText.escaped($0))\">Open the alarm</a></p>" } ?? ""
        return """
            <!DOCTYPE html><html><body>
            <p><strong>\(lines.first ?? "")</strong></p>
            <p>\(lines.dropFirst().joined(separator: "<br>\n"))</p>
            \(link)
            </body></html>

            """
    }

    private var boundary: String { "eagle-\(Self.digest(of: "boundary \(notice.key)"))" }

    private func id(of name: String) -> String {
        let domain = settings.from.split(separator: "@").last.map(String.init) ?? "localhost"
        return "<\(Self.digest(of: name))@\(domain)>"
    }

    private static func digest(of text: String) -> String {
        SHA256.hash(data: Data(text.utf8)).prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            .joined()
    }
}
