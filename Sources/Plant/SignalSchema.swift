/// What an organization's rows mean: its columns, its windows, what counts as a failure and how far ahead to look.
package struct SignalSchema: Hashable, Sendable, Codable {
    /// How local times that occur twice are told apart.
    package enum DoubledHour: String, Hashable, Sendable, Codable, CaseIterable {
        /// The second pass is where the source's order steps back.
        case byOrder
        case earlier, later
    }

    /// How rows are parted for judging: all assets at one instant, or whole assets.
    package enum Split: String, Hashable, Sendable, Codable, CaseIterable { case time, asset }

    /// The organization's slug.
    package var organization: String
    package var timestampColumn: String
    /// For timestamps without a zone; an IANA name.
    package var timeZone: String?
    package var assetColumn: String?
    package var continuousColumns: [String]
    package var booleanColumns: [String]
    /// Source column to tag; a column not named keeps its name.
    package var columnMapping: [String: String]
    package var lagSeconds: [Int]
    package var rollingWindows: [Int]
    package var staleAfterSeconds: Int
    package var sampleEverySeconds: Int
    package var predictEverySeconds: Int
    package var sourceStaleSeconds: Int
    package var allowedLatenessSeconds: Int
    package var doubledHour: DoubledHour
    package var targetColumn: String?
    package var horizonMinutes: Int
    package var recoveryMinutes: Int
    package var split: Split
    /// Which tags speak for which component.
    package var components: [String: [String]]
    package var missedFailureCost: Double
    package var falseAlarmCost: Double
    package var raiseAfter: Int
    package var clearBelow: Double
    /// How the organization's switch stands once it has its first schema; a later one leaves it as it is.
    package var predictionEnabled: Bool

    enum CodingKeys: String, CodingKey, CaseIterable {
        case organization, timestampColumn, timeZone, assetColumn, continuousColumns, booleanColumns, columnMapping
        case lagSeconds, rollingWindows, staleAfterSeconds, sampleEverySeconds, predictEverySeconds
        case sourceStaleSeconds, allowedLatenessSeconds, doubledHour, targetColumn, horizonMinutes, recoveryMinutes
        case split, components, missedFailureCost, falseAlarmCost, raiseAfter, clearBelow, predictionEnabled
    }

    /// A schema with the documented defaults; nothing is checked, see ``problems``.
    package init(
        organization: String,
        timestampColumn: String = "timestamp",
        assetColumn: String? = nil,
        continuousColumns: [String],
        booleanColumns: [String] = [],
        lagSeconds: [Int] = [],
        rollingWindows: [Int] = []
    ) {
        self.organization = organization
        self.timestampColumn = timestampColumn
        timeZone = nil
        self.assetColumn = assetColumn
        self.continuousColumns = continuousColumns
        self.booleanColumns = booleanColumns
        columnMapping = [:]
        self.lagSeconds = lagSeconds
        self.rollingWindows = rollingWindows
        staleAfterSeconds = (lagSeconds + rollingWindows).max() ?? 0
        sampleEverySeconds = 0
        predictEverySeconds = 0
        sourceStaleSeconds = 300
        allowedLatenessSeconds = 300
        doubledHour = .byOrder
        targetColumn = nil
        horizonMinutes = 1_440
        recoveryMinutes = 0
        split = .time
        components = [:]
        missedFailureCost = 50
        falseAlarmCost = 1
        raiseAfter = 1
        clearBelow = 0.5
        predictionEnabled = false
    }

    /// Continuous tags, then boolean ones: the order of every sample's values.
    package var tags: [Tag] {
        continuousColumns.map { Tag(name: $0, kind: .continuous) }
            + booleanColumns.map { Tag(name: $0, kind: .boolean) }
    }

    package var horizon: Duration { .seconds(horizonMinutes * 60) }
    package var recovery: Duration { .seconds(recoveryMinutes * 60) }
    package var allowedLateness: Duration { .seconds(allowedLatenessSeconds) }

    /// The source column that feeds a tag.
    package func sourceColumn(of tag: String) -> String {
        columnMapping.filter { $0.value == tag }.keys.min() ?? tag
    }

    /// All that is wrong with the schema; empty for a good one.
    package var problems: [SchemaProblem] {
        var problems: [SchemaProblem] = []
        func require(_ isGood: Bool, _ key: String, _ message: @autoclosure () -> String) {
            if !isGood { problems.append(SchemaProblem(path: [key], message: message())) }
        }
        require(
            Organization.isSlug(organization),
            "organization",
            "'\(organization)' is not a slug: use lower-case letters, digits and hyphens, 63 at most"
        )
        require(!timestampColumn.isEmpty, "timestampColumn", "is empty: name the column that holds the row's time")
        require(
            !continuousColumns.isEmpty,
            "continuousColumns",
            "names no tag: list at least one measured signal"
        )
        let names = continuousColumns + booleanColumns
        require(!names.contains(""), "continuousColumns", "names a tag without a name")
        let repeated = Dictionary(grouping: names, by: \.self).filter { $0.value.count > 1 }.keys.sorted()
        require(
            repeated.isEmpty,
            "continuousColumns",
            "names \(repeated.joined(separator: ", ")) twice: each tag stands once, as continuous or as boolean"
        )
        let sources = Dictionary(grouping: columnMapping.keys) { columnMapping[$0] ?? $0 }
        let crowded = sources.filter { $0.value.count > 1 }.keys.sorted()
        require(
            crowded.isEmpty,
            "columnMapping",
            "maps several columns to \(crowded.joined(separator: ", ")): one column feeds one tag"
        )
        let unknownMapped = Set(columnMapping.values).subtracting(names).sorted()
        require(
            unknownMapped.isEmpty,
            "columnMapping",
            "maps to \(unknownMapped.joined(separator: ", ")), which is in neither continuousColumns nor booleanColumns"
        )
        let displaced = columnMapping.filter { column, tag in
            column != tag && names.contains(column) && sources[column] == nil
        }
        require(
            displaced.isEmpty,
            "columnMapping",
            "gives the column \(displaced.keys.sorted().joined(separator: ", ")) to another tag, and the tag of that "
                + "name no column: name its column, or drop the tag"
        )
        require(names.count <= 4_096, "continuousColumns", "and booleanColumns name \(names.count) tags: 4096 at most")
        for (key, list) in [("lagSeconds", lagSeconds), ("rollingWindows", rollingWindows)] {
            require(list.count <= 64, key, "has \(list.count) lengths: 64 at most")
            require(list.allSatisfy { $0 > 0 && $0 <= 31_622_400 }, key, "must lie between 1 second and 366 days")
            require(Set(list).count == list.count, key, "names a length twice")
        }
        for (key, value) in [
            ("staleAfterSeconds", staleAfterSeconds), ("sampleEverySeconds", sampleEverySeconds),
            ("predictEverySeconds", predictEverySeconds), ("allowedLatenessSeconds", allowedLatenessSeconds),
            ("recoveryMinutes", recoveryMinutes),
        ] {
            require(value >= 0 && value <= 31_622_400, key, "must not be negative, nor longer than a year")
        }
        require((1...31_622_400).contains(sourceStaleSeconds), "sourceStaleSeconds", "must be 1 second to 366 days")
        require(
            (1...5_256_000).contains(horizonMinutes),
            "horizonMinutes",
            "must be at least 1 minute, at most 10 years"
        )
        let unknownComponentTags = Set(components.values.joined()).subtracting(names).sorted()
        require(
            unknownComponentTags.isEmpty,
            "components",
            "names \(unknownComponentTags.joined(separator: ", ")), which is in neither continuousColumns nor "
                + "booleanColumns"
        )
        // Bounded, so that no product with weights and counts leaves the numbers.
        for (key, cost) in [("missedFailureCost", missedFailureCost), ("falseAlarmCost", falseAlarmCost)] {
            require(cost > 0 && cost <= 1e12, key, "must be more than 0 and at most 1000000000000")
        }
        require((1...1_000).contains(raiseAfter), "raiseAfter", "must be from 1 to 1000 rows")
        require(clearBelow > 0 && clearBelow <= 1, "clearBelow", "must be more than 0 and at most 1")
        return problems
    }
}

/// What is wrong with a schema, and where in it.
package struct SchemaProblem: Error, Hashable, Sendable {
    /// The keys, and indices of lists, from the document's root.
    package let path: [String]
    package let message: String

    package init(path: [String], message: String) {
        self.path = path
        self.message = message
    }
}

extension SchemaProblem: CustomStringConvertible {
    package var description: String { path.isEmpty ? message : "\(path.joined(separator: ".")) \(message)" }
}
