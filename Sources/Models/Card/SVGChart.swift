import FoundationEssentials

/// A small chart as inline SVG, drawn with presentation attributes only, so that it needs no style of its own.
struct SVGChart {
    let title: String
    let xLabel: String
    let yLabel: String
    let x: ClosedRange<Double>
    let y: ClosedRange<Double>
    private var marks = ""

    private static let size = (width: 440.0, height: 280.0)
    private static let margin = (left: 56.0, right: 14.0, top: 14.0, bottom: 42.0)
    private static let ink = "#1f5fa8"

    /// An empty chart with axes over two ranges, which are not empty.
    init(_ title: String, x: ClosedRange<Double>, xLabel: String, y: ClosedRange<Double>, yLabel: String) {
        self.title = title
        self.x = x
        self.y = y
        self.xLabel = xLabel
        self.yLabel = yLabel
    }

    mutating func line(_ points: [(x: Double, y: Double)], isReference: Bool = false) {
        let path = points.map { "\(text(across($0.x))),\(text(down($0.y)))" }.joined(separator: " ")
        let look = isReference ? ##"stroke="#888" stroke-dasharray="4 4""## : #"stroke="\#(Self.ink)" stroke-width="2""#
        marks += #"<polyline points="\#(path)" fill="none" \#(look)/>"#
    }

    /// A dot whose area says how much it stands for; a share of 1 is the largest.
    mutating func dot(x: Double, y: Double, share: Double = 0.2) {
        let radius = 2 + 6 * max(0, min(1, share)).squareRoot()
        marks +=
            #"<circle cx="\#(text(across(x)))" cy="\#(text(down(y)))" r="\#(text(radius))" fill="\#(Self.ink)" "#
            + #"fill-opacity="0.75"/>"#
    }

    mutating func bar(from low: Double, to high: Double, y value: Double) {
        let (left, right) = (across(low) + 1, across(high) - 1)
        marks +=
            #"<rect x="\#(text(left))" y="\#(text(down(value)))" width="\#(text(max(1, right - left)))" "#
            + #"height="\#(text(max(0, down(y.lowerBound) - down(value))))" fill="\#(Self.ink)" fill-opacity="0.75"/>"#
    }

    /// The chart with its axes, five ticks each.
    var svg: String {
        let (width, height) = Self.size
        var axes = ""
        for tick in 0...4 {
            let share = Double(tick) / 4
            let (xValue, yValue) = (
                x.lowerBound + share * (x.upperBound - x.lowerBound),
                y.lowerBound + share * (y.upperBound - y.lowerBound)
            )
            axes +=
                #"<text x="\#(text(across(xValue)))" y="\#(text(height - 24))" text-anchor="middle">\#(label(xValue, x))"#
                + #"</text><text x="48" y="\#(text(down(yValue) + 4))" text-anchor="end">\#(label(yValue, y))</text>"#
                + #"<line x1="56" x2="\#(text(width - 14))" y1="\#(text(down(yValue)))" y2="\#(text(down(yValue)))" "#
                + ##"stroke="#ddd"/>"##
        }
        return
            ##"<svg viewBox="0 0 \##(text(width)) \##(text(height))" role="img" aria-label="\##(title.escapedHTML)" "##
            + ##"font-family="system-ui, sans-serif" font-size="11" fill="#444">\##(axes)"##
            + #"<text x="\#(text(width / 2 + 20))" y="\#(text(height - 6))" text-anchor="middle">\#(xLabel.escapedHTML)"#
            + #"</text><text transform="translate(11 \#(text(height / 2))) rotate(-90)" text-anchor="middle">"#
            + "\(yLabel.escapedHTML)</text>\(marks)</svg>"
    }

    private func across(_ value: Double) -> Double {
        let share = (value - x.lowerBound) / (x.upperBound - x.lowerBound)
        return Self.margin.left + max(0, min(1, share)) * (Self.size.width - Self.margin.left - Self.margin.right)
    }

    private func down(_ value: Double) -> Double {
        let share = (value - y.lowerBound) / (y.upperBound - y.lowerBound)
        let height = Self.size.height - Self.margin.top - Self.margin.bottom
        return Self.margin.top + (1 - max(0, min(1, share))) * height
    }

    private func text(_ value: Double) -> String { CardText.number(value, decimals: 1) }

    private func label(_ value: Double, _ range: ClosedRange<Double>) -> String {
        CardText.number(value, decimals: range.upperBound - range.lowerBound <= 4 ? 2 : 0)
    }
}

/// Numbers and names as a card writes them.
enum CardText {
    static func number(_ value: Double?, decimals: Int = 3) -> String {
        guard let value, value.isFinite else { return "can't be judged" }
        var factor = 1.0
        for _ in 0..<decimals { factor *= 10 }
        let rounded = (value * factor).rounded() / factor
        if decimals == 0, abs(rounded) < 1e15 { return String(Int64(rounded)) }
        var text = String(abs(rounded))
        if !text.contains("e") {
            let point = text.firstIndex(of: ".") ?? text.endIndex
            let digits = point == text.endIndex ? 0 : text.distance(from: point, to: text.endIndex) - 1
            text += (point == text.endIndex ? "." : "") + String(repeating: "0", count: max(0, decimals - digits))
        }
        return (rounded < 0 ? "-" : "") + text
    }

    static func percent(_ value: Double?) -> String {
        value.map { "\(number($0 * 100, decimals: 1)) %" } ?? "can't be judged"
    }

    static func minutes(_ minutes: Double?) -> String {
        guard let minutes else { return "can't be judged" }
        return minutes < 120
            ? "\(number(minutes, decimals: 0)) min"
            : minutes < 2_880
                ? "\(number(minutes / 60, decimals: 1)) h" : "\(number(minutes / 1_440, decimals: 1)) days"
    }

    static func interval(_ interval: Interval?) -> String {
        interval.map { " (\(number($0.low)) to \(number($0.high)))" } ?? ""
    }
}

extension String {
    /// With what HTML would read as markup written out.
    var escapedHTML: String {
        var escaped = ""
        for character in self {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
