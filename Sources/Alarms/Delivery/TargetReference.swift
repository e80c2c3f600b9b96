import Plant

/// Whom a route means.
package enum TargetReference: Hashable, Sendable {
    /// `*`: all that are switched on.
    case all
    /// `channel:webPush`: all of a channel that are switched on.
    case channel(String)
    case name(String)

    package init(_ text: String) {
        if text == "*" {
            self = .all
        } else if text.hasPrefix(Self.channelPrefix) {
            self = .channel(String(text.dropFirst(Self.channelPrefix.count)))
        } else {
            self = .name(text)
        }
    }

    private static let channelPrefix = "channel:"

    package var text: String {
        switch self {
        case .all: "*"
        case .channel(let name): Self.channelPrefix + name
        case .name(let name): name
        }
    }

    /// Why it can mean nobody, whatever the targets: a channel of a kind that there is not, with the one that may be meant.
    var problem: String? {
        guard case .channel(let name) = self, DeliveryChannel.Kind(rawValue: name) == nil else { return nil }
        let kinds = DeliveryChannel.Kind.allCases.map(\.rawValue)
        let near = NearMisses.of(name, among: kinds, countMax: 1).first
        return "'\(name)' is no kind of target: "
            + (near.map { "did you mean '\(Self.channelPrefix)\($0)'?" } ?? "there are \(kinds.joined(separator: ", "))")
    }

    package func means(_ target: RoutedTarget) -> Bool {
        switch self {
        case .all: true
        case .channel(let name): target.channel == name
        case .name(let name): target.name == name
        }
    }
}

extension TargetReference: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
