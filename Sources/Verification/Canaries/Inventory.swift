/// What a canary organization has, as its own people were told: what stands at ids, pages' keys and names.
package struct Inventory: Sendable {
    /// What a collection lists, by its path.
    private var things: [String: [JSONValue]] = [:]
    /// Keys to go on from, by the operation that gave them.
    private(set) var cursors: [String: [String]] = [:]
    /// Every UUID and hash in any answer.
    package private(set) var ids: Set<String> = []
    /// The number of the organization's newest alert.
    private(set) var lastSequence = 0

    /// Of one collection no more are tried.
    private static let thingCountMax = 4

    init(organization id: String, slug: String) {
        things["/api/v1/organizations"] = [["id": .text(id), "slug": .text(slug)]]
        ids = [id]
    }

    /// Remembers what an answer told.
    mutating func note(_ answer: APIAnswer, of operation: APIOperation) {
        guard answer.isSuccess, let value = JSONValue(json: answer.body) else { return }
        ids.formUnion(MarkerSearch.ids(in: answer.lowercasedBody))
        noteCursor(answer, of: operation)
        lastSequence = max(lastSequence, Int(value["lastSequence"]?.number ?? 0))
        if operation.isReading {
            let list = value["items"]?.list ?? value.list
            if !list.isEmpty { things[operation.path] = Array(list.prefix(Self.thingCountMax)) }
        } else if operation.isCreating || value["id"] != nil, operation.pathNames.isEmpty {
            let known = things[operation.path] ?? []
            things[operation.path] = Array(([value] + known).prefix(Self.thingCountMax))
        }
    }

    /// Remembers where a list goes on, and nothing else.
    mutating func noteCursor(_ answer: APIAnswer, of operation: APIOperation) {
        guard let next = answer.json?["next"]?.string else { return }
        add(next, to: &cursors[operation.id, default: []])
    }

    /// What can stand at a name in braces; empty where nothing such is known.
    func values(at name: String, of operation: APIOperation) -> [String] {
        let keys = [name, "id", "version", "hash", "key", "name", "slug"]
        return (things[operation.collection(of: name)] ?? []).compactMap { thing in
            keys.lazy.compactMap { Self.text(thing[$0]) }.first
        }
    }

    /// One thing of each collection: what stands where nobody knows what belongs there.
    var samples: [String] {
        var samples: [String] = []
        for collection in things.keys.sorted() {
            for key in ["id", "version"] {
                guard let text = Self.text(things[collection]?.first?[key]) else { continue }
                add(text, to: &samples)
                break
            }
        }
        return samples
    }

    /// The first thing's id in a collection.
    func id(in collection: String) -> String? { things[collection]?.first.flatMap { Self.text($0["id"]) } }

    /// The first thing itself.
    func first(in collection: String) -> JSONValue? { things[collection]?.first }

    private static func text(_ value: JSONValue?) -> String? {
        switch value {
        case .text(let text): text
        case .number(let number): Int64(exactly: number).map { "\($0)" }
        case .null, .flag, .list, .map, nil: nil
        }
    }

    private func add(_ text: String, to texts: inout [String]) {
        if !texts.contains(text) { texts.append(text) }
    }
}
