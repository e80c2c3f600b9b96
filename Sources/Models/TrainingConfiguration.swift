package import Plant

/// How an organization wants its models trained: what data, what of it, how, and what becomes of the result.
package struct TrainingConfiguration: Hashable, Sendable {
    /// What is trained; nil for a model of failures where there are enough of them, else a baseline.
    package var kind: ModelKind?
    /// The first instant of the data; nil for all there is.
    package var from: Instant?
    /// The last one; nil for now.
    package var until: Instant?
    /// Only the newest so many days; nil for all.
    package var days: Int?
    /// The share of the data, the last of it, that the model never sees and is judged on.
    package var judgedShare = 0.2
    /// Instead of the schema's.
    package var horizonMinutes: Int?
    package var recoveryMinutes: Int?
    /// The components whose failures are learned; nil for all failures.
    package var components: [String]?
    /// The features: these of the schema's tags, with these lags and windows; nil for the schema's own.
    package var tags: [String]?
    package var lagSeconds: [Int]?
    package var rollingWindows: [Int]?
    /// Tags that tell failures so well that the gate would take them for copies of the future, and that do not.
    package var trustedTags: [String] = []
    /// The failure head's.
    package var parameters = BoosterParameters()
    /// How many of them, the folds decide.
    package var treesMax = 400
    package var seed = 1
    /// How many other sets of parameters are tried; none where 0.
    package var searchTrials = 0
    package var searchMinutesMax = 10
    /// What a model may become that passes the gate.
    package var promotion = PromotionPolicy.Aim.challenger
    /// How long a challenger is tried on live rows at most.
    package var challengeDays = 90
    /// For how long after a model became champion by itself the one before it may take over again by itself.
    package var guardDays = 30
    package var memoryMebibytesMax = 4_096
    package var minutesMax = 120

    package init() {}
}

extension TrainingConfiguration {
    /// The schema as the training sees it: with the configuration's own target, horizon and features.
    package func applied(to schema: SignalSchema) -> SignalSchema {
        var schema = schema
        if let tags {
            schema.continuousColumns = schema.continuousColumns.filter { tags.contains($0) }
            schema.booleanColumns = schema.booleanColumns.filter { tags.contains($0) }
        }
        if let lagSeconds { schema.lagSeconds = lagSeconds }
        if let rollingWindows { schema.rollingWindows = rollingWindows }
        if let horizonMinutes { schema.horizonMinutes = horizonMinutes }
        if let recoveryMinutes { schema.recoveryMinutes = recoveryMinutes }
        return schema
    }

    /// Whether a failure is one that is learned.
    package func isTarget(_ failure: FailureEvent) -> Bool {
        guard let components else { return true }
        return failure.component.map { components.contains($0) } ?? false
    }

    /// The first instant of the data, where there is one.
    package func start(before end: Instant) -> Instant? {
        let rolling = days.map { end - .seconds($0 * 86_400) }
        return [from, rolling].compactMap(\.self).max()
    }

