import Foundation
import Plant
import Serving

/// How many models stay in memory, and how they are asked: `models` in `eagle.yaml`.
///
/// | key | default | meaning |
/// |---|---|---|
/// | `memoryMebibytesMax` | a quarter of the machine's | of loaded models, as measured |
/// | `countMax` | 4096 | loaded models |
/// | `policy` | `auto` | which one leaves first: `auto`, `lru` or `lfu` |
/// | `idleSecondsMax` | 21600 | after which a model that nobody asks leaves; 0 never |
/// | `processMebibytesMax` | three quarters of the machine's | above which models leave, whatever else holds the memory |
/// | `warmUp` | none | cron expression, UTC: when the models of organizations that predict are loaded |
/// | `healthCheckSeconds` | 3600 | between two looks at each live model; 0 never |
/// | `batchSize` | 64 | rows in one call of the runtime |
/// | `maxWaitMilliseconds` | 0 | how long rows wait for company |
/// | `waitingRowsMax` | 4096 | rows of one organization that may wait, people's in three quarters, history in half |
/// | `deadlineMilliseconds` | 2000 | how long a row waits for its prediction before rules go on alone |
struct ServingConfiguration: Decodable, Sendable {
    var budget: CacheBudget
    var policy = CachePolicy.auto
    var upkeep = Upkeep()
    var limits = BatchLimits()
    var deadline = Duration.seconds(2)

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case memoryMebibytesMax, countMax, policy, idleSecondsMax, processMebibytesMax, warmUp, healthCheckSeconds
        case batchSize, maxWaitMilliseconds, waitingRowsMax, deadlineMilliseconds
    }

    static let keys = CodingKeys.allCases.map(\.rawValue)

    init() {
        let memory = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        budget = CacheBudget(byteCountMax: memory / 4, residentBytesMax: memory / 4 * 3)
    }

    /// - Throws: `SchemaProblem` that names the key that is out of its range.
    init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys, in range: ClosedRange<Int>) throws -> Int? {
            guard let number = try values.decodeIfPresent(Int.self, forKey: key) else { return nil }
            guard range.contains(number) else {
                throw SchemaProblem(
                    path: ["models", key.rawValue],
                    message: "must be from \(range.lowerBound) to \(range.upperBound)"
                )
            }
            return number
        }
        if let mebibytes = try number(.memoryMebibytesMax, in: 1...1 << 30) { budget.byteCountMax = mebibytes << 20 }
        budget.modelCountMax = try number(.countMax, in: 1...1_000_000) ?? budget.modelCountMax
        policy = try values.decodeIfPresent(CachePolicy.self, forKey: .policy) ?? policy
        if let seconds = try number(.idleSecondsMax, in: 0...31_622_400) {
            budget.idleMax = seconds == 0 ? nil : .seconds(seconds)
        }
        if let mebibytes = try number(.processMebibytesMax, in: 1...1 << 30) {
            budget.residentBytesMax = mebibytes << 20
        }
        if let text = try values.decodeIfPresent(String.self, forKey: .warmUp) {
            do throws(CronProblem) { upkeep.warmUp = try CronExpression(text) } catch {
                throw SchemaProblem(path: ["models", "warmUp"], message: error.description)
            }
        }
        if let seconds = try number(.healthCheckSeconds, in: 0...31_622_400) {
            upkeep.healthInterval = seconds == 0 ? nil : .seconds(seconds)
        }
        limits.batchSize = try number(.batchSize, in: 1...4_096) ?? limits.batchSize
        if let milliseconds = try number(.maxWaitMilliseconds, in: 0...1_000) {
            limits.maxWaitTime = .milliseconds(milliseconds)
        }
        limits.waitingRowsMax = try number(.waitingRowsMax, in: 64...1_000_000) ?? limits.waitingRowsMax
        guard limits.waitingRowsMax >= 2 * limits.batchSize else {
            throw SchemaProblem(
                path: ["models", CodingKeys.waitingRowsMax.rawValue],
                message: "must be at least twice batchSize (\(limits.batchSize)), or no batch would ever be full"
            )
        }
        limits.allWaitingRowsMax = max(limits.allWaitingRowsMax, limits.waitingRowsMax)
        if let milliseconds = try number(.deadlineMilliseconds, in: 10...600_000) {
            deadline = .milliseconds(milliseconds)
        }
    }
}
