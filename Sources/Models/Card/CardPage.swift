/// The frame of a model's page: it loads nothing, and a content security policy lets its style through by the nonce.
struct CardPage {
    let title: String
    let organization: String
    let subtitle: String
    /// As HTML, in their order.
    let sections: [String]
    let version: ModelVersion

    func html(nonce: String?) -> String {
        let attribute = nonce.map { " nonce=\"\($0.escapedHTML)\"" } ?? ""
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(title.escapedHTML) of \(organization.escapedHTML)</title>
            <style\(attribute)>\(Self.style)</style></head><body>
            <h1>\(title.escapedHTML)</h1>
            <p class="sub">\(organization.escapedHTML) · \(subtitle.escapedHTML)</p>
            \(sections.joined(separator: "\n"))
            <p class="sub">\(version.hash)</p>
            </body></html>
            """
    }

    private static let style = """
        body{font:16px/1.5 system-ui,sans-serif;color:#222;max-width:960px;margin:0 auto;padding:16px}
        h1{margin:0;font-size:1.6em}h2{font-size:1.15em;margin:1.6em 0 .4em}.sub{color:#666;overflow-wrap:anywhere}
        table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:4px 12px 4px 0;vertical-align:top;
        border-bottom:1px solid #eee}td:first-child{color:#555;width:40%}.charts{display:grid;gap:16px;margin-top:24px;
        grid-template-columns:repeat(auto-fit,minmax(280px,1fr))}figure{margin:0}figcaption{font-weight:600}
        svg{width:100%;height:auto}
        """

    static func section(_ title: String, _ body: String) -> String { "<h2>\(title.escapedHTML)</h2>\(body)" }

    static func note(_ text: String) -> String { "<p>\(text.escapedHTML)</p>" }

    static func table(_ rows: [(String, String)]) -> String {
        "<table>" + rows.map { "<tr><td>\($0.escapedHTML)</td><td>\($1.escapedHTML)</td></tr>" }.joined() + "</table>"
    }

    static func list(_ items: [String]) -> String {
        "<ul>" + items.map { "<li>\($0.escapedHTML)</li>" }.joined() + "</ul>"
    }
}
