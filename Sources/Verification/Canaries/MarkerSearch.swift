import Foundation

/// Looks for an organization's markers in whatever bytes: as they are, in base64, in hexadecimal, percent-encoded.
package struct MarkerSearch: Sendable {
    private struct Needle: Sendable {
        let match: MarkerMatch
        let bytes: Data
        /// Whether capitals count.
        let isExact: Bool
    }

    private let needles: [Needle]
    /// UUIDs and hashes, lower case.
    private let ids: Set<String>

    /// - Parameters:
    ///   - markers: All but ids.
    ///   - ids: UUIDs and hashes, lower case; they are found however many they are, plain and without hyphens.
    package init(_ markers: [Marker], ids: Set<String> = []) {
        needles = markers.flatMap(Self.needles)
        self.ids = ids.union(ids.map { $0.replacing("-", with: "") })
    }

    package init(_ canary: Canary, ids: Set<String>, credentials: [String] = []) {
        self.init(
            [
                Marker(.text, canary.secret), Marker(.name, canary.bait), Marker(.reading, canary.readingText),
                Marker(.credential, canary.password),
            ] + credentials.map { Marker(.credential, $0) },
            ids: ids
        )
    }

    /// All that is there, each marker once.
    package func matches(in bytes: some Sequence<UInt8>) -> [MarkerMatch] {
        let exact = Data(bytes)
        guard !exact.isEmpty else { return [] }
        let lower = exact.lowercased
        var found: [MarkerMatch] = []
        var seen: Set<Marker> = []
        for needle in needles where !seen.contains(needle.match.marker) {
            guard (needle.isExact ? exact : lower).range(of: needle.bytes) != nil else { continue }
            found.append(needle.match)
            seen.insert(needle.match.marker)
        }
        for id in Self.ids(in: lower) where ids.contains(id) && seen.insert(Marker(.id, id)).inserted {
            found.append(MarkerMatch(marker: Marker(.id, id), form: .plain))
        }
        return found
    }

    private static func needles(of marker: Marker) -> [Needle] {
        let bytes = Array(marker.value.utf8)
        let hexadecimal = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let encodings = base64(bytes)
        let plain: [(String, MarkerMatch.Form)] = [
            (marker.value.lowercased(), .plain), (hexadecimal, .hexadecimal),
            (Percent.all(bytes).lowercased(), .percent),
        ]
        return plain.map { Needle(match: MarkerMatch(marker: marker, form: $1), bytes: Data($0.utf8), isExact: false) }
            + encodings.map {
                Needle(match: MarkerMatch(marker: marker, form: .base64), bytes: Data($0.utf8), isExact: true)
            }
    }

    /// The characters that base64 has for the bytes whatever stands around them, at each of the three places where they
    /// may begin (RFC 4648, sections 4 and 5); none for bytes too few to be known by.
    private static func base64(_ bytes: [UInt8]) -> Set<String> {
        guard bytes.count >= 6 else { return [] }
        let texts = (0..<3).map { offset in
            let whole = Data(repeating: 0, count: offset) + Data(bytes)
            let skipped = [0, 2, 3][offset]
            let count = whole.count * 8 / 6 - skipped
            return String(whole.base64EncodedString().dropFirst(skipped).prefix(count))
        }
        return Set(texts + texts.map { $0.replacing("+", with: "-").replacing("/", with: "_") })
    }

    // MARK: - Ids

    /// Every UUID, and every run of 32 or 64 hexadecimal digits.
    static func ids(in lower: Data) -> [String] {
        var ids: [String] = []
        var run = 0
        let bytes = [UInt8](lower)
        for index in bytes.indices {
            if isHexadecimal(bytes[index]) {
                run += 1
                guard index + 1 == bytes.count || !isHexadecimal(bytes[index + 1]) else { continue }
                if run == 32 || run == 64 { ids.append(text(bytes[(index - run + 1)...index])) }
                if run >= 12, let id = uuid(endingAt: index, in: bytes) { ids.append(id) }
                run = 0
            } else {
                run = 0
            }
        }
        return ids
    }

    private static func uuid(endingAt last: Int, in bytes: [UInt8]) -> String? {
        // The last group may run into what follows it only if that is no digit.
        let start = last - 35
        guard start >= 0 else { return nil }
        for (offset, byte) in bytes[start...last].enumerated() {
            let isHyphen = [8, 13, 18, 23].contains(offset)
            guard isHyphen ? byte == UInt8(ascii: "-") : isHexadecimal(byte) else { return nil }
        }
        return text(bytes[start...last])
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...102).contains(byte)
    }
}

extension Data {
    /// ASCII capitals made small; everything else as it is.
    fileprivate var lowercased: Data { Data(map { (65...90).contains($0) ? $0 + 32 : $0 }) }
}
