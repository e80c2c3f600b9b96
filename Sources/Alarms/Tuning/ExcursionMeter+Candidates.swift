import Plant

extension ExcursionMeter {
    private static let seconds = [1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600]
    /// Shares of the excursions that a candidate is to swallow.
    private static let quantiles = [0.5, 0.8, 0.9, 0.95, 1]

    /// Changes of a rule that its excursions suggest, smallest first within each attribute; each leaves a good rule.
    func candidates(for rule: AlarmRule, at index: Int, tags: [Tag]) -> [RuleChange] {
        let measured = excursions[index]
        let changes =
            deadbands(of: rule, measured).map {
                RuleChange(attribute: .deadband, from: rule.deadband, to: $0)
            }
            + delays(longerThan: rule.offDelaySeconds, swallowing: measured.gaps, extra: rule.offDelaySeconds).map {
                RuleChange(attribute: .offDelaySeconds, from: Double(rule.offDelaySeconds), to: Double($0))
            }
            + delays(longerThan: rule.onDelaySeconds, swallowing: measured.lengths, extra: rule.onDelaySeconds).map {
                RuleChange(attribute: .onDelaySeconds, from: Double(rule.onDelaySeconds), to: Double($0))
            }
        return changes.filter { $0.applied(to: rule).problems(tags: tags).isEmpty }
    }

    /// Round numbers above what the excursions last.
    private func delays(longerThan present: Int, swallowing lengths: [Double], extra: Int) -> [Int] {
        let ordered = lengths.sorted()
        let chosen = Self.quantiles.compactMap { share in
            AlarmQuality.quantile(share, of: ordered).flatMap { length in
                Self.seconds.first { Double($0) > length + Double(extra) && $0 > present }
            }
        }
        return Set(chosen).sorted()
    }

    private func deadbands(of rule: AlarmRule, _ measured: Excursions) -> [Double] {
        let chosen: [Double]
        switch rule.check {
        case .setpoint, .limit:
            let ordered = measured.depths.sorted()
            chosen = Self.quantiles.compactMap { Self.quantile($0, of: ordered) }
        case .rateOfChange(let check):
            let limits = [check.rise, check.fall, check.criticalRise, check.criticalFall].compactMap { $0.map(abs) }
            guard let least = limits.filter({ $0 > 0 }).min() else { return [] }
            chosen = [0.05, 0.1, 0.2, 0.5].map { $0 * least }
        case .binary, .stale: return []
        }
        return Set(chosen.map(Self.rounded)).filter { $0 > rule.deadband }.sorted()
    }

    private static func quantile(_ share: Double, of ordered: [Double]) -> Double? {
        AlarmQuality.quantile(share, of: ordered)
    }

    /// Up to the next number of two digits, as an engineer would set it.
    private static func rounded(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 0 }
        var scale = 1.0
        while value * scale < 10, scale < 1e12 { scale *= 10 }
        while value * scale >= 100, scale > 1e-12 { scale /= 10 }
        // A hair more, so that what came exactly so far inside is held.
        return (value * scale * (1 + 1e-9)).rounded(.up) / scale
    }
}
