import HTTPTypes
import Hummingbird

/// All operations, found by method and path.
struct RouteTable: Sendable {
    /// What a method and a path come to.
    enum Match: Sendable {
        case route(Route, parameters: [String: String])
        /// The path is there, with other methods.
        case otherMethods([HTTPRequest.Method])
        case nothing
    }

    private struct Pattern: Sendable {
        let segments: [Substring]

        init(_ path: String) { segments = path.split(separator: "/", omittingEmptySubsequences: false) }

        /// The text at each `{name}`; nil where the path is another.
        func parameters(of path: [Substring]) -> [String: String]? {
            guard path.count == segments.count else { return nil }
            var parameters: [String: String] = [:]
            for (segment, given) in zip(segments, path) {
                if segment.first == "{" {
                    guard !given.isEmpty, let text = given.percentDecoded, !text.utf8.contains(0) else { return nil }
                    parameters[String(segment.dropFirst().dropLast())] = text
                } else if segment != given {
                    return nil
                }
            }
            return parameters
        }
    }

    let routes: [Route]
    /// By the number of segments: a path is compared with a handful.
    private let patterns: [Int: [(pattern: Pattern, index: Int)]]

    init(_ routes: [Route]) {
        self.routes = routes
        patterns = Dictionary(
            grouping: routes.enumerated().map { (pattern: Pattern($0.element.path), index: $0.offset) },
            by: \.pattern.segments.count
        )
    }

    /// A HEAD is answered by the GET; a literal segment wins over a parameter.
    func match(_ method: HTTPRequest.Method, _ path: String) -> Match {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        let wanted = method == .head ? .get : method
        var others: [HTTPRequest.Method] = []
        var best: (index: Int, parameters: [String: String])?
        for (pattern, index) in patterns[segments.count] ?? [] {
            guard let parameters = pattern.parameters(of: segments) else { continue }
            if routes[index].method == wanted {
                if parameters.count < best?.parameters.count ?? .max { best = (index, parameters) }
            } else {
                others.append(routes[index].method)
            }
        }
        if let best { return .route(routes[best.index], parameters: best.parameters) }
        if others.isEmpty { return .nothing }
        return .otherMethods(others.contains(.get) ? others + [.head] : others)
    }
}
