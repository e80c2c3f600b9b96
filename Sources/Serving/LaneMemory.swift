import Alarms
import Features
import FoundationEssentials
import Plant

/// What a lane writes down of one asset with each commit, so that a restart goes on as if there had been none.
struct LaneMemory: Codable, Sendable {
    /// The asset's newest row behind the cursor; nil before the first.
    var newest: Instant?
    /// Ingest sequence up to which the rules have judged; ahead of the lane's cursor while predictions are awaited.
    var ruledThrough: Int64
    var alarms: AssetAlarmMemory
    /// By the engine's memory key.
    var features: [String: AssetMemory]
    /// The newest row, where it has yet to be answered.
    var waiting: WaitingRow?

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(self)
    }

    init(
        newest: Instant?,
        ruledThrough: Int64,
        alarms: AssetAlarmMemory,
        features: [String: AssetMemory],
        waiting: WaitingRow?
    ) {
        self.newest = newest
        self.ruledThrough = ruledThrough
        self.alarms = alarms
        self.features = features
        self.waiting = waiting
    }

    init(decoding data: Data) throws { self = try JSONDecoder().decode(LaneMemory.self, from: data) }
}
