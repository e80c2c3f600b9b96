import Crypto
import FoundationEssentials
package import Plant

/// Names a stretch of readings by all that was kept of each, in order of time.
package struct ReadingDigest: Sendable {
    private var hash = SHA256()
    package private(set) var count = 0

    /// Of no reading yet.
    package init() {}

    /// Takes in the next reading.
    ///
    /// - Parameters:
    ///   - reading: With a value per tag of its schema version.
    ///   - sequence: Its number among the organization's.
    ///   - schemaVersion: Under which it was mapped.
    package mutating func add(_ reading: Reading, sequence: Int64, schemaVersion: Int) {
        add(UInt64(bitPattern: reading.instant.microseconds))
        add(UInt64(bitPattern: sequence))
        add(UInt64(bitPattern: Int64(schemaVersion)))
        add(UInt64(reading.values.count))
        for value in reading.values { add(value.bitPattern) }
        add(UInt64(reading.notGood.count))
        for place in reading.notGood.sorted() { add(UInt64(place)) }
        add(reading.failing.map { "failing " + $0 } ?? "")
        count += 1
    }

    /// SHA-256 over the readings so far; 64 hexadecimal digits.
    package var text: String { FeatureView.hexadecimal(hash.finalize()) }

    private mutating func add(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { hash.update(bufferPointer: $0) }
    }

    /// With its length, so that no two lists of texts give the same bytes.
    private mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        hash.update(data: Data(text.utf8))
    }
}
