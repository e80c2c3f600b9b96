package import Alarms
import Models
package import Plant

/// Which assets to look at first, as the API and the commands tell it.
package struct AttentionDocument: Encodable, Sendable {
    package struct Entry: Encodable, Sendable {
        let asset: String
        let rank: AttentionRanking.Class
        let why: String
        let expectedCost: Double?
        let expectedSaving: Double?
        let probability: Double?
        let anomalyScore: Double?
        let component: String?
        let timeToFailureMinutes: Double?
        let p10Minutes: Double?
        let p90Minutes: Double?
        /// When what it was predicted from was measured; the times to failure count from it.
        let predictedFor: Instant?
        let openAlarms: Int
        let alarm: ID<Alarm>?

        init(_ entry: AttentionRanking.Entry) {
            asset = entry.asset.name
            rank = entry.rank
            why = entry.why
            expectedCost = entry.expectedCost
            expectedSaving = entry.expectedSaving
            let prediction = entry.prediction
            probability = prediction?.kind == .failure ? prediction?.probability : nil
            anomalyScore = prediction?.kind == .anomaly ? prediction?.probability : nil
            component = prediction?.component
            timeToFailureMinutes = prediction?.timeToFailureMinutes?.ifFinite
            p10Minutes = prediction?.p10Minutes?.ifFinite
            p90Minutes = prediction?.p90Minutes?.ifFinite
            predictedFor = prediction?.instant
            openAlarms = entry.asset.alarms.count
            alarm = entry.alarm?.id
        }
    }

    let items: [Entry]
    /// Of all assets, how many nothing is known of: no prediction stands, and no alarm is heard.
    let unknown: Int
    let total: Int
    let now: Instant

    package init(_ ranking: AttentionRanking, limit: Int, at now: Instant) {
        items = ranking.entries.prefix(limit).map { Entry($0) }
        unknown = ranking.entries.count(where: \.isUnknown)
        total = ranking.entries.count
        self.now = now
    }
}
