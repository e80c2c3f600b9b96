package import Plant

extension AlarmRule {
    /// All that is wrong with the rule for a plant with these tags; paths begin at the rule.
    package func problems(tags: [Tag]) -> [SchemaProblem] {
        identityProblems + tagProblems(tags) + checkProblems + delayProblems
    }

    private var identityProblems: [SchemaProblem] {
        var problems: [SchemaProblem] = []
        if !Self.isID(id) {
            problems.append(
                "id",
                "'\(id)' can't name a rule: use letters, digits, dots, hyphens and underscores, 100 at most"
            )
        }
        if let component, component.trimmingSpaces.isEmpty {
            problems.append("component", "is empty: name the component, or leave the key out")
        }
        if let message, message.trimmingSpaces.isEmpty {
            problems.append("message", "is empty: say what the operator should know, or leave the key out")
        }
        if let priority, priority < 1 { problems.append("priority", "is \(priority): 1 is the highest") }
        return problems
    }

    private static func isID(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
                    || [45, 46, 95].contains(byte)
            }
    }

    private func tagProblems(_ tags: [Tag]) -> [SchemaProblem] {
        var problems: [SchemaProblem] = []
        func require(_ name: String, _ kind: Tag.Kind, at key: String) {
            guard let tag = tags.first(where: { $0.name == name }) else {
                problems.append(key, "'\(name)' is in neither continuousColumns nor booleanColumns")
                return
            }
            guard tag.kind != kind else { return }
            switch kind {
            case .continuous: problems.append(key, "'\(name)' is boolean: a \(check.kind.rawValue) rule needs a number")
            case .boolean: problems.append(key, "'\(name)' is a number: a binary rule needs a boolean tag")
            }
        }
        switch check {
        case .setpoint(let check):
            require(tag, .continuous, at: "tag")
            guard case .tag(let setpointTag) = check.setpoint else { break }
            require(setpointTag, .continuous, at: "setpointTag")
            if setpointTag == tag {
                problems.append("setpointTag", "is the tag itself, which never deviates from itself: name another tag")
            }
        case .limit: require(tag, .continuous, at: "tag")
        case .binary: require(tag, .boolean, at: "tag")
        case .rateOfChange: require(tag, .continuous, at: "tag")
        case .stale:
            if !tags.contains(where: { $0.name == tag }) {
                problems.append("tag", "'\(tag)' is in neither continuousColumns nor booleanColumns")
            }
        }
        return problems
    }

    private var checkProblems: [SchemaProblem] {
        var problems: [SchemaProblem] = []
        if !(deadband >= 0 && deadband.isFinite) { problems.append("deadband", "is \(deadband): it can't be negative") }
        switch check {
        case .setpoint(let check): problems += check.problems(deadband: deadband)
        case .limit(let check): problems += check.problems(deadband: deadband)
        case .binary(let severity):
            if severity == .predictive { problems.append("severity", "is PREDICTIVE: use CRITICAL or WARNING") }
            if deadband != 0 { problems.append("deadband", "means nothing for true and false: leave it out") }
        case .rateOfChange(let check): problems += check.problems(deadband: deadband)
        case .stale(let check):
            if !(1...31_622_400).contains(check.afterSeconds) {
                problems.append("afterSeconds", "is \(check.afterSeconds): use seconds from 1 to a year")
            }
            if check.severity == .predictive { problems.append("severity", "is PREDICTIVE: use CRITICAL or WARNING") }
            if deadband != 0 { problems.append("deadband", "means nothing where no value comes: leave it out") }
            if onDelaySeconds != 0 {
                problems.append("onDelaySeconds", "means nothing beside afterSeconds, which is the delay: leave it out")
            }
        }
        return problems
    }

    private var delayProblems: [SchemaProblem] {
        [("onDelaySeconds", onDelaySeconds), ("offDelaySeconds", offDelaySeconds)]
            .filter { !(0...31_622_400).contains($0.1) }
            .map { SchemaProblem(path: [$0.0], message: "is \($0.1): use seconds from 0 to a year") }
    }
}

