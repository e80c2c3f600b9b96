import Foundation

/// What one canary organization holds and no other text in the world does, so that it is known wherever it turns up.
package struct Canary: Hashable, Sendable {
    package enum Side: String, Hashable, Sendable, Codable {
        /// Who asks.
        case mine = "A"
        /// Whose things must not be seen.
        case theirs = "B"
    }

    package let side: Side
    /// In each text that the organization keeps; nobody else ever sends it.
    package let secret: String
    /// In its names, which the other organization tries.
    package let bait: String
    /// A value among its readings.
    package var reading: Double { Double(readingText) ?? 150 }
    /// As JSON has it.
    package let readingText: String
    let password: String

    package init(_ side: Side, using generator: inout some RandomNumberGenerator) {
        self.side = side
        secret = Self.token("s", using: &generator)
        bait = Self.token("b", using: &generator)
        password = Self.token("p", using: &generator) + Self.token("q", using: &generator)
        // No zero at its end, which would be left out.
        let digits =
            Int.random(in: 100_000...899_999, using: &generator) * 10 + Int.random(in: 1...9, using: &generator)
        readingText = "150.\(digits)"
    }

    /// 15 letters and digits of chance behind a letter: it reads alike in JSON, CSV, URLs and logs.
    static func token(_ prefix: String, using generator: inout some RandomNumberGenerator) -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        return prefix + String((0..<15).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] })
    }

    package var slug: String { "canary-\(side.rawValue.lowercased())-\(bait)" }
    /// What a person reads who finds it in a list of organizations.
    var title: String { "Canary of eagle verify isolation, may be deleted \(secret)" }
    /// A sentence for whatever wants one.
    var text: String { "canary \(secret)" }
    package var adminEmail: String { "admin-\(bait)@canary.invalid" }
    package var operatorEmail: String { "operator-\(bait)@canary.invalid" }
    package var asset: String { "furnace-\(bait)" }
    var secondAsset: String { "oven-\(bait)" }
    var component: String { "belt-\(bait)" }
    var rule: String { "hot-\(bait)" }
    var target: String { "hook-\(bait)" }
    /// The folder is nowhere; the name is the organization's all the same.
    var file: String { "/canary/\(bait)/scada.sqlite" }
    /// Nothing listens there.
    var address: String { "https://127.0.0.1:9/\(secret)" }

    /// What its names stand at, in queries and bodies.
    var words: [String: String] {
        [
            "organization": slug, "slug": slug, "asset": asset, "machine": asset, "component": component,
            "condition": "rule:\(rule)", "rule": rule, "target": target, "targetname": target, "path": file,
            "file": file,
            "filename": file, "email": operatorEmail, "username": operatorEmail, "login": operatorEmail,
        ]
    }
}
