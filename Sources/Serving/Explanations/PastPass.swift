import Features
import Plant
import Storage
import Synchronization

/// Streams an asset's history up to one row through an engine of its own, page by page.
final class PastPass: Sendable {
    private struct State {
        var engine: FeatureEngine
        var projections: Projections
        var rows: RowSample
        var recent: [FeatureRow] = []
        var digest = ReadingDigest()
        var row: FeatureRow?
        /// Boolean tags that were not true yet, by their places.
        var neverTrue: Set<Int>
        /// Each tag's first good reading, by its place.
        var tagStarts: [Instant?]
    }

    private let state: Mutex<State>
    private let from: Instant
    private let instant: Instant
    private let reach: Instant
    private let recentFrom: Instant

    /// So many rows are handed out whole at most.
    static let recentCountMax = 4_096

    /// - Parameters:
    ///   - engine: That has seen nothing.
    ///   - start: Of the first page.
    ///   - instant: Of the row.
    ///   - recentFrom: Rows from here on are handed out whole, the newest of them where they are many.
    init(_ engine: FeatureEngine, from start: Instant, upTo instant: Instant, recentFrom: Instant) {
        from = start
        self.instant = instant
        self.recentFrom = recentFrom
        reach = engine.reach(before: instant)
        let tags = engine.view.tags
        state = Mutex(
            State(
                engine: engine,
                projections: Projections(to: tags),
                rows: RowSample(columnCount: engine.view.count),
                neverTrue: Set(tags.indices.filter { tags[$0].kind == .boolean }),
                tagStarts: Array(repeating: nil, count: tags.count)
            )
        )
    }

    /// Takes in the next page; the tags are those of its schema versions.
    func add(_ page: [StoredReading], tags: [Int: [Tag]]) {
        state.withLock { state in
            for stored in page where stored.reading.instant <= instant {
                if stored.reading.instant >= reach {
                    state.digest.add(
                        stored.reading,
                        sequence: stored.sequence,
                        schemaVersion: stored.schemaVersion
                    )
                }
                let sample = state.projections.sample(stored, tags: tags)
                state.neverTrue = state.neverTrue.filter { sample.values[$0] != 1 }
                for (place, value) in sample.values.enumerated() where !value.isNaN && state.tagStarts[place] == nil {
                    state.tagStarts[place] = sample.instant
                }
                guard case .newest(let row?) = state.engine.insert(sample) else { continue }
                if row.instant == instant { state.row = row } else { state.rows.add(row) }
                if row.instant >= recentFrom { state.recent.append(row) }
                if state.recent.count > 2 * Self.recentCountMax { state.recent.removeFirst(Self.recentCountMax) }
            }
        }
    }

    /// Takes in readings from before the first page, each the last in which a tag was true; in order of time.
    func seed(_ readings: [StoredReading], tags: [Int: [Tag]]) {
        state.withLock { state in
            for stored in readings { _ = state.engine.insert(state.projections.sample(stored, tags: tags)) }
        }
    }

    /// Boolean tags that no page has had true.
    var neverTrue: Set<Int> { state.withLock(\.neverTrue) }

    var past: AssetPast {
        state.withLock { state in
            AssetPast(
                row: state.row,
                rows: state.rows,
                recent: state.recent.suffix(Self.recentCountMax),
                readingDigest: state.digest.text,
                readingCount: state.digest.count,
                from: from,
                tagStarts: state.tagStarts
            )
        }
    }
}
