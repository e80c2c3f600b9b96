/// A limit on one tag that an engineer has set: what is outside it is an alarm without any model.
package struct AlarmRule: Hashable, Sendable {
    /// What is compared with what.
    package enum Check: Hashable, Sendable {
        case setpoint(SetpointCheck)
        case limit(LimitCheck)
        /// Of which severity it is that the tag is true; never predictive.
        case binary(AlarmType)
        case rateOfChange(RateCheck)
        case stale(StaleCheck)

        package var kind: Kind {
            switch self {
            case .setpoint: .setpoint
            case .limit: .limit
            case .binary: .binary
            case .rateOfChange: .rateOfChange
            case .stale: .stale
            }
        }
    }

    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case setpoint, limit, binary, rateOfChange, stale
    }

    /// Unique within the organization; it names the condition where no component is known.
    package var id: String
    package var tag: String
    package var check: Check
    /// How far back inside a limit the value must come before an active alarm lets go, in the tag's unit.
    package var deadband: Double
    /// How long the value must stay outside before the alarm is raised.
    package var onDelaySeconds: Int
    /// How long it must stay inside before the alarm clears; of a tag that was missed, how long it must not be again.
    package var offDelaySeconds: Int
    /// 1 is the highest; ranks alarms of one type.
    package var priority: Int?
    package var component: String?
    /// Whether its alarm stays, once the cause is gone and an operator knows, until it is reset.
    package var isLatching: Bool
    /// What the operator reads first; the measured value follows it.
    package var message: String?

    package init(
        id: String,
        tag: String,
        check: Check,
        deadband: Double = 0,
        onDelaySeconds: Int = 0,
        offDelaySeconds: Int = 0,
        priority: Int? = nil,
        component: String? = nil,
        isLatching: Bool = false,
        message: String? = nil
    ) {
        self.id = id
        self.tag = tag
        self.check = check
        self.deadband = deadband
        self.onDelaySeconds = onDelaySeconds
        self.offDelaySeconds = offDelaySeconds
        self.priority = priority
        self.component = component
        self.isLatching = isLatching
        self.message = message
    }

    /// What an alarm of this rule is about.
    package var condition: AlarmCondition {
        if let component { .component(component) } else { .rule(id) }
    }
}

/// A band around a set value, which is fixed or measured.
package struct SetpointCheck: Hashable, Sendable {
    package enum Reference: Hashable, Sendable {
        case constant(Double)
        case tag(String)
    }

    package var setpoint: Reference
    /// Added to the set value it is the low limit: negative or zero.
    package var lowDeviation: Double?
    /// Added to the set value it is the high limit: positive or zero.
    package var highDeviation: Double?
    /// Outside by more than it is critical; without it never.
    package var criticalBeyond: Double?

    package init(
        setpoint: Reference,
        lowDeviation: Double? = nil,
        highDeviation: Double? = nil,
        criticalBeyond: Double? = nil
    ) {
        self.setpoint = setpoint
        self.lowDeviation = lowDeviation
        self.highDeviation = highDeviation
        self.criticalBeyond = criticalBeyond
    }
}

/// Up to four fixed limits: the outer two are critical, the inner two warn.
package struct LimitCheck: Hashable, Sendable {
    package var highHigh: Double?
    package var high: Double?
    package var low: Double?
    package var lowLow: Double?

    package init(highHigh: Double? = nil, high: Double? = nil, low: Double? = nil, lowLow: Double? = nil) {
        self.highHigh = highHigh
        self.high = high
        self.low = low
        self.lowLow = lowLow
    }
}

/// How fast a value may change: the change since the first good sample of the time-aligned block before, or the last
/// one before that, over the time between the two, scaled to the block's length.
package struct RateCheck: Hashable, Sendable {
    /// The block's length; the change is measured over half to twice as long, and longer where samples are sparser.
    package var overSeconds: Int
    /// Rising by more within `overSeconds` warns: positive or zero.
    package var rise: Double?
    /// Falling by more warns: negative or zero.
    package var fall: Double?
    package var criticalRise: Double?
    package var criticalFall: Double?

    package init(
        overSeconds: Int,
        rise: Double? = nil,
        fall: Double? = nil,
        criticalRise: Double? = nil,
        criticalFall: Double? = nil
    ) {
        self.overSeconds = overSeconds
        self.rise = rise
        self.fall = fall
        self.criticalRise = criticalRise
        self.criticalFall = criticalFall
    }
}

/// How long a tag may be without a good sample while its plant goes on sending, once it had one: a source that is
/// silent as a whole is told of once, and not by every rule.
package struct StaleCheck: Hashable, Sendable {
    package var afterSeconds: Int
    /// Never predictive.
    package var severity: AlarmType

    package init(afterSeconds: Int, severity: AlarmType = .warning) {
        self.afterSeconds = afterSeconds
        self.severity = severity
    }
}
