import FoundationEssentials
import Plant
import Trust

/// Sealed bytes in a column of JSON: an object that holds them in base64.
enum SealedText {
    private struct Document: Codable { let sealed: Data }

    static func text(_ sealed: [UInt8]) -> String { #"{"sealed":"\#(Data(sealed).base64EncodedString())"}"# }

    /// The sealed bytes; nil for a text that was not sealed.
    static func bytes(_ text: String) -> [UInt8]? {
        guard text.hasPrefix(#"{"sealed":"#),
            let document = try? JSONDecoder().decode(Document.self, from: Data(text.utf8)),
            SealedArtifact.isSealed(document.sealed)
        else { return nil }
        return [UInt8](document.sealed)
    }
}

extension Keyring {
    /// A text as it is kept in a column.
    func sealedText(
        _ plain: String,
        as kind: SealedKind,
        named subject: String,
        in scope: OrganizationScope
    ) async throws -> String {
        SealedText.text(try await seal(Array(plain.utf8), as: kind, named: subject, in: scope))
    }

    /// The text that was kept so.
    ///
    /// - Throws: `KeyError` with `.notSealed` for one that lies open: those of earlier versions are sealed at the start.
    ///
    /// Not inlined: with its errors in another async function the optimizer of Swift 6.3 crashes.
    @inline(never)
    func openedText(
        _ stored: String,
        as kind: SealedKind,
        named subject: String,
        in scope: OrganizationScope
    ) async throws -> String {
        guard let sealed = SealedText.bytes(stored) else {
            throw KeyError(.notSealed, "a stored \(kind.rawValue) is not sealed: nobody but this program writes them")
        }
        return String(decoding: try await open(sealed, as: kind, named: subject, in: scope), as: UTF8.self)
    }
}
