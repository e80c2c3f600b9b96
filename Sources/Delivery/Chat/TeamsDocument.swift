import Alarms

/// A message with one Adaptive Card, version 1.4.
///
/// Texts stand in runs, which know no Markdown: no asset's name can format or link.
struct TeamsDocument: Encodable {
    struct Run: Encodable {
        let type = "TextRun"
        let text: String
        var size: String?
        var weight: String?
        var color: String?
    }

    struct Line: Encodable {
        let type = "RichTextBlock"
        let inlines: [Run]
    }

    struct Action: Encodable {
        let type = "Action.OpenUrl"
        let title = "Open the alarm"
        let url: String
    }

    struct Card: Encodable {
        private enum CodingKeys: String, CodingKey {
            case schema = "$schema", type, version, fallbackText, body, actions
        }

        let schema = "http://adaptivecards.io/schemas/adaptive-card.json"
        let type = "AdaptiveCard"
        let version = "1.4"
        let fallbackText: String
        let body: [Line]
        let actions: [Action]
    }

    struct Attachment: Encodable {
        let contentType = "application/vnd.microsoft.card.adaptive"
        let content: Card
    }

    let type = "message"
    let attachments: [Attachment]

    init(_ notice: Notice) {
        let title = Run(
            text: notice.title,
            size: "Large",
            weight: "Bolder",
            color: Self.color(of: notice)
        )
        let lines = notice.text.limited(toBytes: 8_000).split(separator: "\n").map { Run(text: String($0)) }
        let card = Card(
            fallbackText: notice.title,
            body: ([title] + lines).map { Line(inlines: [$0]) },
            actions: notice.link.map { [Action(url: $0)] } ?? []
        )
        attachments = [Attachment(content: card)]
    }

    private static func color(of notice: Notice) -> String {
        switch notice.urgency {
        case .critical: "Attention"
        case .warning: "Warning"
        case .predictive: "Accent"
        case nil: notice.isOver ? "Good" : "Default"
        }
    }
}
