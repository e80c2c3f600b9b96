package import Plant

/// One reason for an alarm: a rule that found its tag outside, or the model's prediction.
package struct AlarmCause: Hashable, Sendable, Codable {
    /// Who found it.
    package enum Source: Hashable, Sendable {
        /// By the rule's id.
        case rule(String)
        case prediction
    }

    package let source: Source
    /// While the cause is active its own severity; after that the last it had.
    package internal(set) var type: AlarmType
    /// The rule's, 1 being the highest; none for predictions.
    package internal(set) var priority: Int?
    /// When it last became active.
    package internal(set) var since: Instant
    /// When it ceased to be active; nil while it is.
    package internal(set) var clearedAt: Instant?
    /// A sentence for the operator, without the asset's name.
    package internal(set) var message: String
    /// The tag's value when the cause took its present type; nil for predictions.
    package internal(set) var measured: Double?
    /// The limit that was exceeded, in the tag's unit; nil for binary rules and predictions.
    package internal(set) var limit: Double?
    /// Only of predictions.
    package internal(set) var metadata: AlertMetadata?
    /// Whether the alarm stays until it is reset, once it had this cause.
    package let isLatching: Bool
    /// Of the organization's rules, the version that found it; nil for predictions, and where it was not noted yet.
    package let ruleVersion: Int?

    package init(
        source: Source,
        type: AlarmType,
        priority: Int? = nil,
        since: Instant,
        clearedAt: Instant? = nil,
        message: String,
        measured: Double? = nil,
        limit: Double? = nil,
        metadata: AlertMetadata? = nil,
        isLatching: Bool = false,
        ruleVersion: Int? = nil
    ) {
        self.source = source
        self.type = type
        self.priority = priority
        self.since = since
        self.clearedAt = clearedAt
        self.message = message
        self.measured = measured
        self.limit = limit
        self.metadata = metadata
        self.isLatching = isLatching
        self.ruleVersion = ruleVersion
    }

    /// Reads what `encode` wrote; what was written before alarms could latch does not.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        source = try values.decode(Source.self, forKey: .source)
        type = try values.decode(AlarmType.self, forKey: .type)
        priority = try values.decodeIfPresent(Int.self, forKey: .priority)
        since = try values.decode(Instant.self, forKey: .since)
        clearedAt = try values.decodeIfPresent(Instant.self, forKey: .clearedAt)
        message = try values.decode(String.self, forKey: .message)
        measured = try values.decodeIfPresent(Double.self, forKey: .measured)
        limit = try values.decodeIfPresent(Double.self, forKey: .limit)
        metadata = try values.decodeIfPresent(AlertMetadata.self, forKey: .metadata)
        isLatching = try values.decodeIfPresent(Bool.self, forKey: .isLatching) ?? false
        ruleVersion = try values.decodeIfPresent(Int.self, forKey: .ruleVersion)
    }

    package var isActive: Bool { clearedAt == nil }
    package var urgency: AlarmUrgency { AlarmUrgency(type: type, priority: priority) }
}

extension AlarmCause.Source {
    /// `rule:hz1` or `prediction`: unique within an alarm.
    package var key: String {
        switch self {
        case .rule(let id): "rule:\(id)"
        case .prediction: "prediction"
        }
    }

    /// The source with that key; nil for anything that is no key.
    package init?(key: some StringProtocol) {
        if key == "prediction" {
            self = .prediction
            return
        }
        guard key.hasPrefix("rule:"), key.count > 5 else { return nil }
        self = .rule(String(key.dropFirst(5)))
    }
}

extension AlarmCause.Source: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.value(
            { AlarmCause.Source(key: $0) },
            orSay: "is no cause of an alarm such as rule:hz1 or prediction"
        )
    }

    package func encode(to encoder: any Encoder) throws {
        try key.encode(to: encoder)
    }
}
