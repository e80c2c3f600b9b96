import Features
import Plant

/// Features straight from their definitions, for one asset: every value anew from the set of samples, in two passes.
struct ReferenceFeatures {
    private struct Good {
        let instant: Int64
        let value: Double
    }

    let view: FeatureView
    let rows: [Sample]
    /// Per tag all good samples, in order of time.
    private let good: [[Good]]

    /// - Parameters:
    ///   - view: What to derive.
    ///   - samples: Of one asset, in any order; of those with one instant the first counts.
    init(view: FeatureView, samples: [Sample]) {
        self.view = view
        var seen: Set<Instant> = []
        let first = samples.filter { seen.insert($0.instant).inserted }
        let rows = first.sorted { $0.instant < $1.instant }
        self.rows = rows
        good = view.tags.indices.map { tag in
            rows.compactMap { row in
                let value = row.values[tag]
                return value.isNaN ? nil : Good(instant: row.instant.microseconds, value: value)
            }
        }
    }

    /// The features at a row, by its index in time; NaN is missing.
    func features(at index: Int) -> [Double] {
        let row = rows[index]
        return view.tags.indices.flatMap { tag -> [Double] in
            let series = series(of: tag, at: row.instant.microseconds)
            switch view.tags[tag].kind {
            case .continuous: return continuous(row.values[tag], series, at: row.instant.microseconds)
            case .boolean: return boolean(row.values[tag], series, at: row.instant.microseconds)
            }
        }
    }

    private func series(of tag: Int, at instant: Int64) -> ArraySlice<Good> {
        let known = good[tag][..<good[tag].partitioningIndex { $0.instant > instant }]
        let bucket = Int64(view.sampleEverySeconds) * 1_000_000
        guard bucket > 0 else { return known }
        var last: [Int64: Good] = [:]
        for sample in known { last[Int64((Double(sample.instant) / Double(bucket)).rounded(.down))] = sample }
        return last.values.sorted { $0.instant < $1.instant }[...]
    }

    private func window(_ seconds: Int, of series: ArraySlice<Good>, at instant: Int64) -> ArraySlice<Good> {
        series[series.partitioningIndex { $0.instant > instant - Int64(seconds) * 1_000_000 }...]
    }

    private func continuous(_ value: Double, _ series: ArraySlice<Good>, at instant: Int64) -> [Double] {
        var features = [value]
        for lag in view.lagSeconds {
            let then = instant - Int64(lag) * 1_000_000
            let latest = series[..<series.partitioningIndex { $0.instant > then }].last
            let oldest = then - Int64(view.staleAfterSeconds) * 1_000_000
            features.append(latest.map { $0.instant >= oldest ? $0.value : .nan } ?? .nan)
        }
        for seconds in view.rollingWindows {
            let samples = window(seconds, of: series, at: instant)
            let count = Double(samples.count)
            let mean = samples.reduce(0) { $0 + $1.value } / count
            let times = samples.map { Double($0.instant - instant) / 1_000_000 }
            let timeMean = times.reduce(0, +) / count
            var squares = 0.0
            var timeSquares = 0.0
            var products = 0.0
            for (sample, time) in zip(samples, times) {
                squares += (sample.value - mean) * (sample.value - mean)
                timeSquares += (time - timeMean) * (time - timeMean)
                products += (sample.value - mean) * (time - timeMean)
            }
            features.append(samples.isEmpty ? .nan : mean)
            features.append(samples.count < 2 ? .nan : (squares / (count - 1)).squareRoot())
            features.append(samples.map(\.value).min() ?? .nan)
            features.append(samples.map(\.value).max() ?? .nan)
            features.append(samples.count < 2 ? .nan : products / timeSquares)
        }
        return features
    }

    private func boolean(_ value: Double, _ series: ArraySlice<Good>, at instant: Int64) -> [Double] {
        let latest = series.last { $0.value == 1 }
        var features = [value, latest.map { Double(instant - $0.instant) / 1_000_000 } ?? .nan]
        for seconds in view.rollingWindows {
            let samples = window(seconds, of: series, at: instant)
            let trues = samples.count { $0.value == 1 }
            let rises = samples.indices.count { index in
                index > series.startIndex && series[index].value == 1 && series[index - 1].value == 0
            }
            features.append(samples.isEmpty ? .nan : Double(trues) / Double(samples.count))
            features.append(samples.isEmpty ? .nan : Double(rises))
        }
        return features
    }
}

/// Where computed rows differ from expected ones by more than 1e-5 of the value plus 1e-6 of its column's largest.
///
/// - Parameters:
///   - computed: As the engine hands them on.
///   - expected: As many rows of as many values.
///   - names: Of the columns.
/// - Returns: A line for each column's first difference.
func differences(_ computed: [[Float]], _ expected: [[Double]], names: [String]) -> [String] {
    guard computed.count == expected.count else { return ["\(computed.count) rows, not \(expected.count)"] }
    return names.indices.compactMap { column -> String? in
        let largest = expected.reduce(0) { $1[column].isNaN ? $0 : max($0, abs($1[column])) }
        for (row, (computed, expected)) in zip(computed, expected).enumerated() {
            let (value, wanted) = (Double(computed[column]), expected[column])
            if value.isNaN && wanted.isNaN { continue }
            if abs(value - wanted) <= 1e-5 * abs(wanted) + 1e-6 * largest { continue }
            return "\(names[column]) in row \(row) is \(value), not \(wanted)"
        }
        return nil
    }
}
