package import Plant

/// What a person says of an alarm afterwards: whether something was wrong.
package struct Feedback: Hashable, Sendable {
    package let id: ID<Feedback>
    package let alarm: ID<Alarm>
    package let isAccurate: Bool
    package let reason: String?
    /// What was wrong in truth, where it was something else than the alarm said, or the alarm named nothing.
    package let component: String?
    package let by: String
    package let at: Instant

    package init(
        id: ID<Feedback>,
        alarm: ID<Alarm>,
        isAccurate: Bool,
        reason: String? = nil,
        component: String? = nil,
        by: String,
        at: Instant
    ) {
        self.id = id
        self.alarm = alarm
        self.isAccurate = isAccurate
        self.reason = reason
        self.component = component
        self.by = by
        self.at = at
    }
}

/// One raise of an alarm by a model, and the last word on it.
package struct JudgedAlarm: Hashable, Sendable {
    package let feedback: Feedback
    package let asset: String
    package let condition: AlarmCondition
    /// When the prediction that was judged became active; an alarm that comes and goes was first raised long before.
    package let raisedAt: Instant
    /// When the alarm's last cause went after that; nil while one is active.
    package let clearedAt: Instant?

    package init(
        feedback: Feedback,
        asset: String,
        condition: AlarmCondition,
        raisedAt: Instant,
        clearedAt: Instant?
    ) {
        self.feedback = feedback
        self.asset = asset
        self.condition = condition
        self.raisedAt = raisedAt
        self.clearedAt = clearedAt
    }
}