    /// All that is wrong with it by itself, and with the schema that it is for; empty for a good one.
    package func problems(for schema: SignalSchema) -> [SchemaProblem] {
        var problems: [SchemaProblem] = []
        func require(_ isGood: Bool, _ key: CodingKeys, _ message: String) {
            if !isGood { problems.append(SchemaProblem(path: [key.rawValue], message: message)) }
        }
        if let from, let until { require(from < until, .until, "must be later than 'from'") }
        require(days.map { (1...3_660).contains($0) } ?? true, .days, "must be from 1 to 3660")
        require((0.05...0.5).contains(judgedShare), .judgedShare, "must be from 0.05 to 0.5")
        require((1...100_000).contains(treesMax), .treesMax, "must be from 1 to 100000")
        require((0...1_000_000_000).contains(seed), .seed, "must be from 0 to 1000000000")
        require((0...500).contains(searchTrials), .searchTrials, "must be from 0 to 500")
        require((1...1_440).contains(searchMinutesMax), .searchMinutesMax, "must be from 1 to 1440")
        require(
            (256...1_048_576).contains(memoryMebibytesMax),
            .memoryMebibytesMax,
            "must be from 256 to 1048576 MiB"
        )
        require((1...3_660).contains(challengeDays), .challengeDays, "must be from 1 to 3660")
        require((0...3_660).contains(guardDays), .guardDays, "must be from 0 to 3660")
        require((1...2_880).contains(minutesMax), .minutesMax, "must be from 1 to 2880")
        if let components {
            require(!components.isEmpty, .components, "must name a component, or be left out")
        }
        let known = Set(schema.tags.map(\.name))
        for (key, tags) in [(CodingKeys.tags, tags ?? []), (.trustedTags, trustedTags)] {
            for tag in tags where !known.contains(tag) {
                let near = NearMisses.of(tag, among: known, countMax: 1).first.map { ": did you mean '\($0)'?" } ?? ""
                require(false, key, "'\(tag)' is no tag of the schema\(near)")
            }
        }
        if let tags {
            require(
                schema.continuousColumns.contains { tags.contains($0) },
                .tags,
                "must name at least one continuous tag"
            )
        }
        guard problems.isEmpty else { return problems }
        // Lags, windows and horizon are judged as the schema's own are.
        return applied(to: schema).problems
    }
}

extension TrainingConfiguration: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case kind, from, until, days, judgedShare, horizonMinutes, recoveryMinutes, components, tags, lagSeconds
        case rollingWindows, trustedTags, parameters, treesMax, seed, searchTrials, searchMinutesMax, promotion
        case challengeDays, guardDays, memoryMebibytesMax, minutesMax
    }

    /// Reads it with its defaults.
    ///
    /// - Throws: `DecodingError`, or ``Plant/SchemaProblem`` for a key that is not known or a parameter that means nothing.
    package init(from decoder: any Decoder) throws {
        try KnownKeys(CodingKeys.allCases.map(\.rawValue), of: "a training configuration").check(decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        kind = try values.decodeIfPresent(ModelKind.self, forKey: .kind)
        from = try values.decodeIfPresent(Instant.self, forKey: .from)
        until = try values.decodeIfPresent(Instant.self, forKey: .until)
        days = try values.decodeIfPresent(Int.self, forKey: .days)
        judgedShare = try values.decodeIfPresent(Double.self, forKey: .judgedShare) ?? judgedShare
        horizonMinutes = try values.decodeIfPresent(Int.self, forKey: .horizonMinutes)
        recoveryMinutes = try values.decodeIfPresent(Int.self, forKey: .recoveryMinutes)
        components = try values.decodeIfPresent([String].self, forKey: .components)
        tags = try values.decodeIfPresent([String].self, forKey: .tags)
        lagSeconds = try values.decodeIfPresent([Int].self, forKey: .lagSeconds)
        rollingWindows = try values.decodeIfPresent([Int].self, forKey: .rollingWindows)
        trustedTags = try values.decodeIfPresent([String].self, forKey: .trustedTags) ?? trustedTags
        parameters = try values.decodeIfPresent(BoosterParameters.self, forKey: .parameters) ?? parameters
        treesMax = try values.decodeIfPresent(Int.self, forKey: .treesMax) ?? treesMax
        seed = try values.decodeIfPresent(Int.self, forKey: .seed) ?? seed
        searchTrials = try values.decodeIfPresent(Int.self, forKey: .searchTrials) ?? searchTrials
        searchMinutesMax = try values.decodeIfPresent(Int.self, forKey: .searchMinutesMax) ?? searchMinutesMax
        promotion = try values.decodeIfPresent(PromotionPolicy.Aim.self, forKey: .promotion) ?? promotion
        challengeDays = try values.decodeIfPresent(Int.self, forKey: .challengeDays) ?? challengeDays
        guardDays = try values.decodeIfPresent(Int.self, forKey: .guardDays) ?? guardDays
        memoryMebibytesMax = try values.decodeIfPresent(Int.self, forKey: .memoryMebibytesMax) ?? memoryMebibytesMax
        minutesMax = try values.decodeIfPresent(Int.self, forKey: .minutesMax) ?? minutesMax
    }
}
