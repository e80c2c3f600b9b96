import Foundation

/// For each name and id of an organization one that looks alike and is nobody's.
package struct Twins: Sendable {
    private var twins: [String: String] = [:]
    private let bait: String?

    /// - Parameters:
    ///   - bait: What the organization's names hold.
    ///   - ids: Its UUIDs and hashes.
    ///   - generator: Where the twins come from.
    package init(bait: String, ids: Set<String>, using generator: inout some RandomNumberGenerator) {
        self.bait = bait
        twins[bait] = Canary.token("b", using: &generator)
        for id in ids {
            twins[id] = String(
                id.map { character -> Character in
                    // Hyphens stay, and so does what says which version of UUID it is.
                    guard character != "-" else { return character }
                    return Self.digits[Int.random(in: 0..<16, using: &generator)]
                }
            )
            if id.count == 36, let twin = twins[id] {
                twins[id] = String(twin.prefix(14)) + "4" + twin.dropFirst(15).prefix(4) + "8" + twin.dropFirst(20)
            }
        }
    }

    private static let digits = Array("0123456789abcdef")

    /// The request about the twins; nil where it names nothing that has one.
    package func twin(of request: APIRequest) -> APIRequest? {
        let pairs = pairs(in: request)
        guard !pairs.isEmpty else { return nil }
        func replaced(_ text: String) -> String {
            pairs.reduce(text) { $0.replacing($1.thing, with: $1.twin) }
        }
        var twin = request
        twin.path = replaced(request.path)
        twin.query = request.query.map { APIRequest.Pair($0.name, replaced($0.value)) }
        twin.headers = request.headers.map {
            $0.name == "Authorization" ? $0 : APIRequest.Pair($0.name, replaced($0.value))
        }
        if let text = String(validating: request.body, as: UTF8.self) { twin.body = Array(replaced(text).utf8) }
        return twin == request ? nil : twin
    }

    /// The things that a request names, each with its twin.
    private func pairs(in request: APIRequest) -> [(thing: String, twin: String)] {
        let said = request.said
        let names = bait.flatMap { bait in MarkerSearch([Marker(.name, bait)]).matches(in: said).isEmpty ? nil : bait }
        let ids = MarkerSearch.ids(in: Data(String(decoding: said, as: UTF8.self).lowercased().utf8))
        return Set(ids + [names].compactMap(\.self)).sorted().compactMap { thing in
            twins[thing].map { (thing: thing, twin: $0) }
        }
    }

    /// The text with a word that is the same for the things that a request names and for their twins.
    func neutral(_ text: String, of request: APIRequest) -> String {
        pairs(in: request).reduce(text) {
            $0.replacing($1.thing, with: "<thing>").replacing($1.twin, with: "<thing>")
        }
    }
}
