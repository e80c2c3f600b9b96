import Features
import Glibc
import Models
import Plant

/// Learns what is normal: the usual level and spread of each continuous tag, and how far is far.
struct BaselineFit {
    private let view: FeatureView
    private let groupsOf: [String: [String]]
    private let layout: [Layout]

    /// A tag's columns, as places among those taken.
    private struct Layout {
        let name: String
        let value: Int
        let levels: [Int]
        let spreads: [Int]
    }

    /// The columns of the view that are looked at.
    let features: [Int]

    private static let deviationMax = 4.0
    private static let lagMax = 5_000
    private static let valuesMin = 30
    private static let blocks = 4
    private static let heldOutQuantile = 0.99
    /// How much farther than seen the threshold lies, over the square root of the windows that were seen.
    private static let margin = 2.5
    /// The threshold of a plant that nobody has seen, and how many windows outweigh it.
    private static let priorThreshold = 2.0
    private static let priorWindows = 8.0

    /// - Parameters:
    ///   - view: The features.
    ///   - components: Which tags belong to which component.
    init(view: FeatureView, components: [String: [String]]) {
        self.view = view
        groupsOf = components
        let places = Dictionary(uniqueKeysWithValues: view.featureNames.enumerated().map { ($1, $0) })
        var taken: [Int] = []
        layout = view.tags.filter { $0.kind == .continuous }.map { tag in
            func take(_ names: [String]) -> [Int] {
                names.compactMap { places[$0] }.map { column in
                    taken.append(column)
                    return taken.count - 1
                }
            }
            let value = take([tag.name])
            let means = take(view.rollingWindows.map { "\(tag.name)_mean_\($0)s" })
            let spreads = take(view.rollingWindows.map { "\(tag.name)_std_\($0)s" })
            return Layout(name: tag.name, value: value[0], levels: means.isEmpty ? value : means, spreads: spreads)
        }
        features = taken
    }

    /// The baseline of these rows, its threshold found on blocks of them that were kept apart in turn.
    ///
    /// - Throws: ``TrainingError`` with `.noRows` where no tag has enough values that vary.
    func baseline(of rows: BaselineRows) throws(TrainingError) -> AnomalyBaseline {
        let parts = (0..<Self.blocks).map { number in
            let block = rows.rowCount * number / Self.blocks..<rows.rowCount * (number + 1) / Self.blocks
            return (block: block, rest: Centred(rows.without(block)))
        }
        let all = Centred(rows)
        // A tag that a part can't be judged by is watched by nobody, or its deviations would come as a surprise.
        let watched = ([all] + parts.map(\.rest)).reduce(Set(layout.map(\.name))) { names, part in
            names.intersection(layout.compactMap { tagFit($0, part)?.layout.name })
        }
        guard !watched.isEmpty else { throw tooLittle(rows) }
        let whole = fit(all, watching: watched)
        let column = Dictionary(uniqueKeysWithValues: features.enumerated().map { ($1, $0) })
        var distances: [Double] = []
        for (block, rest) in parts {
            let apart = fit(rest, watching: watched)
            for row in block {
                let squares = apart.squaredDistances { rows.columns[column[$0] ?? 0][row] }
                distances.append(squares.reduce(0, +).squareRoot())
            }
        }
        distances.sort()
        let windows = max(1, rows.windowCount)
        let seen = Self.quantile(distances, Self.heldOutQuantile) * (1 + Self.margin / windows.squareRoot())
        guard seen > 0 else { throw tooLittle(rows) }
        let weight = rows.windowCount / (rows.windowCount + Self.priorWindows)
        let threshold = pow(seen, weight) * pow(Self.priorThreshold, 1 - weight)
        return whole.with(
            threshold: Float(threshold),
            windowCount: rows.windowCount,
            settlingSeconds: rows.settlingSeconds,
            heldOutShare: Double(distances.count { $0 > threshold }) / Double(distances.count)
        )
    }

    private func tooLittle(_ rows: BaselineRows) -> TrainingError {
        TrainingError(
            .noRows,
            "no continuous tag has \(Self.valuesMin) values that vary in any three quarters of the \(rows.rowCount) rows of "
                + "normal running: a baseline needs more history"
        )
    }

    // MARK: - One fit

    private struct TagFit {
        let layout: Layout
        let scale: Double
        /// Integrated autocorrelation time in rows.
        let memory: Double
    }

    /// Rows, and the usual value of each of their columns.
    private struct Centred {
        let rows: BaselineRows
        let centres: [Centre?]

        init(_ rows: BaselineRows) {
            self.rows = rows
            centres = rows.columns.map { BaselineFit.centre($0) }
        }
    }

