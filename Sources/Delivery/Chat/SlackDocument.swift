import Alarms

/// A message in Slack's blocks, all of it plain text, so that no asset's name can format, link or mention.
struct SlackDocument: Encodable {
    struct Text: Encodable {
        let type: String
        let text: String
    }

    struct Block: Encodable {
        let type: String
        let text: Text
    }

    /// For notifications, and where blocks can't be shown.
    let text: String
    let blocks: [Block]

    init(_ notice: Notice) {
        let title = Self.escaped(notice.title, byteCountMax: 150)
        let body = Self.escaped(notice.text, byteCountMax: 3_000)
        text = "\(title)\n\(body)"
        var blocks = [
            Block(type: "header", text: Text(type: "plain_text", text: title)),
            Block(type: "section", text: Text(type: "plain_text", text: body)),
        ]
        if let link = notice.link {
            let target = Self.escaped(link).replacing("|", with: "%7C")
            blocks.append(Block(type: "section", text: Text(type: "mrkdwn", text: "<\(target)|Open the alarm>")))
        }
        self.blocks = blocks
    }

    /// Slack counts characters after escaping, which makes five of one at most.
    private static func escaped(_ text: String, byteCountMax: Int) -> String {
        let whole = escaped(text.limited(toBytes: byteCountMax))
        return whole.utf8.count <= byteCountMax ? whole : escaped(text.limited(toBytes: byteCountMax / 5))
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
