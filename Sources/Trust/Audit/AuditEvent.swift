/// What happened: who did what to what.
///
/// A chain makes an ``AuditEntry`` of it. Texts are bounded, for some of them come from whoever asks: what is longer is cut, and ends in an ellipsis. Bodies
/// and secrets have no place here.
package struct AuditEvent: Hashable, Sendable {
    package let action: AuditAction
    package let actor: Actor
    /// What it was done to: a path of the API, or a name such as `models/<version>`.
    package let resource: String
    package let metadata: [String: String]

    /// Of a text's UTF-8.
    package static let textByteCountMax = 500
    package static let metadataCountMax = 32

    package init(
        _ action: AuditAction,
        by actor: Actor,
        on resource: String,
        _ metadata: [String: String] = [:]
    ) {
        self.action = action
        self.actor = actor
        self.resource = Self.bounded(resource)
        let kept = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.prefix(Self.metadataCountMax)
        self.metadata = Dictionary(kept.map { (Self.bounded($0.key), Self.bounded($0.value)) }) { first, _ in first }
    }

    /// The text without NUL characters, which no column keeps, and no longer than it may be.
    private static func bounded(_ text: String) -> String {
        guard text.utf8.count > textByteCountMax || text.utf8.contains(0) else { return text }
        let scalars = text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }
        let byteCount = scalars.reduce(0) { $0 + UTF8.width($1) }
        let ellipsis: Unicode.Scalar = "\u{2026}"
        var bounded = String.UnicodeScalarView()
        var left = byteCount <= textByteCountMax ? byteCount : textByteCountMax - UTF8.width(ellipsis)
        for scalar in scalars {
            left -= UTF8.width(scalar)
            guard left >= 0 else {
                bounded.append(ellipsis)
                break
            }
            bounded.append(scalar)
        }
        return String(bounded)
    }
}
