import Plant

/// What is wrong with an asset: what one open alarm at most may stand for.
///
/// The component where one is known, so that rules and predictions about it meet in one alarm; else the rule;
/// else, for a prediction that names no component, the prediction.
package enum AlarmCondition: Hashable, Sendable {
    case component(String)
    /// By the rule's id.
    case rule(String)
    case prediction

    /// `component:heater`, `rule:hz1` or `prediction`: stable, unique, and what stores know it by.
    package var key: String {
        switch self {
        case .component(let name): "component:\(name)"
        case .rule(let id): "rule:\(id)"
        case .prediction: "prediction"
        }
    }

    /// The condition with that key; nil for anything that is no key.
    package init?(key: some StringProtocol) {
        if key == "prediction" {
            self = .prediction
            return
        }
        guard let colon = key.firstIndex(of: ":") else { return nil }
        let name = String(key[key.index(after: colon)...])
        guard !name.isEmpty else { return nil }
        switch key[..<colon] {
        case "component": self = .component(name)
        case "rule": self = .rule(name)
        default: return nil
        }
    }

    /// The component, where that is what is wrong.
    package var component: String? {
        switch self {
        case .component(let name): name
        case .rule, .prediction: nil
        }
    }
}

extension AlarmCondition: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.value(
            { AlarmCondition(key: $0) },
            orSay: "is no alarm condition such as component:heater, rule:hz1 or prediction"
        )
    }

    package func encode(to encoder: any Encoder) throws {
        try key.encode(to: encoder)
    }
}
