import Alarms
import Database
import Models
import Plant
import Storage
import TestSupport

/// What stands in the store of one organization.
struct Ledger: Sendable {
    struct Row: Hashable, Sendable {
        let asset: String
        let instant: Instant
    }

    /// That a rule's cause came or went, and how often that was told: the same whatever operators did meanwhile.
    struct Activity: Hashable, Sendable {
        let row: Row
        let source: AlarmCause.Source
        let isActive: Bool
    }

    let readings: Set<Reading>
    let numbers: [Int64]
    let activity: [Activity: Int]
    /// In time or late.
    let predictions: [Row: Prediction]
    /// Rows whose predictions raised something.
    let raisedAt: Set<Row>

    /// What delays bring about after the end, while nothing more comes, depends on how long that is: it is left out.
    init(of scope: OrganizationScope, _ stores: Stores, through end: Instant?) async throws {
        readings = Set(try await stores.readings.readings(after: 0, countMax: .max, in: scope).map(\.reading))
        var alerts: [Alert] = []
        while case let page = try await stores.alerts.after(alerts.last?.sequence ?? 0, limit: 500, in: scope),
            !page.isEmpty
        {
            alerts += page
        }
        numbers = alerts.map(\.sequence)
        var activity: [Activity: Int] = [:]
        var raisedAt: Set<Row> = []
        for transition in alerts.map(\.transition) where transition.at <= end ?? .distantFuture {
            let row = Row(asset: transition.alarm.asset, instant: transition.at)
            switch transition.source {
            case .rule:
                guard let source = transition.source, let cause = transition.alarm.cause(from: source) else { continue }
                activity[Activity(row: row, source: source, isActive: cause.isActive), default: 0] += 1
            case .prediction: if transition.annunciates { raisedAt.insert(row) }
            case nil: continue
            }
        }
        self.activity = activity
        self.raisedAt = raisedAt
        var predictions: [Row: Prediction] = [:]
        for pump in SmallPlant.pumps {
            for stored in try await stores.predictions.page(asset: pump, limit: 1_000, in: scope).elements {
                var prediction = stored.prediction
                prediction.isLate = false
                predictions[Row(asset: pump, instant: prediction.instant)] = prediction
            }
        }
        self.predictions = predictions
    }
}

/// What a seed lets happen.
struct Script: Sendable {
    enum Event: Sendable {
        case rowsAppear(Int), rowsArePushed(Int)
        case storeFails(Set<FaultyDatabase.Fault>, DatabaseError.Code), storeIsWhole
        case sourceFails(Int), sourceRepeats(Int)
        case modelFails(Int), modelHangs, modelAnswers, modelsAreEvicted
        case modelFileBreaks(Int), modelFilesAreBack
        case timePasses(Int), somebodyAcknowledges, predictionsAreSwitched(Bool)
    }

    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next() -> Event {
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        switch number(0...22) {
        case 0...3: return .rowsAppear(number(1...30))
        case 4...7: return .rowsArePushed(number(1...30))
        case 8, 9, 20, 21:
            let faults = (0..<number(1...6)).map { _ -> FaultyDatabase.Fault in
                let place = number(1...8)
                switch number(0...2) {
                case 0: return .write(place)
                case 1: return .commit(place)
                default: return .read(place)
                }
            }
            let codes: [DatabaseError.Code] = [.full, .busy, .unavailable]
            return .storeFails(Set(faults), codes[number(0...2)])
        case 10: return .storeIsWhole
        case 11: return .sourceFails(number(1...4))
        case 12: return .sourceRepeats(number(0...5))
        case 13: return .modelFails(number(1...4))
        case 14: return .modelHangs
        case 15: return .modelAnswers
        case 16: return .modelsAreEvicted
        case 17: return number(0...1) == 0 ? .modelFileBreaks(number(0...1)) : .modelFilesAreBack
        case 18: return .somebodyAcknowledges
        case 22: return .predictionsAreSwitched(number(0...2) > 0)
        default: return .timePasses(number(1...40))
        }
    }
}
