/// A mailbox as SMTP names it (RFC 5321, 4.1.2), without quoted local parts, comments and address literals.
package enum EmailAddress {
    private static let marks = Set("!#$%&'*+/=?^_`{|}~-.".utf8)

    /// Whether it is one; only such ones are ever put into a command or a header.
    package static func isValid(_ text: String) -> Bool {
        guard text.utf8.count <= 254, let at = text.lastIndex(of: "@") else { return false }
        let local = text[..<at]
        let domain = text[text.index(after: at)...]
        return (1...64).contains(local.utf8.count) && local.first != "." && local.last != "."
            && !local.contains("..") && local.utf8.allSatisfy { $0.isAlphanumeric || marks.contains($0) }
            && WebAddress.isHostName(domain) && !domain.contains("_")
    }
}