extension SetpointCheck {
    fileprivate func problems(deadband: Double) -> [SchemaProblem] {
        var problems: [SchemaProblem] = []
        if case .constant(let setpoint) = setpoint, !setpoint.isFinite {
            problems.append("setpoint", "is \(setpoint): give a finite number")
        }
        if lowDeviation == nil, highDeviation == nil {
            problems.append("highDeviation", "is missing, and so is lowDeviation: give at least one of them")
        }
        if let lowDeviation, !(lowDeviation <= 0 && lowDeviation.isFinite) {
            problems.append("lowDeviation", "is \(lowDeviation): it is added to the set value, so negative or zero")
        }
        if let highDeviation, !(highDeviation >= 0 && highDeviation.isFinite) {
            problems.append("highDeviation", "is \(highDeviation): it is added to the set value, so positive or zero")
        }
        if let criticalBeyond, !(criticalBeyond >= 0 && criticalBeyond.isFinite) {
            problems.append("criticalBeyond", "is \(criticalBeyond): it can't be negative")
        }
        if let lowDeviation, let highDeviation {
            problems += Self.bandProblems(width: highDeviation - lowDeviation, deadband: deadband)
        }
        return problems
    }

    fileprivate static func bandProblems(width: Double, deadband: Double) -> [SchemaProblem] {
        guard deadband > 0, deadband >= width else { return [] }
        let message = "is \(deadband), as wide as the band between the limits (\(width)): the alarm could never clear"
        return [SchemaProblem(path: ["deadband"], message: message)]
    }
}

extension LimitCheck {
    fileprivate func problems(deadband: Double) -> [SchemaProblem] {
        let named = [("lowLow", lowLow), ("low", low), ("high", high), ("highHigh", highHigh)]
        let given = named.compactMap { name, limit in limit.map { (name: name, limit: $0) } }
        var problems: [SchemaProblem] = []
        guard !given.isEmpty else {
            problems.append("high", "is missing: give at least one of highHigh, high, low, lowLow")
            return problems
        }
        for (name, limit) in given where !limit.isFinite {
            problems.append(name, "is \(limit): give a finite number")
        }
        for (lower, upper) in zip(given, given.dropFirst()) where !(lower.limit < upper.limit) {
            problems.append(upper.name, "is \(upper.limit), which is not above \(lower.name) (\(lower.limit))")
        }
        if problems.isEmpty, let bottom = low ?? lowLow, let top = high ?? highHigh {
            problems += SetpointCheck.bandProblems(width: top - bottom, deadband: deadband)
        }
        return problems
    }
}

extension RateCheck {
    fileprivate func problems(deadband: Double) -> [SchemaProblem] {
        var problems: [SchemaProblem] = []
        if !(1...31_622_400).contains(overSeconds) {
            problems.append("overSeconds", "is \(overSeconds): use seconds from 1 to a year")
        }
        let rises = [("rise", rise), ("criticalRise", criticalRise)]
        let falls = [("fall", fall), ("criticalFall", criticalFall)]
        if (rises + falls).allSatisfy({ $0.1 == nil }) {
            problems.append("rise", "is missing: give at least one of rise, fall, criticalRise, criticalFall")
        }
        for case (let name, let limit?) in rises where !(limit >= 0 && limit.isFinite) {
            problems.append(name, "is \(limit): a rise is positive or zero")
        }
        for case (let name, let limit?) in falls where !(limit <= 0 && limit.isFinite) {
            problems.append(name, "is \(limit): a fall is negative or zero")
        }
        if let rise, let criticalRise, criticalRise <= rise {
            problems.append("criticalRise", "is \(criticalRise), which is not above rise (\(rise))")
        }
        if let fall, let criticalFall, criticalFall >= fall {
            problems.append("criticalFall", "is \(criticalFall), which is not below fall (\(fall))")
        }
        if problems.isEmpty, let top = rise ?? criticalRise, let bottom = fall ?? criticalFall {
            problems += SetpointCheck.bandProblems(width: top - bottom, deadband: deadband)
        }
        return problems
    }
}

extension [AlarmRule] {
    /// All that is wrong with an organization's rules; paths begin at the schema document.
    package func problems(tags: [Tag]) -> [SchemaProblem] {
        var problems: [SchemaProblem] = []
        var firstIndices: [String: Int] = [:]
        for (index, rule) in enumerated() {
            let path = ["rules", String(index)]
            if let first = firstIndices[rule.id] {
                problems.append(
                    SchemaProblem(
                        path: path + ["id"],
                        message: "'\(rule.id)' is taken by rule \(first), counted from 0: each has an id of its own"
                    )
                )
            } else {
                firstIndices[rule.id] = index
            }
            problems += rule.problems(tags: tags).map { SchemaProblem(path: path + $0.path, message: $0.message) }
        }
        return problems
    }
}

extension [SchemaProblem] {
    fileprivate mutating func append(_ key: String, _ message: String) {
        append(SchemaProblem(path: [key], message: message))
    }
}
