/// What alarms and their causes are ranked by: the type first, then the priority that a rule may carry.
package struct AlarmUrgency: Hashable, Sendable, Comparable {
    package let type: AlarmType
    /// 1 is the most urgent; none is less urgent than any.
    package let priority: Int?

    package init(type: AlarmType, priority: Int? = nil) {
        self.type = type
        self.priority = priority
    }

    /// The less urgent one is the lesser.
    package static func < (left: AlarmUrgency, right: AlarmUrgency) -> Bool {
        if left.type != right.type { return left.type < right.type }
        return (left.priority ?? .max) > (right.priority ?? .max)
    }
}
