import Plant

/// When which machine of a simulated plant wears, fails and is repaired.
///
/// Failures follow each other at uneven intervals over the whole plant, so that a history has enough
/// of them to learn from. The first one after `liveStart` comes 14 to 20 hours into it, and none in
/// the 20 hours before, so that the live part begins with sound machines and can announce what it shows.
struct WearPlan: Sendable {
    /// Assets are healthy for ever from then on.
    static let daysAfterLiveStart: Int64 = 5 * 365

    private static let day = 86_400.0
    private static let hour = 3_600.0

    /// By asset, in order of time.
    let episodes: [[WearEpisode]]

    init(layout: PlantLayout, seed: UInt64, liveStart: Int64) {
        var generator = SplitMix64(seed: seed)
        var episodes = [[WearEpisode]](repeating: [], count: layout.assets.count)
        var components: [Int] = []
        var time = Double(liveStart - layout.historyDays * 86_400)
        let quietFrom = Double(liveStart) - 20 * Self.hour
        let end = Double(liveStart + Self.daysAfterLiveStart * 86_400)
        var isLive = false
        while time < end {
            time += Double.random(in: layout.failureIntervalDays, using: &generator) * Self.day
            if !isLive, time > quietFrom {
                isLive = true
                time = Double(liveStart) + Double.random(in: 14...20, using: &generator) * Self.hour
            }
            let wearSeconds = Double.random(in: layout.wearHours, using: &generator) * Self.hour
            let repairSeconds = Double.random(in: 4...9, using: &generator) * Self.hour
            // Every component comes round, in an order of chance: a bag that is drawn empty.
            if components.isEmpty { components = layout.components.indices.shuffled(using: &generator) }
            let failure = Int64(time).rounded(upToMultipleOf: layout.rowSeconds)
            let onset = failure - Int64(wearSeconds)
            let rested = episodes.indices.filter { asset in
                episodes[asset].last.map { $0.repaired + 86_400 < onset } ?? true
            }
            // Where each asset has just been repaired, the plant goes without this failure.
            guard let asset = rested.randomElement(using: &generator) ?? soleAsset(episodes, before: onset),
                let component = components.popLast()
            else { continue }
            episodes[asset].append(
                WearEpisode(
                    asset: asset,
                    component: component,
                    onset: onset,
                    failure: failure,
                    repaired: (failure + Int64(repairSeconds)).rounded(upToMultipleOf: layout.rowSeconds),
                    severity: Double.random(in: 0.85...1.2, using: &generator),
                    exponent: Double.random(in: 0.55...1, using: &generator)
                )
            )
        }
        self.episodes = episodes
    }

    /// The episode that an asset is in at that second, from its onset to before its repair's end, or the last before.
    func latestEpisode(of asset: Int, at second: Int64) -> WearEpisode? {
        let ofAsset = episodes[asset]
        let index = ofAsset.partitioningIndex { $0.onset > second }
        return index == 0 ? nil : ofAsset[index - 1]
    }
}

/// The only asset, where there is one, once it is repaired: a single line fails sooner after its repair.
private func soleAsset(_ episodes: [[WearEpisode]], before onset: Int64) -> Int? {
    guard episodes.count == 1, let last = episodes[0].last, last.repaired + 21_600 < onset else { return nil }
    return 0
}

extension Int64 {
    fileprivate func rounded(upToMultipleOf length: Int64) -> Int64 {
        let remainder = flooredDivision(by: length).remainder
        return remainder == 0 ? self : self - remainder + length
    }
}
