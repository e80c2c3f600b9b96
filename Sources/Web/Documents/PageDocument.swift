import Plant

/// One page of a list, and the key of the next.
struct PageDocument<Item: Encodable & Sendable>: Encodable, Sendable {
    let items: [Item]
    /// What `after` takes for the page that follows; absent on the last.
    let next: String?

    init(_ items: [Item], next: String? = nil) {
        self.items = items
        self.next = next
    }

    /// A page out of one element more than was asked for, which tells whether another page follows.
    init<Record>(_ records: [Record], limit: Int, key: (Record) -> String, item: (Record) throws -> Item) rethrows {
        items = try records.prefix(limit).map(item)
        next = records.count > limit ? records.prefix(limit).last.map(key) : nil
    }
}
