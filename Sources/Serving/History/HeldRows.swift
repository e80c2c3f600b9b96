import Plant

/// One asset's rows in order of time, without the values of which newer rows had brought good ones before they came.
struct HeldRows {
    struct Row {
        private(set) var sample: Sample
        let sequence: Int64
        /// Whether it came behind newer ones and has nothing that they had not brought.
        private(set) var isPassedOver = false

        init(_ sample: Sample, sequence: Int64) {
            self.sample = sample
            self.sequence = sequence
        }

        /// Passes over what newer rows had brought before this one came.
        mutating func passOver(_ newer: Earliest) {
            guard !isPassedOver, sequence > newer.ofAll else { return }
            let values = sample.values
            // Of another gateway's rows nearly none has the same tags: nothing is written anew for those.
            if values.indices.contains(where: { !values[$0].isNaN && sequence > newer.byTag[$0] }) {
                sample = Sample(
                    asset: sample.asset,
                    instant: sample.instant,
                    values: values.indices.map { sequence > newer.byTag[$0] ? .nan : values[$0] }
                )
            }
            isPassedOver = sample.values.allSatisfy(\.isNaN)
        }
    }

    /// The least sequences of rows: of all, and by tag of those that had a good value of it.
    struct Earliest {
        private(set) var ofAll = Int64.max
        private(set) var byTag: [Int64]

        init(tagCount: Int) { byTag = Array(repeating: .max, count: tagCount) }

        mutating func note(_ row: Row) {
            ofAll = min(ofAll, row.sequence)
            let values = row.sample.values
            for tag in values.indices where !values[tag].isNaN && row.sequence < byTag[tag] {
                byTag[tag] = row.sequence
            }
        }
    }

    private var rows: ArraySlice<Row> = []

    var count: Int { rows.count }
    var isEmpty: Bool { rows.isEmpty }
    var last: Instant? { rows.last?.sample.instant }

    /// Adds the next rows in time.
    ///
    /// - Complexity: Once over the page and the rows that are held, and over the tags of those that came later than one
    ///   of the page.
    mutating func append(_ page: [Row]) {
        guard let first = page.first else { return }
        var newer = Earliest(tagCount: first.sample.values.count)
        let pageStart = rows.endIndex
        rows += page
        for index in rows.indices.reversed() {
            let row = rows[index]
            if row.sequence > newer.ofAll { rows[index].passOver(newer) }
            // What is held was judged by what is held already.
            if index >= pageStart { newer.note(row) }
        }
    }

    /// The samples up to an instant, which are held no longer; without those that were passed over.
    mutating func take(through instant: Instant) -> [Sample] {
        let due = rows.prefix { $0.sample.instant <= instant }
        rows = rows.dropFirst(due.count)
        return due.filter { !$0.isPassedOver }.map(\.sample)
    }
}
