import Plant

extension AlarmRule: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case id, kind, tag
        case setpointTag, setpoint, lowDeviation, highDeviation, criticalBeyond
        case highHigh, high, low, lowLow
        case overSeconds, rise, fall, criticalRise, criticalFall
        case afterSeconds
        case severity
        case deadband, onDelaySeconds, offDelaySeconds, priority, component, message
        case isLatching = "latching"
    }

    /// Reads one rule as it stands in a schema document, with its defaults.
    ///
    /// - Throws: `DecodingError` where a key is missing or of the wrong type, `SchemaProblem` for an unknown key,
    ///   kind or severity. Numbers are not judged, see ``problems(tags:)``.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let path = decoder.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
        let kindName = try values.decode(String.self, forKey: .kind)
        guard let kind = Kind(rawValue: kindName) else {
            let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw SchemaProblem(path: path + ["kind"], message: "'\(kindName)' is no kind of rule: use one of \(kinds)")
        }
        try KnownKeys(Self.keys(of: kind), of: "a \(kind.rawValue) rule").check(decoder)
        self.init(
            id: try values.decode(String.self, forKey: .id),
            tag: try values.decode(String.self, forKey: .tag),
            check: try Self.check(of: kind, from: values, path: path),
            deadband: try values.decodeIfPresent(Double.self, forKey: .deadband) ?? 0,
            onDelaySeconds: try values.decodeIfPresent(Int.self, forKey: .onDelaySeconds) ?? 0,
            offDelaySeconds: try values.decodeIfPresent(Int.self, forKey: .offDelaySeconds) ?? 0,
            priority: try values.decodeIfPresent(Int.self, forKey: .priority),
            component: try values.decodeIfPresent(String.self, forKey: .component),
            isLatching: try values.decodeIfPresent(Bool.self, forKey: .isLatching) ?? false,
            message: try values.decodeIfPresent(String.self, forKey: .message)
        )
    }

    /// The keys that a rule of that kind may have.
    package static func keys(of kind: Kind) -> [String] {
        let own: [CodingKeys] =
            switch kind {
            case .setpoint: [.setpointTag, .setpoint, .lowDeviation, .highDeviation, .criticalBeyond]
            case .limit: [.highHigh, .high, .low, .lowLow]
            case .binary: [.severity]
            case .rateOfChange: [.overSeconds, .rise, .fall, .criticalRise, .criticalFall]
            case .stale: [.afterSeconds, .severity]
            }
        let common: [CodingKeys] = [
            .id, .kind, .tag, .deadband, .onDelaySeconds, .offDelaySeconds, .priority, .component, .message,
            .isLatching,
        ]
        return (common + own).map(\.rawValue)
    }

    private static func check(
        of kind: Kind,
        from values: KeyedDecodingContainer<CodingKeys>,
        path: [String]
    ) throws -> Check {
        func number(_ key: CodingKeys) throws -> Double? { try values.decodeIfPresent(Double.self, forKey: key) }
        switch kind {
        case .setpoint:
            return .setpoint(
                SetpointCheck(
                    setpoint: try reference(from: values, path: path),
                    lowDeviation: try number(.lowDeviation),
                    highDeviation: try number(.highDeviation),
                    criticalBeyond: try number(.criticalBeyond)
                )
            )
        case .limit:
            return .limit(
                LimitCheck(
                    highHigh: try number(.highHigh),
                    high: try number(.high),
                    low: try number(.low),
                    lowLow: try number(.lowLow)
                )
            )
        case .binary:
            return .binary(try severity(from: values, path: path, default: .critical))
        case .rateOfChange:
            return .rateOfChange(
                RateCheck(
                    overSeconds: try values.decode(Int.self, forKey: .overSeconds),
                    rise: try number(.rise),
                    fall: try number(.fall),
                    criticalRise: try number(.criticalRise),
                    criticalFall: try number(.criticalFall)
                )
            )
        case .stale:
            return .stale(
                StaleCheck(
                    afterSeconds: try values.decode(Int.self, forKey: .afterSeconds),
                    severity: try severity(from: values, path: path, default: .warning)
                )
            )
        }
    }

    private static func severity(
        from values: KeyedDecodingContainer<CodingKeys>,
        path: [String],
        default fallback: AlarmType
    ) throws -> AlarmType {
        let name = try values.decodeIfPresent(String.self, forKey: .severity) ?? fallback.rawValue
        guard let severity = AlarmType(rawValue: name), severity != .predictive else {
            throw SchemaProblem(
                path: path + [CodingKeys.severity.rawValue],
                message: "'\(name)' is no severity of a rule: use CRITICAL or WARNING"
            )
        }
        return severity
    }

    private static func reference(
        from values: KeyedDecodingContainer<CodingKeys>,
        path: [String]
    ) throws -> SetpointCheck.Reference {
        let tag = try values.decodeIfPresent(String.self, forKey: .setpointTag)
        let constant = try values.decodeIfPresent(Double.self, forKey: .setpoint)
        switch (tag, constant) {
        case (let tag?, nil): return .tag(tag)
        case (nil, let constant?): return .constant(constant)
        case (nil, nil):
            throw SchemaProblem(
                path: path + [CodingKeys.setpointTag.rawValue],
                message: "is missing: name the tag that carries the set value, or give a fixed one as setpoint"
            )
        case (.some, .some):
            throw SchemaProblem(
                path: path + [CodingKeys.setpoint.rawValue],
                message: "stands beside setpointTag: keep one of them"
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(id, forKey: .id)
        try values.encode(check.kind, forKey: .kind)
        try values.encode(tag, forKey: .tag)
        switch check {
        case .setpoint(let check):
            switch check.setpoint {
            case .constant(let setpoint): try values.encode(setpoint, forKey: .setpoint)
            case .tag(let tag): try values.encode(tag, forKey: .setpointTag)
            }
            try values.encodeIfPresent(check.lowDeviation, forKey: .lowDeviation)
            try values.encodeIfPresent(check.highDeviation, forKey: .highDeviation)
            try values.encodeIfPresent(check.criticalBeyond, forKey: .criticalBeyond)
        case .limit(let check):
            try values.encodeIfPresent(check.highHigh, forKey: .highHigh)
            try values.encodeIfPresent(check.high, forKey: .high)
            try values.encodeIfPresent(check.low, forKey: .low)
            try values.encodeIfPresent(check.lowLow, forKey: .lowLow)
        case .binary(let severity): try values.encode(severity, forKey: .severity)
        case .rateOfChange(let check):
            try values.encode(check.overSeconds, forKey: .overSeconds)
            try values.encodeIfPresent(check.rise, forKey: .rise)
            try values.encodeIfPresent(check.fall, forKey: .fall)
            try values.encodeIfPresent(check.criticalRise, forKey: .criticalRise)
            try values.encodeIfPresent(check.criticalFall, forKey: .criticalFall)
        case .stale(let check):
            try values.encode(check.afterSeconds, forKey: .afterSeconds)
            try values.encode(check.severity, forKey: .severity)
        }
        try values.encode(deadband, forKey: .deadband)
        try values.encode(onDelaySeconds, forKey: .onDelaySeconds)
        try values.encode(offDelaySeconds, forKey: .offDelaySeconds)
        try values.encodeIfPresent(priority, forKey: .priority)
        try values.encodeIfPresent(component, forKey: .component)
        if isLatching { try values.encode(isLatching, forKey: .isLatching) }
        try values.encodeIfPresent(message, forKey: .message)
    }
}