    private func fit(_ part: Centred, watching watched: Set<String>) -> AnomalyBaseline {
        let (rows, centres) = (part.rows, part.centres)
        let fits = layout.filter { watched.contains($0.name) }.compactMap { tagFit($0, part) }
        let least = fits.map(\.memory).min() ?? 1
        let tags = fits.map { fit in
            let slowness = max(1, fit.memory / least)
            let degrees = min(max(Double(rows.rowCount) / slowness - 1, 1), 1_000)
            func feature(_ place: Int) -> AnomalyBaseline.Feature? {
                guard let centre = centres[place] else { return nil }
                return AnomalyBaseline.Feature(
                    column: features[place],
                    centre: Float(centre.mean),
                    scale: Float(fit.scale * slowness.squareRoot()),
                    degrees: Float(degrees)
                )
            }
            return AnomalyBaseline.WatchedTag(
                name: fit.layout.name,
                levels: fit.layout.levels.compactMap(feature),
                spreads: fit.layout.spreads.compactMap(feature)
            )
        }
        return AnomalyBaseline(
            tags: tags,
            groups: groups(of: tags.map(\.name)),
            unwatchedTags: layout.map(\.name).filter { !watched.contains($0) },
            threshold: 1,
            windowCount: 0,
            settlingSeconds: 0,
            heldOutShare: 0
        )
    }

    /// Nil where the tag does not vary, or is hardly ever there.
    private func tagFit(_ layout: Layout, _ part: Centred) -> TagFit? {
        guard let centre = part.centres[layout.value], centre.count >= Self.valuesMin else { return nil }
        var scale = (centre.high - centre.low) / 3.29
        if scale <= 0 { scale = centre.deviation }
        guard scale > 1e-7 * max(abs(centre.mean), 1e-30) else { return nil }
        var deviations = part.rows.columns[layout.value].map { value in
            min(max((Double(value) - centre.mean) / scale, -Self.deviationMax), Self.deviationMax)
        }
        let known = deviations.filter { !$0.isNaN }
        let mean = known.reduce(0, +) / Double(known.count)
        for index in deviations.indices { deviations[index] = deviations[index].isNaN ? 0 : deviations[index] - mean }
        return TagFit(layout: layout, scale: scale, memory: Self.memory(deviations, part.rows.segments))
    }

    /// A component's tags go by its name, others by their own.
    private func groups(of names: [String]) -> [AnomalyBaseline.Group] {
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let mapped = groupsOf.sorted { $0.key < $1.key }.map { component, tags in
            AnomalyBaseline.Group(name: component, tags: tags.compactMap { places[$0] })
        }.filter { !$0.tags.isEmpty }
        let taken = Set(mapped.flatMap(\.tags))
        let own = names.indices.filter { !taken.contains($0) && groupsOf[names[$0]] == nil }
            .map { AnomalyBaseline.Group(name: names[$0], tags: [$0]) }
        return mapped + own
    }

    // MARK: - Figures

    private struct Centre {
        /// Of the values clipped to their 5th and 95th percentile.
        let mean: Double
        let low: Double
        let high: Double
        let deviation: Double
        let count: Int
    }

    private static func centre(_ column: [Float]) -> Centre? {
        let sorted = column.lazy.filter { !$0.isNaN }.map { Double($0) }.sorted()
        guard !sorted.isEmpty else { return nil }
        let (low, high) = (quantile(sorted, 0.05), quantile(sorted, 0.95))
        let count = Double(sorted.count)
        let mean = sorted.reduce(0) { $0 + min(max($1, low), high) } / count
        let plain = sorted.reduce(0, +) / count
        let variance = sorted.reduce(0) { $0 + ($1 - plain) * ($1 - plain) } / count
        return Centre(mean: mean, low: low, high: high, deviation: variance.squareRoot(), count: sorted.count)
    }

    /// Between the two nearest values, linearly.
    private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
        let place = share * Double(sorted.count - 1)
        let below = Int(place)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
    }

    /// The integrated autocorrelation time in rows, at least 1.
    ///
    /// Geyer's initial positive monotone sequence (1992, section 3.3).
    private static func memory(_ deviations: [Double], _ segments: [Range<Int>]) -> Double {
        func autocovariance(_ lag: Int) -> Double {
            var sum = 0.0
            deviations.withUnsafeBufferPointer { values in
                for segment in segments where segment.count > lag {
                    for place in segment.lowerBound..<segment.upperBound - lag {
                        sum += values[place] * values[place + lag]
                    }
                }
            }
            return sum
        }
        let variance = autocovariance(0)
        guard variance > 0 else { return 1 }
        let lagMax = min(Self.lagMax, segments.map(\.count).max() ?? 0)
        var (memory, previous) = (1.0, Double.infinity)
        for lag in stride(from: 1, to: lagMax - 1, by: 2) {
            let pair = (autocovariance(lag) + autocovariance(lag + 1)) / variance
            if pair <= 0 { break }
            previous = min(previous, pair)
            memory += 2 * previous
        }
        return max(1, memory)
    }
}
