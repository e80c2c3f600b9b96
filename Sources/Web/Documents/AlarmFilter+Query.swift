import Alarms
import Plant
import Storage

extension AlarmFilter {
    /// The query's names of what alarms are filtered by.
    static let queryNames = [
        "open", "state", "type", "asset", "component", "condition", "suppression", "from", "to", "judged", "foretold",
    ]

    /// - Throws: ``Problem`` for a value that is none, and for a component beside another condition.
    init(_ query: Query) throws(Problem) {
        self.init(
            isOpen: try query.flag("open"),
            asset: query.text("asset"),
            type: try query.choice("type", AlarmType.self),
            state: try query.choice("state", ProcessState.self),
            condition: try Self.condition(query),
            suppression: try query.choice("suppression", Suppression.Kind.self),
            raisedFrom: try query.instant("from"),
            raisedBefore: try query.instant("to"),
            isJudged: try query.flag("judged"),
            isForetold: try query.flag("foretold")
        )
    }

    private static func condition(_ query: Query) throws(Problem) -> AlarmCondition? {
        let component = query.text("component").map { AlarmCondition.component($0) }
        guard let text = query.text("condition") else { return component }
        guard let condition = AlarmCondition(key: text) else {
            throw Problem(
                .badRequest,
                "The query's condition is 'component:heater', 'rule:hz1' or 'prediction', or the like, not '\(text)'."
            )
        }
        guard component == nil || component == condition else {
            throw Problem(.badRequest, "The query's component and condition name two things: leave one out.")
        }
        return condition
    }
}
