package import Plant

/// Who is told of which alarms, when, and who else where nobody acknowledges: one organization's, as files and the API
/// carry it.
package struct DeliveryPolicy: Hashable, Sendable {
    /// Every one that an alarm fits is followed; a target that several name is told once, at the earliest.
    package let routes: [DeliveryRoute]
    /// How many notices a target gets within a minute; what is beyond them it gets as one, but for CRITICAL ones.
    package let perMinuteMax: Int
    /// Who is told of what goes wrong with Eagle itself, at once and at any hour.
    package let system: [TargetReference]

    package static let perMinuteDefault = 20
    package static let systemDefault = [TargetReference.all]

    /// - Throws: `SchemaProblem` for the first thing that is wrong, with its path.
    package init(
        routes: [DeliveryRoute],
        perMinuteMax: Int = perMinuteDefault,
        system: [TargetReference] = systemDefault
    ) throws(SchemaProblem) {
        let problems = Self.problems(routes, perMinuteMax: perMinuteMax, systemCount: system.count)
        if let problem = problems.first { throw problem }
        self.init(unchecked: routes, perMinuteMax: perMinuteMax, system: system)
    }

    private init(unchecked routes: [DeliveryRoute], perMinuteMax: Int, system: [TargetReference]) {
        self.routes = routes
        self.perMinuteMax = perMinuteMax
        self.system = system
    }

    /// What holds until somebody says otherwise: every target is told of every alarm that annunciates.
    package static let standard = DeliveryPolicy(
        unchecked: [DeliveryRoute(id: "everything", targets: [.all])],
        perMinuteMax: perMinuteDefault,
        system: systemDefault
    )

    /// The zones whose clocks it goes by, each once, with the path at which it is named first.
    package var timeZones: [(name: String, path: [String])] {
        var zones: [(name: String, path: [String])] = []
        for (index, route) in routes.enumerated() {
            guard let name = route.quietHours?.timeZone, !zones.contains(where: { $0.name == name }) else { continue }
            zones.append((name, ["routes", String(index), "quietHours", "timeZone"]))
        }
        return zones
    }

    /// The targets that it names, each with the path at which it stands first.
    package var targetNames: [(name: String, path: [String])] {
        var names: [(name: String, path: [String])] = []
        for (reference, path) in references {
            guard case .name(let name) = reference, !names.contains(where: { $0.name == name }) else { continue }
            names.append((name, path))
        }
        return names
    }

    /// The first target that can mean nobody; a policy with one is not put any more, but one from before is read.
    package var targetProblem: SchemaProblem? {
        for (reference, path) in references {
            if let message = reference.problem { return SchemaProblem(path: path, message: message) }
        }
        return nil
    }

    private var references: [(reference: TargetReference, path: [String])] {
        routes.enumerated().flatMap { index, route in
            route.references.map { ($0.reference, ["routes", String(index)] + $0.path) }
        } + system.enumerated().map { ($0.element, ["system", String($0.offset)]) }
    }

    private static let routeCountMax = 200
    private static let systemCountMax = 50

    private static func problems(
        _ routes: [DeliveryRoute],
        perMinuteMax: Int,
        systemCount: Int
    ) -> [SchemaProblem] {
        var problems: [SchemaProblem] = []
        if systemCount > systemCountMax {
            problems.append(SchemaProblem(path: ["system"], message: "are \(systemCount): at most \(systemCountMax)"))
        }
        if routes.count > routeCountMax {
            problems.append(SchemaProblem(path: ["routes"], message: "are \(routes.count): at most \(routeCountMax)"))
        }
        if !(1...1_000).contains(perMinuteMax) {
            problems.append(SchemaProblem(path: ["perMinuteMax"], message: "is \(perMinuteMax): use 1 to 1000"))
        }
        var firstIndices: [String: Int] = [:]
        for (index, route) in routes.enumerated() {
            let path = ["routes", String(index)]
            if let first = firstIndices[route.id] {
                let message = "'\(route.id)' is taken by route \(first), counted from 0: each has an id of its own"
                problems.append(SchemaProblem(path: path + ["id"], message: message))
            } else {
                firstIndices[route.id] = index
            }
            problems += route.problems.map { SchemaProblem(path: path + $0.path, message: $0.message) }
        }
        return problems
    }
}

extension DeliveryPolicy: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case routes, perMinuteMax, system }

    /// Reads a policy with its defaults.
    ///
    /// - Throws: `DecodingError` where a key is missing or of the wrong type, `SchemaProblem` for an unknown key, with
    ///   the nearest known one, and for the first value that means nothing.
    package init(from decoder: any Decoder) throws {
        try KnownKeys(CodingKeys.allCases.map(\.rawValue), of: "a delivery policy").check(decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            routes: values.decode([DeliveryRoute].self, forKey: .routes),
            perMinuteMax: values.decodeIfPresent(Int.self, forKey: .perMinuteMax) ?? Self.perMinuteDefault,
            system: values.decodeIfPresent([TargetReference].self, forKey: .system) ?? Self.systemDefault
        )
    }
}
