import Glibc

/// What is normal for an organization's machines, learned without a single failure.
///
/// A row's distance from normal is, tag by tag, how far the means over its windows lie from their usual levels, and how
/// much more or less it varies than it uses to; the larger of the two counts. Slow tags have seen fewer independent
/// states than their rows, so their usual spread is wider and its estimate less sure: each deviation is read as a
/// Student t of so many degrees of freedom and turned into a normal one (Wallace 1959).
package struct AnomalyBaseline: Hashable, Sendable, Codable {
    /// The usual state of one feature.
    package struct Feature: Hashable, Sendable, Codable {
        /// Of the feature view.
        package let column: Int
        package let centre: Float
        /// In the tag's unit.
        package let scale: Float
        /// Degrees of freedom.
        package let degrees: Float

        package init(column: Int, centre: Float, scale: Float, degrees: Float) {
            self.column = column
            self.centre = centre
            self.scale = scale
            self.degrees = degrees
        }
    }

    package struct WatchedTag: Hashable, Sendable, Codable {
        package let name: String
        /// Its means over windows; without windows its value.
        package let levels: [Feature]
        /// Its standard deviations over windows.
        package let spreads: [Feature]

        package init(name: String, levels: [Feature], spreads: [Feature]) {
            self.name = name
            self.levels = levels
            self.spreads = spreads
        }
    }

    /// Tags that are named together: a component's, or one that belongs to none.
    package struct Group: Hashable, Sendable, Codable {
        package let name: String
        /// By their places among ``AnomalyBaseline/tags``.
        package let tags: [Int]

        package init(name: String, tags: [Int]) {
            self.name = name
            self.tags = tags
        }
    }

    package let tags: [WatchedTag]
    package let groups: [Group]
    /// Tags that did not vary, or were hardly ever there.
    package let unwatchedTags: [String]
    /// The distance at which the score is 0.5.
    package let threshold: Float
    /// How many of its longest windows the baseline lasted, over all assets.
    package let windowCount: Double
    /// For how long an asset must have been read before anything is said of it: windows are half full by then.
    package let settlingSeconds: Double
    /// The share of rows beyond the threshold, in blocks that were kept apart in turn.
    package let heldOutShare: Double

    /// With fewer windows nobody can tell what is normal.
    package static let windowCountMin = 8.0
    /// Nor with fewer rows.
    package static let rowCountMin = 200
    /// With more the threshold does not hold what it promises.
    package static let heldOutShareMax = 0.05
    /// Rows at or above the threshold in a row, at least, before an alarm is raised.
    package static let raiseAfterMin = 3
    /// The score's threshold, whatever the plant.
    package static let scoreThreshold = 0.5

    package init(
        tags: [WatchedTag],
        groups: [Group],
        unwatchedTags: [String],
        threshold: Float,
        windowCount: Double,
        settlingSeconds: Double,
        heldOutShare: Double
    ) {
        self.tags = tags
        self.groups = groups
        self.unwatchedTags = unwatchedTags
        self.threshold = threshold
        self.windowCount = windowCount
        self.settlingSeconds = settlingSeconds
        self.heldOutShare = heldOutShare
    }

    /// The same with what holding blocks apart has shown.
    package func with(
        threshold: Float,
        windowCount: Double,
        settlingSeconds: Double,
        heldOutShare: Double
    ) -> AnomalyBaseline {
        AnomalyBaseline(
            tags: tags,
            groups: groups,
            unwatchedTags: unwatchedTags,
            threshold: threshold,
            windowCount: windowCount,
            settlingSeconds: settlingSeconds,
            heldOutShare: heldOutShare
        )
    }

    /// The squared distance of a row from normal, tag by tag; missing values are no deviation.
    package func squaredDistances(_ value: (_ column: Int) -> Float) -> [Double] {
        tags.map { tag in
            max(Self.mean(of: tag.levels, value), Self.mean(of: tag.spreads, value))
        }
    }

    /// A row's anomaly score, in `0...1`: `1 / (1 + (threshold / distance)^8)`.
    package func score(squaredDistance: Double) -> Double {
        1 / (1 + exp(-logOdds(squaredDistance: squaredDistance)))
    }

    package func logOdds(squaredDistance: Double) -> Double {
        let squared = Double(threshold) * Double(threshold)
        return Self.steepness * log(max(squaredDistance / squared, Self.ratioMin))
    }

    static let steepness = 4.0
    static let ratioMin = 1e-9
    /// Farther is not told apart.
    static let deviationMax: Float = 1e9

    private static func mean(of features: [Feature], _ value: (Int) -> Float) -> Double {
        var (sum, count) = (0.0, 0)
        for feature in features {
            let now = value(feature.column)
            guard !now.isNaN else { continue }
            sum += feature.squaredDeviation(of: now)
            count += 1
        }
        return sum / Double(max(1, count))
    }
}

extension AnomalyBaseline.Feature {
    /// Wallace's approximation: `((8v + 1) / (8v + 3))^2 v ln(1 + t^2 / v)` is the square of a normal deviation.
    var factor: Double {
        let degrees = Double(degrees)
        let ratio = (8 * degrees + 1) / (8 * degrees + 3)
        return ratio * ratio * degrees
    }

    /// How far a value is from usual, squared, in a normal distribution's standard deviations.
    func squaredDeviation(of value: Float) -> Double {
        let deviation = (Double(value) - Double(centre)) * Double(1 / scale)
        let t = min(abs(deviation), Double(AnomalyBaseline.deviationMax))
        return factor * log1p(t * t / Double(degrees))
    }
}
