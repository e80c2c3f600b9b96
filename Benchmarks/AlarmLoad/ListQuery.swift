import Alarms
import Plant
import Storage

/// A list of alarms as somebody might ask for it.
struct ListQuery: Sendable {
    let filter: AlarmFilter
    let after: String?
    let limit: Int

    /// Which filters are set; what they are set to is drawn each time.
    struct Combination: Sendable {
        var isOpen: Bool?
        var hasState = false
        var hasType = false
        var hasAsset = false
        var hasCondition = false
        var hasSuppression = false
        var hasRange = false
        var isJudged: Bool?
        var isForetold: Bool?

        func drawn(isDeep: Bool, limit: Int, _ generator: inout some RandomNumberGenerator) -> ListQuery {
            let count = 900_000
            let raised = { (share: Double) in
                AlarmHistory.start(count: count) + .seconds(Int64(share * 60 * Double(count)))
            }
            var filter = AlarmFilter(isOpen: isOpen, isJudged: isJudged, isForetold: isForetold)
            if hasState { filter.state = ProcessState.allCases.randomElement(using: &generator) }
            if hasType { filter.type = AlarmType.allCases.randomElement(using: &generator) }
            if hasAsset { filter.asset = AlarmHistory.assets.randomElement(using: &generator) }
            if hasCondition { filter.condition = AlarmHistory.conditions.randomElement(using: &generator) }
            if hasSuppression { filter.suppression = [.none, .shelved].randomElement(using: &generator) }
            if hasRange {
                let from = Double.random(in: 0..<0.9, using: &generator)
                filter.raisedFrom = raised(from)
                filter.raisedBefore = raised(from + 0.1)
            }
            let depth = raised(Double.random(in: 0.05..<0.95, using: &generator))
            return ListQuery(filter: filter, after: isDeep ? "\(depth.microseconds).x" : nil, limit: limit)
        }
    }

    static let combinations: [Combination] = {
        let answers: [Bool?] = [nil, true, false]
        var all: [Combination] = []
        for isOpen in answers {
            for isJudged in answers {
                for isForetold in answers {
                    for bits in 0..<64 {
                        var one = Combination(isOpen: isOpen, isJudged: isJudged, isForetold: isForetold)
                        one.hasState = bits & 1 != 0
                        one.hasType = bits & 2 != 0
                        one.hasAsset = bits & 4 != 0
                        one.hasCondition = bits & 8 != 0
                        one.hasSuppression = bits & 16 != 0
                        one.hasRange = bits & 32 != 0
                        all.append(one)
                    }
                }
            }
        }
        return all
    }()

    /// As the API takes it.
    var text: String {
        var parts = ["limit=\(limit)"]
        if let after { parts.append("after=\(after)") }
        if let isOpen = filter.isOpen { parts.append("open=\(isOpen)") }
        if let state = filter.state { parts.append("state=\(state.rawValue)") }
        if let type = filter.type { parts.append("type=\(type.rawValue)") }
        if let asset = filter.asset { parts.append("asset=\(asset)") }
        if let condition = filter.condition { parts.append("condition=\(condition.key)") }
        if let suppression = filter.suppression { parts.append("suppression=\(suppression.rawValue)") }
        if let isJudged = filter.isJudged { parts.append("judged=\(isJudged)") }
        if let isForetold = filter.isForetold { parts.append("foretold=\(isForetold)") }
        if let from = filter.raisedFrom { parts.append("from=\(from)") }
        if let to = filter.raisedBefore { parts.append("to=\(to)") }
        return parts.joined(separator: "&")
    }
}
