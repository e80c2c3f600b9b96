/// Of which tags an asset has ever had a good value: no other is waited for.
struct HeardTags: Hashable, Sendable {
    /// Sorted; also of those that the present schema lacks.
    private(set) var names: [String]
    /// In the order of the samples' values.
    private var isHeard: [Bool]

    init(_ names: [String] = [], tags: [String]) {
        self.names = names
        isHeard = tags.map { names.contains($0) }
    }

    /// Takes in a sample's values, in the order of the tags.
    mutating func hear(_ values: [Double], tags: [String]) {
        // Nearly always none: a tag is heard for the first time once.
        for index in values.indices where !isHeard[index] && !values[index].isNaN {
            isHeard[index] = true
            let name = tags[index]
            guard !names.contains(name) else { continue }
            names.insert(name, at: names.firstIndex { $0 > name } ?? names.endIndex)
        }
    }

    /// Goes on with samples of another schema.
    mutating func read(as tags: [String]) { self = HeardTags(names, tags: tags) }

    func contains(_ name: String) -> Bool { names.contains(name) }
}
