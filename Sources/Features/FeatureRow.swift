import Crypto
import FoundationEssentials
package import Plant

/// The features of one asset at one instant, made from good samples at or before it only.
package struct FeatureRow: Sendable {
    package let asset: String
    package let instant: Instant
    /// In the view's column order; NaN is missing, all others are finite.
    package let values: [Float]
    package let metadata: FeatureMetadata

    package init(asset: String, instant: Instant, values: [Float], metadata: FeatureMetadata) {
        self.asset = asset
        self.instant = instant
        self.values = values
        self.metadata = metadata
    }
}

extension FeatureRow {
    /// SHA-256 of its values as Float32, little-endian, one after the other; 64 hexadecimal digits.
    package var digest: String {
        var hash = SHA256()
        for value in values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { hash.update(bufferPointer: $0) }
        }
        return FeatureView.hexadecimal(hash.finalize())
    }
}

/// What a row's features stand on.
package struct FeatureMetadata: Hashable, Sendable, Codable {
    /// Good samples in the view's longest window up to the row, over all tags; without windows those at its instant.
    package let goodSamples: Int
    /// Age of the oldest good sample that a value, lag or window of the row was made from (`since` is its own age).
    package let oldestSampleAgeSeconds: Double?
    /// The tags without a good sample at the row's own instant, in the view's order.
    package let missingTags: [String]

    package init(goodSamples: Int, oldestSampleAgeSeconds: Double?, missingTags: [String]) {
        self.goodSamples = goodSamples
        self.oldestSampleAgeSeconds = oldestSampleAgeSeconds
        self.missingTags = missingTags
    }
}
