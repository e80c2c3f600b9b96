package import Plant

/// The recorded failures of all assets, as episodes in order, and how far the record reaches.
package struct FailureHistory: Sendable {
    /// Failures of one asset with the same start: one failure of the asset, of one or several components.
    package struct Episode: Hashable, Sendable {
        package let asset: String
        package let start: Instant
        package let end: Instant
        package let components: Set<String>
    }

    /// By asset, in order of their starts.
    package let episodes: [String: [Episode]]
    /// The latest row or failure in the data; nothing is known of what comes after it.
    package let observedUntil: Instant
    /// By asset, as many as episodes: the latest end of all up to each.
    private let latestEnds: [String: [Instant]]

    /// - Parameters:
    ///   - failures: In any order; those after `until` do not exist.
    ///   - latestRow: The latest row of any asset; nil where there are no rows.
    ///   - until: The end of the record, where it is to end before the data does.
    package init(failures: [FailureEvent], latestRow: Instant?, until: Instant? = nil) {
        let known = failures.filter { failure in until.map { failure.start <= $0 } ?? true }
        let latest = max(latestRow ?? .distantPast, known.map(\.start).max() ?? .distantPast)
        observedUntil = min(latest, until ?? .distantFuture)
        let episodes = Dictionary(grouping: known, by: \.asset).mapValues { ofAsset in
            Dictionary(grouping: ofAsset, by: \.start)
                .map { start, parts in
                    Episode(
                        asset: parts[0].asset,
                        start: start,
                        end: parts.map(\.end).max() ?? start,
                        components: Set(parts.compactMap(\.component))
                    )
                }
                .sorted { $0.start < $1.start }
        }
        self.episodes = episodes
        latestEnds = episodes.mapValues { ofAsset in
            var latest = Instant.distantPast
            return ofAsset.map { episode in
                latest = max(latest, episode.end)
                return latest
            }
        }
    }

    /// All episodes, ordered by start, then by asset.
    package var allEpisodes: [Episode] {
        episodes.values.joined().sorted { ($0.start, $0.asset) < ($1.start, $1.asset) }
    }

    /// The asset's next failure that starts after an instant, never at it.
    package func nextEpisode(of asset: String, after instant: Instant) -> Episode? {
        guard let ofAsset = episodes[asset] else { return nil }
        let index = ofAsset.partitioningIndex { $0.start > instant }
        return index < ofAsset.count ? ofAsset[index] : nil
    }

    /// Whether the asset is failing at an instant, or recovering from it: such rows are not trained on or judged.
    package func isFailing(_ asset: String, at instant: Instant, recovery: Duration) -> Bool {
        guard let ofAsset = episodes[asset], let ends = latestEnds[asset] else { return false }
        let index = ofAsset.partitioningIndex { $0.start > instant }
        return index > 0 && instant <= ends[index - 1] + recovery
    }
}
