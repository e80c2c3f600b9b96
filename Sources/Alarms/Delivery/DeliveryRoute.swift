import Plant

/// One line of a delivery policy: which alarms, whom, and when not.
package struct DeliveryRoute: Hashable, Sendable {
    /// Whom else, where nobody has acknowledged after so long.
    package struct Step: Hashable, Sendable {
        /// After the first notice was due.
        package let afterMinutes: Int
        package let targets: [TargetReference]

        package init(afterMinutes: Int, targets: [TargetReference]) {
            self.afterMinutes = afterMinutes
            self.targets = targets
        }

        var delay: Duration { .seconds(afterMinutes * 60) }
    }

    package let id: String
    /// Empty for all; so are the next two.
    package let severities: [AlarmType]
    /// By name; one that ends in `*` is all that begin so.
    package let assets: [String]
    /// By name, with `*` likewise; an alarm that is of no component fits only where this is empty.
    package let components: [String]
    /// Which changes of an alarm are told; nil for those that annunciate.
    package let changes: [AlarmTransition.Change]?
    package let targets: [TargetReference]
    package let quietHours: QuietHours?
    /// In the order of their times.
    package let escalation: [Step]

    package init(
        id: String,
        severities: [AlarmType] = [],
        assets: [String] = [],
        components: [String] = [],
        changes: [AlarmTransition.Change]? = nil,
        targets: [TargetReference],
        quietHours: QuietHours? = nil,
        escalation: [Step] = []
    ) {
        self.id = id
        self.severities = severities
        self.assets = assets
        self.components = components
        self.changes = changes
        self.targets = targets
        self.quietHours = quietHours
        self.escalation = escalation
    }

    // MARK: - What fits

    /// Whether it is for an alarm as urgent as that.
    func fits(_ type: AlarmType) -> Bool { severities.isEmpty || severities.contains(type) }

    /// Whether it is for what the alarm is of, however urgent that is.
    func fits(_ alarm: Alarm) -> Bool {
        guard assets.isEmpty || assets.contains(where: { Self.pattern($0, fits: alarm.asset) }) else { return false }
        guard !components.isEmpty else { return true }
        guard let component = alarm.condition.component else { return false }
        return components.contains { Self.pattern($0, fits: component) }
    }

    /// Whether the change itself is told; what annunciates only when it does, and of a silent alarm only its suppression,
    /// and that it is known or over: whoever heard of it before keeps nothing for ever.
    ///
    /// What has become of an alarm is told whatever its severity has become: whoever heard of it when it was CRITICAL
    /// hears of its end as a WARNING.
    func tells(_ transition: AlarmTransition) -> Bool {
        guard fits(transition.alarm.type) || !transition.asksForOperator else { return false }
        guard let changes else { return transition.annunciates }
        guard changes.contains(transition.change) else { return false }
        switch transition.change {
        case .raised, .reraised, .escalated, .unsuppressed: return transition.annunciates
        case .deescalated, .causeAdded, .causeCleared: return !transition.alarm.suppression.isInForce
        case .acknowledged, .returned, .closed, .suppressed: return true
        }
    }

    private static func pattern(_ pattern: String, fits name: String) -> Bool {
        pattern.last == "*" ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }
}

extension DeliveryRoute: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case id, severities, assets, components, changes, targets, quietHours, escalation
    }

    package init(from decoder: any Decoder) throws {
        try KnownKeys(CodingKeys.allCases.map(\.rawValue), of: "a route").check(decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try values.decode(String.self, forKey: .id),
            severities: try values.names(AlarmType.self, .severities) ?? [],
            assets: try values.decodeIfPresent([String].self, forKey: .assets) ?? [],
            components: try values.decodeIfPresent([String].self, forKey: .components) ?? [],
            changes: try values.names(AlarmTransition.Change.self, .changes),
            targets: try values.decode([TargetReference].self, forKey: .targets),
            quietHours: try values.decodeIfPresent(QuietHours.self, forKey: .quietHours),
            escalation: try values.decodeIfPresent([Step].self, forKey: .escalation) ?? []
        )
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(id, forKey: .id)
        if !severities.isEmpty { try values.encode(severities, forKey: .severities) }
        if !assets.isEmpty { try values.encode(assets, forKey: .assets) }
        if !components.isEmpty { try values.encode(components, forKey: .components) }
        try values.encodeIfPresent(changes, forKey: .changes)
        try values.encode(targets, forKey: .targets)
        try values.encodeIfPresent(quietHours, forKey: .quietHours)
        if !escalation.isEmpty { try values.encode(escalation, forKey: .escalation) }
    }
}

extension DeliveryRoute.Step: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case afterMinutes, targets }

    package init(from decoder: any Decoder) throws {
        try KnownKeys(CodingKeys.allCases.map(\.rawValue), of: "an escalation's step").check(decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            afterMinutes: try values.decode(Int.self, forKey: .afterMinutes),
            targets: try values.decode([TargetReference].self, forKey: .targets)
        )
    }
}

extension KeyedDecodingContainer where Key == DeliveryRoute.CodingKeys {
    /// - Throws: `SchemaProblem` for the first that is none of the type's, with its path and what there is.
    fileprivate func names<Name: RawRepresentable & CaseIterable>(
        _ type: Name.Type,
        _ key: Key
    ) throws -> [Name]? where Name.RawValue == String {
        guard let texts = try decodeIfPresent([String].self, forKey: key) else { return nil }
        return try texts.enumerated().map { index, text in
            guard let name = Name(rawValue: text) else {
                let path = (codingPath + [key]).map { $0.intValue.map(String.init) ?? $0.stringValue }
                let known = Name.allCases.map(\.rawValue).joined(separator: ", ")
                throw SchemaProblem(
                    path: path + [String(index)],
                    message: "'\(text)' is none of \(known)"
                )
            }
            return name
        }
    }
}
