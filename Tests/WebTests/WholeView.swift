import Foundation
import Plant
import Testing

@testable import Web

/// All that an organization sees of itself over the API, as texts by path.
struct WholeView: Sendable, Equatable {
    private(set) var texts: [String: String] = [:]

    /// What tells of the server, of this very moment, of who asks or of a key's chance, and not of the organization's
    /// things.
    private static let passedOver: Set<String> = [
        "/api/v1/openapi.yaml", "/api/v1/stream", "/api/v1/quota", "/api/v1/keys",
        // Of two alarms that weigh the same it names the one whose id, which is chance, comes first.
        "/api/v1/attention",
    ]
    /// What tells how fast this run of it was, besides.
    private static let passedOverAnonymously: Set<String> = ["/api/v1/serving"]

    /// - Parameters:
    ///   - server: Asked by every GET of its contract.
    ///   - isAnonymous: Whether ids are left out and lists are ordered by what is in them, so that two organizations
    ///     that did the same look the same.
    ///   - ask: Asks for a path as a member of the organization.
    /// - Throws: What asking throws.
    init(
        _ server: TestServer,
        isAnonymous: Bool = false,
        _ ask: (_ path: String) async throws -> Answer
    ) async throws {
        func keep(_ path: String, as name: String) async throws -> Answer {
            let answer = try await ask(path)
            texts[name] = "\(answer.status) " + Self.text(of: answer, isAnonymous: isAnonymous)
            return answer
        }
        let paths = (server.contract.document["paths"]?.map ?? [:]).filter { $0.value["get"] != nil }.keys
        for path in paths.sorted()
        where path.hasPrefix("/api/v1/") && !path.contains("{") && !path.contains("audit")
            && !Self.passedOver.contains(path)
            && !(isAnonymous && Self.passedOverAnonymously.contains(path))
        {
            _ = try await keep(path, as: path)
        }
        let alarms = try await ask("/api/v1/alarms?limit=1000").items
        for alarm in alarms {
            let (id, name) = (alarm["id"]?.string ?? "", Self.name(of: alarm))
            for part in ["", "/feedback", "/explanation"] {
                _ = try await keep("/api/v1/alarms/\(id)\(part)", as: "alarm \(name)\(part)")
            }
        }
        for asset in try await ask("/api/v1/assets?limit=1000").items {
            let (id, name) = (asset["id"]?.string ?? "", asset["name"]?.string ?? "")
            _ = try await keep("/api/v1/assets/\(id)", as: "asset \(name)")
            _ = try await keep("/api/v1/readings?asset=\(id)&limit=1000", as: "readings of \(name)")
            _ = try await keep("/api/v1/predictions?asset=\(id)&limit=1000", as: "predictions of \(name)")
        }
    }

    private static func name(of alarm: Tree) -> String {
        [alarm["asset"], alarm["condition"], alarm["raisedAt"]].map { $0?.string ?? "" }.joined(separator: " ")
    }

    /// Where two views differ, with both texts.
    func differences(from other: WholeView) -> [String] {
        Set(texts.keys).union(other.texts.keys).sorted().compactMap { path in
            let (left, right) = (texts[path] ?? "nothing", other.texts[path] ?? "nothing")
            return left == right ? nil : "\(path):\n  \(left.prefix(1_500))\n  \(right.prefix(1_500))"
        }
    }

    /// An answer's body in one form, without the request's own name.
    static func text(of answer: Answer, isAnonymous: Bool) -> String {
        guard answer.json != .null else { return answer.text }
        return canonical(answer.json, isAnonymous: isAnonymous)
    }

    private static func canonical(_ tree: Tree, isAnonymous: Bool) -> String {
        switch tree {
        case .null: return "null"
        case .flag(let flag): return "\(flag)"
        case .number(let number): return "\(number)"
        case .text(let text):
            guard isAnonymous else { return "\"\(text)\"" }
            return text.replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "*")
                .replacing(/eagle_[0-9a-f]{32}_[0-9a-f]{64}/, with: "*")
        case .list(let elements):
            let texts = elements.map { canonical($0, isAnonymous: isAnonymous) }
            return "[\((isAnonymous ? texts.sorted() : texts).joined(separator: ","))]"
        case .map(let members):
            let texts = members.filter { $0.key != "requestId" }.sorted { $0.key < $1.key }
                .map { "\($0.key):\(canonical($0.value, isAnonymous: isAnonymous))" }
            return "{\(texts.joined(separator: ","))}"
        }
    }
}
