import Plant

extension DeliveryRoute {
    private static let entryCountMax = 200
    private static let stepCountMax = 10
    private static let minutesMax = 10_080

    /// Every target it names, with its place in the route.
    var references: [(reference: TargetReference, path: [String])] {
        targets.enumerated().map { ($0.element, ["targets", String($0.offset)]) }
            + escalation.enumerated().flatMap { index, step in
                step.targets.enumerated().map {
                    ($0.element, ["escalation", String(index), "targets", String($0.offset)])
                }
            }
    }

    /// All that is wrong with it, whatever the targets.
    var problems: [SchemaProblem] {
        var problems: [SchemaProblem] = []
        func complain(_ path: [String], _ message: String) {
            problems.append(SchemaProblem(path: path, message: message))
        }
        if !(1...100).contains(id.utf8.count) { complain(["id"], "must have 1 to 100 bytes") }
        for (key, names) in [("assets", assets), ("components", components)] {
            if names.count > Self.entryCountMax { complain([key], "are more than \(Self.entryCountMax)") }
            for (index, name) in names.enumerated() where name.isEmpty {
                complain([key, String(index)], "is empty: leave \(key) out to mean all")
            }
        }
        if changes?.isEmpty ?? false {
            complain(["changes"], "are none, so nothing is ever told: leave it out for all that annunciates")
        }
        if targets.isEmpty { complain(["targets"], "are none: name a target, or * for all") }
        if references.count > Self.entryCountMax { complain(["targets"], "are more than \(Self.entryCountMax)") }
        problems +=
            quietHours?.problems.map { SchemaProblem(path: ["quietHours"] + $0.path, message: $0.message) } ?? []
        if escalation.count > Self.stepCountMax { complain(["escalation"], "has more than \(Self.stepCountMax) steps") }
        var last = 0
        for (index, step) in escalation.enumerated() {
            let path = ["escalation", String(index)]
            if !(1...Self.minutesMax).contains(step.afterMinutes) {
                complain(path + ["afterMinutes"], "is \(step.afterMinutes): use 1 to \(Self.minutesMax), a week")
            } else if step.afterMinutes <= last {
                complain(path + ["afterMinutes"], "is \(step.afterMinutes), not after the step before it (\(last))")
            }
            last = max(last, step.afterMinutes)
            if step.targets.isEmpty { complain(path + ["targets"], "are none: name whom else to tell") }
        }
        return problems
    }
}
