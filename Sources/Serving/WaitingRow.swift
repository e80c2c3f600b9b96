import Features
import FoundationEssentials
import Plant

/// An asset's newest row, where it had no answer in time: asked again until a newer row takes its place.
///
/// It lies in the asset's memory, so that it is kept with the batch that brought it, and no asset has two.
struct WaitingRow: Codable, Sendable {
    let instant: Instant
    /// Row-major Float32, little-endian; NaN has no place in JSON.
    private let values: Data
    let metadata: FeatureMetadata
    /// Of the engine that derived it: a model with another view has no use for it.
    let memoryKey: String
    /// When it had no answer first.
    let since: Instant
    var retryAt: Instant

    private static let rest = Backoff(from: .seconds(2), upTo: .seconds(60))
    private var backoff = Self.rest

    private enum CodingKeys: String, CodingKey { case instant, values, metadata, memoryKey, since, retryAt }

    init(_ row: FeatureRow, memoryKey: String, at now: Instant) {
        instant = row.instant
        values = row.values.withUnsafeBytes { Data($0) }
        metadata = row.metadata
        self.memoryKey = memoryKey
        since = now
        retryAt = now + backoff.next()
    }

    mutating func failed(at now: Instant) { retryAt = now + backoff.next() }

    func row(of asset: String) -> FeatureRow {
        let values = values.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count - 3, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: Float.self) }
        }
        return FeatureRow(asset: asset, instant: instant, values: values, metadata: metadata)
    }
}
