import FoundationEssentials
import Plant

/// A reading ready to be written.
struct PackedReading: Sendable {
    /// Why a reading can't be written, as the row that is set apart in its place.
    struct Refusal: Error {
        let row: QuarantinedRow
    }

    /// Of an asset's name, and of what a target column says.
    static let nameByteCountMax = 200

    let asset: String
    let instant: Instant
    let schemaVersion: Int
    let values: Data
    let failing: String?

    static func packed(_ reading: Reading, schemaVersion: Int) -> Result<PackedReading, Refusal> {
        func refusal(_ reason: String) -> Result<PackedReading, Refusal> {
            .failure(
                Refusal(row: QuarantinedRow(row: "\(reading.asset.prefix(200)) at \(reading.instant)", reason: reason))
            )
        }
        guard reading.values.count <= PackedValues.countMax else {
            return refusal("\(reading.values.count) values: \(PackedValues.countMax) can be kept at most")
        }
        guard reading.notGood.allSatisfy(reading.values.indices.contains) else {
            return refusal("a quality for a value that is not there")
        }
        guard !reading.asset.utf8.contains(0), reading.failing?.utf8.contains(0) != true else {
            return refusal("a name with a NUL character, which can't be kept")
        }
        guard reading.asset.utf8.count <= nameByteCountMax, reading.failing?.utf8.count ?? 0 <= nameByteCountMax else {
            return refusal("a name of more than \(nameByteCountMax) bytes")
        }
        return .success(
            PackedReading(
                asset: reading.asset,
                instant: reading.instant,
                schemaVersion: schemaVersion,
                values: PackedValues.packed(reading.values, notGood: reading.notGood),
                failing: reading.failing
            )
        )
    }
}
