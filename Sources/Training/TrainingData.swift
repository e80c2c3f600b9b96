import Crypto
package import Features
import FoundationEssentials
package import Models
import Plant

/// Labelled feature rows: what is known of each row, and its values.
package struct TrainingData: Sendable {
    package let set: TrainingSet
    /// One row per element of the set's.
    package let features: RowSpool

    package var view: FeatureView { self.set.view }
    package var rows: [TrainingSet.Row] { self.set.rows }

    package init(set: TrainingSet, features: RowSpool) {
        precondition(features.rowCount == set.rows.count && features.columnCount == set.view.count)
        self.set = set
        self.features = features
    }

    /// Hands out rows page by page, so that no more than one page is in memory: its place among `indices`, and values.
    package func forEachPage(
        of indices: [Int],
        rowCount: Int = 1_024,
        _ body: (_ places: Range<Int>, _ values: [Float]) throws -> Void
    ) throws {
        for start in stride(from: 0, to: indices.count, by: rowCount) {
            let places = start..<min(start + rowCount, indices.count)
            try body(places, try features.values(of: indices[places]))
        }
    }
}

extension TrainingData {
    /// The rows that a model can say something of: those whose windows are full enough.
    func settled(for manifest: ModelManifest) -> [Int] {
        guard manifest.anomaly != nil, let window = view.rollingWindows.max() else { return Array(rows.indices) }
        var oldest = rows.startIndex
        return rows.indices.filter { index in
            let row = rows[index]
            while rows[oldest].asset != row.asset || rows[oldest].instant <= row.instant - .seconds(window) {
                oldest += 1
            }
            return manifest.canJudge(oldestSampleAgeSeconds: (row.instant - rows[oldest].instant).minutes * 60)
        }
    }

    /// Some rows, evenly over all of them, and the failing ones as well.
    func spread(_ countMax: Int) -> [Int] {
        func evenly(_ indices: [Int], _ count: Int) -> [Int] {
            guard indices.count > count else { return indices }
            return (0..<count).map { indices[$0 * indices.count / count] }
        }
        let positives = rows.indices.filter { rows[$0].label.isPositive }
        return Set(evenly(Array(rows.indices), countMax / 2) + evenly(positives, countMax / 2)).sorted()
    }

    /// SHA-256 over the rows' assets, instants, labels and features.
    func snapshotHash() throws -> String {
        var hash = SHA256()
        try forEachPage(of: Array(rows.indices)) { places, values in
            for (offset, row) in rows[places].enumerated() {
                hash.update(data: Data("\(row.asset)\n\(row.instant.microseconds)\n".utf8))
                switch row.label {
                case .unknown: hash.update(data: Data("?".utf8))
                case .negative: hash.update(data: Data("-".utf8))
                case .positive(let minutes, let components):
                    hash.update(data: Data("\(minutes) \(components.sorted())".utf8))
                }
                values[offset * view.count..<(offset + 1) * view.count]
                    .withUnsafeBytes { hash.update(bufferPointer: $0) }
            }
        }
        return hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
