import Features
import FoundationEssentials
import Plant

/// The newest row that was due of an asset, where it had no answer in time: asked again until a newer one takes its
/// place.
///
/// It lies in the asset's memory, so that it is kept with the batch that brought it, and no asset has two.
struct WaitingRow: Codable, Sendable {
    let instant: Instant
    /// Row-major Float32, little-endian; NaN has no place in JSON.
    private let values: Data
    let metadata: FeatureMetadata
    /// Of the engine that derived it: a model with another view has no use for it.
    let memoryKey: String
    /// Of the reading that gave it its form; nil in what was written before that was kept.
    private let sequence: Int64?
    /// When it had no answer first.
    let since: Instant
    var retryAt: Instant

    private static let rest = Backoff(from: .seconds(2), upTo: .seconds(60))
    private var backoff = Self.rest

    private enum CodingKeys: String, CodingKey { case instant, values, metadata, memoryKey, sequence, since, retryAt }

    init(_ due: DueRow, memoryKey: String, at now: Instant) {
        let row = due.row
        instant = row.instant
        sequence = due.sequence
        values = row.values.withUnsafeBytes { Data($0) }
        metadata = row.metadata
        self.memoryKey = memoryKey
        since = now
        retryAt = now + backoff.next()
    }

    mutating func failed(at now: Instant) { retryAt = now + backoff.next() }

    func row(of asset: String) -> DueRow {
        let values = values.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count - 3, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: Float.self) }
        }
        return DueRow(
            row: FeatureRow(asset: asset, instant: instant, values: values, metadata: metadata),
            isCorrection: false,
            sequence: sequence ?? 0
        )
    }
}
