extension SignalSchema {
    /// The keys a schema document may have, without the rules, which have a type of their own.
    package static let keys = CodingKeys.allCases.map(\.rawValue)

    /// Reads a schema document with its defaults.
    ///
    /// - Throws: `DecodingError` where a key is missing or of the wrong type, ``SchemaProblem`` for the
    ///   first value that means nothing.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            organization: try values.decode(String.self, forKey: .organization),
            continuousColumns: try values.decode([String].self, forKey: .continuousColumns),
            lagSeconds: try values.decodeIfPresent([Int].self, forKey: .lagSeconds) ?? [],
            rollingWindows: try values.decodeIfPresent([Int].self, forKey: .rollingWindows) ?? []
        )
        timeZone = try values.decodeIfPresent(String.self, forKey: .timeZone)
        assetColumn = try values.decodeIfPresent(String.self, forKey: .assetColumn)
        targetColumn = try values.decodeIfPresent(String.self, forKey: .targetColumn)
        timestampColumn = try values.decodeIfPresent(String.self, forKey: .timestampColumn) ?? timestampColumn
        booleanColumns = try values.decodeIfPresent([String].self, forKey: .booleanColumns) ?? booleanColumns
        columnMapping = try values.decodeIfPresent([String: String].self, forKey: .columnMapping) ?? columnMapping
        staleAfterSeconds = try values.decodeIfPresent(Int.self, forKey: .staleAfterSeconds) ?? staleAfterSeconds
        sampleEverySeconds = try values.decodeIfPresent(Int.self, forKey: .sampleEverySeconds) ?? sampleEverySeconds
        predictEverySeconds = try values.decodeIfPresent(Int.self, forKey: .predictEverySeconds) ?? predictEverySeconds
        sourceStaleSeconds = try values.decodeIfPresent(Int.self, forKey: .sourceStaleSeconds) ?? sourceStaleSeconds
        allowedLatenessSeconds =
            try values.decodeIfPresent(Int.self, forKey: .allowedLatenessSeconds) ?? allowedLatenessSeconds
        doubledHour = try values.decodeIfPresent(DoubledHour.self, forKey: .doubledHour) ?? doubledHour
        horizonMinutes = try values.decodeIfPresent(Int.self, forKey: .horizonMinutes) ?? horizonMinutes
        recoveryMinutes = try values.decodeIfPresent(Int.self, forKey: .recoveryMinutes) ?? recoveryMinutes
        split = try values.decodeIfPresent(Split.self, forKey: .split) ?? split
        components = try values.decodeIfPresent([String: [String]].self, forKey: .components) ?? components
        missedFailureCost = try values.decodeIfPresent(Double.self, forKey: .missedFailureCost) ?? missedFailureCost
        falseAlarmCost = try values.decodeIfPresent(Double.self, forKey: .falseAlarmCost) ?? falseAlarmCost
        raiseAfter = try values.decodeIfPresent(Int.self, forKey: .raiseAfter) ?? raiseAfter
        clearBelow = try values.decodeIfPresent(Double.self, forKey: .clearBelow) ?? clearBelow
        predictionEnabled = try values.decodeIfPresent(Bool.self, forKey: .predictionEnabled) ?? predictionEnabled
        if let problem = problems.first { throw problem }
    }
}
