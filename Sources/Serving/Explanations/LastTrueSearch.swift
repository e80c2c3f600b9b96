import Features
import Plant
import Storage
import Synchronization

/// Looks for the last reading in which each of some boolean tags was true, page by page.
final class LastTrueSearch: Sendable {
    private struct State {
        var projections: Projections
        var found: [Int: StoredReading] = [:]
    }

    private let state: Mutex<State>
    private let places: Set<Int>

    /// - Parameters:
    ///   - places: Of the tags, among those of the view.
    ///   - view: What the readings are seen as.
    init(_ places: Set<Int>, under view: FeatureView) {
        self.places = places
        state = Mutex(State(projections: Projections(to: view.tags)))
    }

    /// Takes in the next page, in order of time; the tags are those of its schema versions.
    func add(_ page: [StoredReading], tags: [Int: [Tag]]) {
        state.withLock { state in
            for stored in page {
                let sample = state.projections.sample(stored, tags: tags)
                for place in places where sample.values[place] == 1 { state.found[place] = stored }
            }
        }
    }

    /// Whether each tag has been true.
    var isComplete: Bool { state.withLock { $0.found.count } == places.count }

    /// Those found, each once, in order of time.
    var readings: [StoredReading] {
        let found = state.withLock(\.found)
        let readings = Dictionary(found.values.map { ($0.sequence, $0) }) { first, _ in first }.values
        return readings.sorted { $0.reading.instant < $1.reading.instant }
    }
}
