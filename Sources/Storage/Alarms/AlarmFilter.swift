package import Alarms
import Database
package import Plant

/// Which alarms are asked for; nothing set is all of them, and what is set joins.
package struct AlarmFilter: Hashable, Sendable {
    package var isOpen: Bool?
    /// By name.
    package var asset: String?
    package var type: AlarmType?
    package var state: ProcessState?
    package var condition: AlarmCondition?
    /// How it is kept silent or, once closed, was at last.
    package var suppression: Suppression.Kind?
    /// The earliest raise, itself included.
    package var raisedFrom: Instant?
    /// The latest raise, itself left out.
    package var raisedBefore: Instant?
    /// Whether anybody has said if it was right.
    package var isJudged: Bool?
    /// Whether a model had a part in it.
    package var isForetold: Bool?

    package init(
        isOpen: Bool? = nil,
        asset: String? = nil,
        type: AlarmType? = nil,
        state: ProcessState? = nil,
        condition: AlarmCondition? = nil,
        suppression: Suppression.Kind? = nil,
        raisedFrom: Instant? = nil,
        raisedBefore: Instant? = nil,
        isJudged: Bool? = nil,
        isForetold: Bool? = nil
    ) {
        self.isOpen = isOpen
        self.asset = asset
        self.type = type
        self.state = state
        self.condition = condition
        self.suppression = suppression
        self.raisedFrom = raisedFrom
        self.raisedBefore = raisedBefore
        self.isJudged = isJudged
        self.isForetold = isForetold
    }

    /// False where what it asks for can't be: an open alarm whose state is normal, a closed one whose state is open, one
    /// that is the model's alone though no model had a part in it, or a model's part in what is a rule's alone.
    var isPossible: Bool {
        if isForetold == false, type == .predictive || condition == .prediction { return false }
        if case .rule = condition, isForetold == true || type == .predictive { return false }
        guard let isOpen, let state else { return true }
        return state.isOpen == isOpen
    }

    /// What stands behind `alarm l` of a list: the index, where the engine may choose one by which it reads far too much.
    var entry: SQL { index.map { "\(clause: .byIndex($0))" } ?? "" }

    /// By statistics that the engine doesn't have: all that is open or silent is little; what models had a part in is
    /// not, nor what nobody has judged, nor what is left of an asset's type to be looked through for a condition.
    private var index: String? {
        guard !asksForFew else { return nil }
        let isNamed = asset != nil || condition != nil || type != nil
        switch (isForetold, isJudged) {
        case (true, _) where asset != nil: return "alarm_foretold_asset"
        case (true, _) where condition != nil: return "alarm_foretold_condition"
        case (true, true): return "alarm_foretold_judged"
        case (true, _) where type != nil: return "alarm_foretold_type"
        case (true, false): return "alarm_foretold_judged"
        case (true, nil): return "alarm_foretold"
        case (false, false) where !isNamed: return "alarm_ruled_unjudged"
        default: break
        }
        return asset != nil && condition != nil && type != nil && isJudged != true ? "alarm_asset_condition_type" : nil
    }

    /// Whether only what is open, or silent, is asked for.
    private var asksForFew: Bool {
        (isOpen ?? state?.isOpen) == true || suppression.map { $0 != .none } ?? false
    }

    /// What stands behind `WHERE` of a list of `alarm l`, older than a place if there is one.
    ///
    /// What partial indexes go by is written out, not bound: only so do they apply.
    func conditions(olderThan place: PageKey?, in scope: OrganizationScope) -> SQL {
        var conditions: [SQL] = []
        if let isOpen = isOpen ?? state?.isOpen {
            conditions.append(isOpen ? "AND l.is_open = 1" : "AND l.is_open = 0")
        }
        // A closed alarm has one state.
        if let state, state.isOpen { conditions.append("AND l.state = \(state)") }
        if let type { conditions.append("AND l.type = \(type)") }
        if let asset {
            conditions.append(
                """
                AND l.asset_id = (SELECT id FROM asset WHERE organization_id = \(scope.id) AND name = \(asset))
                """
            )
        }
        if let condition { conditions.append("AND l.condition = \(condition)") }
        if let suppression {
            conditions.append("AND l.suppression = \(suppression)")
            if suppression != .none { conditions.append("AND l.suppression <> 'none'") }
        }
        // With a sign before its name no index goes by a column.
        if let isJudged {
            let column: SQL = asksForFew || !isJudged && index == nil ? "+l.is_judged" : "l.is_judged"
            conditions.append(isJudged ? "AND \(column) = 1" : "AND \(column) = 0")
        }
        if let isForetold {
            let column: SQL = asksForFew ? "+l.is_foretold" : "l.is_foretold"
            conditions.append(isForetold ? "AND \(column) = 1" : "AND \(column) = 0")
        }
        if let raisedFrom { conditions.append("AND l.raised_at >= \(raisedFrom)") }
        // One bound at the upper end: of two, the index might be entered by the one that lies further from the page.
        if let place, raisedBefore.map({ place.instant < $0 }) ?? true {
            conditions.append("AND (l.raised_at, l.id) < (\(place.instant), \(place.rest))")
        } else if let raisedBefore {
            conditions.append("AND l.raised_at < \(raisedBefore)")
        }
        return SQL.joined(conditions, by: " ")
    }
}
