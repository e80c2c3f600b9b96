/// Where a polled SCADA table is, and how its rows are found in order.
package struct SQLPollingOptions: Hashable, Sendable, Codable {
    /// The SQLite file; it is only ever read.
    package var path: String
    package var table: String
    /// A unique whole number that grows from row to row; without it rows are found by their timestamp.
    package var orderColumn: String?
    /// How many numbers below the highest a row may still turn up, committed late.
    package var overlapRows: Int
    /// How far below the latest timestamp a row may still turn up, where rows are found by it.
    package var overlapSeconds: Int

    package init(
        path: String,
        table: String,
        orderColumn: String? = nil,
        overlapRows: Int = 1_000,
        overlapSeconds: Int = 600
    ) {
        self.path = path
        self.table = table
        self.orderColumn = orderColumn
        self.overlapRows = overlapRows
        self.overlapSeconds = overlapSeconds
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            path: try values.decode(String.self, forKey: .path),
            table: try values.decode(String.self, forKey: .table),
            orderColumn: try values.decodeIfPresent(String.self, forKey: .orderColumn)
        )
        overlapRows = try values.decodeIfPresent(Int.self, forKey: .overlapRows) ?? overlapRows
        overlapSeconds = try values.decodeIfPresent(Int.self, forKey: .overlapSeconds) ?? overlapSeconds
    }

    /// Numbers to be looked into again; at most 100,000, so that a cursor stays small.
    var overlapNumbers: Int64 { Int64(min(max(0, overlapRows), 100_000)) }
}
