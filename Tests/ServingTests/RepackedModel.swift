import Models
import TestSupport

/// A model file that is taken apart, changed and put together again with hashes that are right: whoever tampers can
/// make them as well.
struct RepackedModel {
    /// By name.
    let parts: [String: [UInt8]]
    private let names: [String]

    private static let manifestName = "manifest.json"
    private static let manifestHashName = "manifest.json.sha256"

    init(_ bytes: [UInt8]) throws {
        let entries = try TarArchive(bytes).entries
        names = entries.map(\.name)
        parts = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.bytes) })
    }

    /// The file with another content of one part; the manifest vouches for it, and its own hash is right.
    func bytes(with content: [UInt8], as name: String) -> [UInt8] {
        var parts = parts
        if name != Self.manifestName {
            let manifest = String(decoding: parts[Self.manifestName] ?? [], as: UTF8.self)
            let (old, new) = (Self.hash(parts[name] ?? []), Self.hash(content))
            parts[Self.manifestName] = Array(manifest.replacing(old, with: new).utf8)
        }
        parts[name] = content
        let manifestHash = Self.hash(parts[Self.manifestName] ?? [])
        parts[Self.manifestHashName] = Array("\(manifestHash)  \(Self.manifestName)\n".utf8)
        var archive = TarArchive()
        for name in names { archive.append(name, parts[name] ?? []) }
        return archive.bytes
    }

    private static func hash(_ bytes: [UInt8]) -> String { ModelArtifact.version(of: bytes).hash }

    /// One of the archive's headers with some bytes of its name or its size changed, and the checksum of what it then
    /// is.
    static func headerChanged(
        _ archive: [UInt8],
        at places: [Int],
        using generator: inout SeededGenerator
    ) -> [UInt8] {
        var bytes = archive
        let header = places.randomElement(using: &generator) ?? 0
        let field = Bool.random(using: &generator) ? 0..<100 : 124..<136
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = header + Int.random(in: field, using: &generator)
            // Digits mostly: a size must look like one to be believed.
            bytes[place] =
                Int.random(in: 0..<4, using: &generator) == 0
                ? .random(in: .min ... .max, using: &generator) : .random(in: 48...55, using: &generator)
        }
        for place in header + 148..<header + 156 { bytes[place] = 32 }
        let sum = bytes[header..<header + 512].reduce(0) { $0 + Int($1) }
        let digits = String(sum, radix: 8)
        let text = String(repeating: "0", count: 6 - digits.utf8.count) + digits
        for (offset, digit) in text.utf8.enumerated() { bytes[header + 148 + offset] = digit }
        bytes[header + 154] = 0
        return bytes
    }

    /// Where the headers stand in a sound archive.
    static func headers(of archive: [UInt8]) throws -> [Int] {
        var (places, place) = ([Int](), 0)
        for entry in try TarArchive(archive).entries {
            places.append(place)
            place += 512 + (entry.bytes.count + 511) / 512 * 512
        }
        return places
    }
}

/// Texts in which numbers are others: what a document's form lets through, and its meaning does not.
enum HostileNumbers {
    private static let numbers = [
        "0", "-1", "1", "-0.0", "0.5", "1e308", "-1e308", "1e999", "1e-999", "nan", "inf", "null", "true", "\"a\"",
        "10000", "10001", "2147483647", "2147483648", "-2147483648", "4294967296", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "99999999999999999999999999999999999999", "[]", "{}", "",
    ]

    /// One to three runs of digits replaced.
    static func mutated(_ whole: [UInt8], seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        var bytes = whole
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let start = Int.random(in: 0...bytes.count, using: &generator)
            guard let first = bytes[start...].firstIndex(where: isDigit) ?? bytes.firstIndex(where: isDigit) else {
                return bytes
            }
            let end = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
            let number = numbers.randomElement(using: &generator) ?? ""
            bytes.replaceSubrange(first..<end, with: Array(number.utf8))
        }
        return bytes
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
