package import Plant

/// How a tag went before an alarm: few enough points to draw, with every extreme among them.
package struct Trend: Hashable, Sendable, Codable {
    package struct Point: Hashable, Sendable, Codable {
        package let at: Instant
        package let value: Double

        package init(at: Instant, value: Double) {
            self.at = at
            self.value = value
        }
    }

    package static let pointCountMax = 200

    package let tag: String
    /// In order of time.
    package let points: [Point]
    /// Nil where nothing tells it.
    package let usual: UsualValue?

    /// - Parameters:
    ///   - tag: Whose values they are.
    ///   - points: In order of time, finite; thinned out where there are more than may be.
    ///   - usual: What the tag's value usually is.
    package init(tag: String, points: [Point], usual: UsualValue?) {
        self.tag = tag
        self.points = Self.thinned(points)
        self.usual = usual
    }

    /// The first, the last, and the least and greatest of each of as many stretches as there is room for.
    private static func thinned(_ points: [Point]) -> [Point] {
        guard points.count > pointCountMax else { return points }
        let inner = points[1..<(points.count - 1)]
        let stretchCount = (pointCountMax - 2) / 2
        var kept = [points[0]]
        for stretch in 0..<stretchCount {
            let from = inner.startIndex + inner.count * stretch / stretchCount
            let part = inner[from..<(inner.startIndex + inner.count * (stretch + 1) / stretchCount)]
            guard let least = part.indices.min(by: { part[$0].value < part[$1].value }),
                let greatest = part.indices.max(by: { part[$0].value < part[$1].value })
            else { continue }
            kept += Set([least, greatest]).sorted().map { part[$0] }
        }
        return kept + [points[points.count - 1]]
    }
}
