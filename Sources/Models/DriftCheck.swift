import Glibc
package import Plant

/// How far the plant's readings have moved away from what a model learned.
///
/// The effect is the population stability index between the values at training and those of the last days, bins and
/// missing values alike. Days of one asset are the independent draws: rows within a day tell the same story, and a few
/// days spread by chance alone. So twice what chance is expected to give is taken off, and what remains must be large
/// whichever single day is left out: one odd day is no drift.
package struct DriftCheck: Sendable {
    /// "A major shift", by the index's usual reading.
    package static let effectMin = 0.25
    /// Fewer days tell nothing.
    package static let daysMin = 5

    private let references: [TagDistribution]
    /// Per tag, by day and asset: counts as in the reference.
    private var counts: [[Cell: [Int]]]

    private struct Cell: Hashable {
        let day: Instant
        let asset: String
    }

    /// A check against what a model learned of each tag.
    package init(_ references: [TagDistribution]) {
        self.references = references
        counts = Array(repeating: [:], count: references.count)
    }

    /// Takes in an asset's values of one tag, NaN where missing, and how many rows each stands for.
    ///
    /// The tag is one of the references, by its place.
    package mutating func add(_ values: [Float], weights: [Int]? = nil, tag: Int, asset: String, at instant: Instant) {
        let cell = Cell(day: instant.floored(toMultipleOf: 86_400), asset: asset)
        let filled = references[tag].filled(with: values, weights: weights).counts
        counts[tag][cell] = counts[tag][cell].map { zip($0, filled).map(+) } ?? filled
    }

    /// What it comes to, by tag in the order of the references; those with too few days are left out.
    package var findings: [DriftFinding] {
        zip(references, counts).compactMap { reference, cells in
            let days = Set(cells.keys.map(\.day))
            guard days.count >= Self.daysMin, reference.total > 0 else { return nil }
            let least = days.map { day in Self.effect(of: cells.filter { $0.key.day != day }.map(\.value), reference) }
            return DriftFinding(
                tag: reference.tag,
                effect: Self.effect(of: cells.map(\.value), reference),
                leastEffect: least.min() ?? 0,
                days: days.count,
                rows: cells.values.joined().reduce(0, +)
            )
        }
    }

    /// The stability index less twice what chance gives it, at least 0.
    ///
    /// An asset's day weighs as many rows as it has, as it did when the model learned. Chance is the index's second
    /// derivative by the share, half of it, times the variance of that share's weighted mean over the days.
    private static func effect(of cells: [[Int]], _ reference: TagDistribution) -> Double {
        let totals = cells.map { Double($0.reduce(0, +)) }
        let total = max(1, totals.reduce(0, +))
        let draws = Double(cells.count)
        var (index, noise) = (0.0, 0.0)
        for bin in reference.counts.indices {
            let learned = smoothed(Double(reference.counts[bin]), of: Double(reference.total), reference)
            let mean = cells.reduce(0) { $0 + Double($1[bin]) } / total
            let squares = zip(cells, totals).reduce(0) { sum, cell in
                let deviation = (Double(cell.0[bin]) - mean * cell.1) / total
                return sum + deviation * deviation
            }
            let variance = squares * draws / max(1, draws - 1)
            let now = smoothed(mean * Double(reference.total), of: Double(reference.total), reference)
            index += (now - learned) * log(now / learned)
            noise += variance * (1 / now + learned / (now * now)) / 2
        }
        return max(0, index - 2 * noise)
    }

    /// A share that is never 0.
    private static func smoothed(_ count: Double, of total: Double, _ reference: TagDistribution) -> Double {
        (count + 0.5) / (total + 0.5 * Double(reference.counts.count))
    }
}

/// How far one tag has moved.
package struct DriftFinding: Hashable, Sendable, Codable {
    package let tag: String
    /// Population stability index, less what chance gives it.
    package let effect: Double
    /// The same where the day is left out without which it is least.
    package let leastEffect: Double
    package let days: Int
    package let rows: Int

    package init(tag: String, effect: Double, leastEffect: Double, days: Int, rows: Int) {
        self.tag = tag
        self.effect = effect
        self.leastEffect = leastEffect
        self.days = days
        self.rows = rows
    }

    package var isDrift: Bool { leastEffect >= DriftCheck.effectMin }
}

/// What a look for drift came to.
package struct DriftReport: Hashable, Sendable, Codable {
    package let champion: ModelVersion
    package let at: Instant
    /// The largest effects first.
    package let findings: [DriftFinding]
    /// Whether it queued a run, now or at an earlier look: one model's drift does so once.
    package private(set) var hasQueued: Bool

    /// The same, which queued a run.
    package var queueing: DriftReport {
        var report = self
        report.hasQueued = true
        return report
    }

    package init(champion: ModelVersion, at: Instant, findings: [DriftFinding], hasQueued: Bool) {
        self.champion = champion
        self.at = at
        self.findings = findings.sorted { $0.effect > $1.effect }
        self.hasQueued = hasQueued
    }
}
