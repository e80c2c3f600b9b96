import Features
import Foundation
import Plant
import Testing

@Suite struct RowSampleTests {
    private func row(_ number: Int) -> FeatureRow {
        FeatureRow(
            asset: "p",
            instant: Instant(seconds: Int64(number)),
            values: [Float(number), .nan],
            metadata: FeatureMetadata(goodSamples: 1, oldestSampleAgeSeconds: nil, missingTags: [])
        )
    }

    @Test(arguments: [1, 16, 17, 1_000])
    func `rows are spread evenly over a history of any length`(count: Int) throws {
        var sample = RowSample(columnCount: 2, countMax: 16)
        for number in 0..<count { sample.add(row(number)) }
        #expect(sample.instants.count <= 16 && sample.instants.count >= min(count, 8))
        let gaps = zip(sample.instants, sample.instants.dropFirst()).map { $1 - $0 }
        #expect(Set(gaps).count <= 1)
        let rows = sample.rows(from: .distantPast, to: .distantFuture)
        let values = sample.values(column: 0, of: rows)
        #expect(values == sample.instants.map { Float($0.microseconds / 1_000_000) })
    }

    @Test func `meanings stand in the order of the features' names`() {
        let view = FeatureView(
            schema: SignalSchema(
                organization: "h",
                continuousColumns: ["x", "y"],
                booleanColumns: ["b"],
                lagSeconds: [60],
                rollingWindows: [300, 600]
            )
        )
        let names = view.meanings.map { meaning in
            switch meaning.statistic {
            case .value: meaning.tag.name
            case .lag(let seconds): "\(meaning.tag.name)_lag_\(seconds)s"
            case .mean(let seconds): "\(meaning.tag.name)_mean_\(seconds)s"
            case .deviation(let seconds): "\(meaning.tag.name)_std_\(seconds)s"
            case .minimum(let seconds): "\(meaning.tag.name)_min_\(seconds)s"
            case .maximum(let seconds): "\(meaning.tag.name)_max_\(seconds)s"
            case .slope(let seconds): "\(meaning.tag.name)_slope_\(seconds)s"
            case .since: "\(meaning.tag.name)_since_s"
            case .fraction(let seconds): "\(meaning.tag.name)_fraction_\(seconds)s"
            case .rises(let seconds): "\(meaning.tag.name)_rises_\(seconds)s"
            }
        }
        #expect(names == view.featureNames)
    }

    @Test func `a digest changes with any bit of what it names, and with nothing else`() {
        func digest(_ values: [Double], sequence: Int64 = 1, schemaVersion: Int = 1, notGood: Set<Int> = []) -> String {
            var digest = ReadingDigest()
            let reading = Reading(asset: "p", instant: Instant(seconds: 1), values: values, notGood: notGood)
            digest.add(reading, sequence: sequence, schemaVersion: schemaVersion)
            return digest.text
        }
        let first = digest([1, 2])
        #expect(digest([1, 2]) == first)
        let others = [
            digest([1, 2.0.nextUp]), digest([1, 2, 0]), digest([1, 2], sequence: 2), digest([1, 2], schemaVersion: 2),
            digest([1, 2], notGood: [1]), digest([2, 1]), ReadingDigest().text,
        ]
        #expect(!others.contains(first) && Set(others).count == others.count)
        #expect(row(1).digest == row(1).digest && row(1).digest != row(2).digest)
    }
}
