import Foundation
import Plant
import TestSupport
import Testing

@testable import Web

/// One organization's day: what its admin does, step by step, by a seed of its own and nobody else's.
struct TenantScript {
    let server: TestServer
    let slug: String
    let token: String
    /// Another organization, of which this one must hear nothing.
    let other: String
    /// What was answered, without ids.
    private(set) var log: [String] = []
    /// Proof of its being that organization's, to look how far its lane is.
    private let scope: OrganizationScope
    private let model: StumpModel
    private var isPredicting = false
    /// Of machines, as long as they are good.
    private var keys: [String] = []
    private var generator: SeededGenerator
    private var stepCount = 0

    init(_ server: TestServer, tenant: Tenant, other: String, model: StumpModel, seed: UInt64) {
        self.server = server
        slug = tenant.slug
        token = tenant.token
        scope = OrganizationScope(provenFor: tenant.id)
        self.other = other
        self.model = model
        generator = SeededGenerator(seed: seed)
    }

    /// An organization and its admin's token.
    struct Tenant: Sendable {
        let slug: String
        let id: ID<Organization>
        let token: String
    }

    /// Does something, and waits until the organization's lane has taken it in.
    mutating func step() async throws {
        stepCount += 1
        switch stepCount {
        case 1: try await putSchema()
        case 2:
            log.append("\(stepCount) " + (try await model.deploy(on: server, token: token)))
            isPredicting = true
        case _: try await act()
        }
        try await settle()
        try await server.settle(predicting: isPredicting, in: scope)
    }

    func view() async throws -> WholeView {
        let (server, token) = (server, token)
        return try await WholeView(server, isAnonymous: true) { try await server.ask("GET", $0, token: token) }
    }

    // MARK: - Asking

    private func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> Answer {
        try await server.ask(method, "/api/v1/\(path)", token: token, body: body)
    }

    private mutating func say(_ method: String, _ path: String, _ body: String? = nil) async throws {
        let answer = try await ask(method, path, body)
        log.append("\(stepCount) \(answer.status) " + WholeView.text(of: answer, isAnonymous: true))
    }

    /// A command that changes nothing comes down the lane's stream behind all that came before it.
    private func settle() async throws {
        guard let asset = try await ask("GET", "assets?limit=1").items.first?["name"]?.string else { return }
        _ = try await ask("DELETE", "suppressions?asset=\(asset)&condition=rule:nothing")
    }

    /// One of a list's elements, chosen by what tells them apart and not by their ids, which are chance.
    private mutating func some(_ path: String, by keys: String...) async throws -> Tree? {
        let items = try await ask("GET", path).items
        let ordered = items.map { item in (keys.map { item[$0]?.string ?? "" }.joined(separator: "\n"), item) }
            .sorted { $0.0 < $1.0 }
        return ordered.randomElement(using: &generator)?.1
    }

    // MARK: - Steps

    private mutating func act() async throws {
        switch Int.random(in: 0..<24, using: &generator) {
        case 0..<5: try await push()
        case 5: try await putSchema()
        case 6, 7: try await answerAlarm()
        case 8: try await record()
        case 9: try await correct()
        case 10:
            let user =
                #"{"email":"u\#(Int.random(in: 0..<6, using: &generator))@\#(slug).example","password":"long enough","#
            try await say("POST", "users", user + #""role":"OPERATOR"}"#)
        case 11: try await changeTargets()
        case 12: try await silence()
        case 13: try await plan()
        case 14: try await train()
        case 15:
            isPredicting = Int.random(in: 0..<3, using: &generator) > 0
            try await say("PUT", "prediction-switch", #"{"predictionEnabled":\#(isPredicting)}"#)
        case 16: try await stray()
        case 17, 18: try await askModel()
        case 19, 20: try await wishAgain()
        case 21: try await makeKey()
        case 22: try await useKey()
        default:
            try await say("POST", "readings", #"[{"machine":"m1","timestamp":"never","temp":1}]"#)
        }
    }

    private mutating func putSchema() async throws {
        let high = Int.random(in: 60...140, using: &generator)
        var rules = [#"{"id":"hot","kind":"limit","tag":"temp","high":\#(high),"message":"\#(slug) is hot"}"#]
        if Bool.random(using: &generator) {
            rules.append(#"{"id":"open","kind":"binary","tag":"door","severity":"WARNING"}"#)
        }
        try await say("PUT", "schema", TestServer.schema(slug, rules: rules.joined(separator: ",")))
    }

    /// A few rows of one machine, some of them late or known already.
    private mutating func push() async throws {
        let machine = "m\(Int.random(in: 1...3, using: &generator))"
        let rows = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
            let time = server.clock.now - .seconds(Int.random(in: 0...40, using: &generator))
            let temperature = Int.random(in: 40...160, using: &generator)
            let door = Bool.random(using: &generator)
            return #"{"machine":"\#(machine)","timestamp":"\#(time)","temp":\#(temperature),"door":\#(door)}"#
        }
        try await say("POST", "readings", "[\(rows.joined(separator: ","))]")
    }

    private mutating func answerAlarm() async throws {
        guard let alarm = try await some("alarms?open=true", by: "asset", "condition", "raisedAt"),
            let id = alarm["id"]?.string
        else { return }
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: try await say("POST", "alarms/\(id)/acknowledge", #"{"note":"seen at \#(slug)"}"#)
        case 1: try await say("POST", "alarms/\(id)/shelve", #"{"minutes":5,"reason":"a test"}"#)
        case 2: try await say("POST", "alarms/\(id)/unshelve", "{}")
        default:
            let isAccurate = Bool.random(using: &generator)
            try await say(
                "POST",
                "alarms/\(id)/feedback",
                #"{"isAccurate":\#(isAccurate),"reason":"as \#(slug) says"}"#
            )
        }
    }

    private mutating func record() async throws {
        let start = server.clock.now - .seconds(Int.random(in: 1...9, using: &generator) * 3_600)
        let machine = "m\(Int.random(in: 1...3, using: &generator))"
        let failure = #"{"asset":"\#(machine)","start":"\#(start)","component":"belt"}"#
        try await say("POST", "failures", #"{"failures":[\#(failure)]}"#)
    }

    private mutating func correct() async throws {
        guard let failure = try await some("failures", by: "asset", "start", "component"),
            let asset = failure["asset"]?.string, let start = failure["start"]?.string
        else { return }
        try await say("DELETE", "failures?asset=\(asset)&start=\(start)&component=belt&reason=none")
    }

    private mutating func changeTargets() async throws {
        if Bool.random(using: &generator), let target = try await some("delivery-targets", by: "name") {
            return try await say("DELETE", "delivery-targets/\(target["id"]?.string ?? "")")
        }
        let name = "\(slug)-\(Int.random(in: 0..<4, using: &generator))"
        try await say("POST", "delivery-targets", #"{"name":"\#(name)","kind":"email","to":["a@\#(slug).example"]}"#)
    }

    private mutating func silence() async throws {
        let machine = "m\(Int.random(in: 1...3, using: &generator))"
        if Bool.random(using: &generator) { return try await say("DELETE", "suppressions?asset=\(machine)") }
        try await say("PUT", "suppressions", #"{"asset":"\#(machine)","kind":"outOfService","reason":"of \#(slug)"}"#)
    }

    private mutating func plan() async throws {
        let number = Int.random(in: 1...28, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: try await say("PUT", "training-configuration", #"{"days":\#(number)}"#)
        case 1: try await say("PUT", "schedule", #"{"cron":"0 3 \#(number) * *"}"#)
        default: try await say("PUT", "delivery-policy", #"{"routes":[],"perMinuteMax":\#(number)}"#)
        }
    }

    private mutating func train() async throws {
        if Bool.random(using: &generator), let run = try await some("training-runs", by: "queuedAt", "state") {
            return try await say("POST", "training-runs/\(run["id"]?.string ?? "")/cancel")
        }
        try await say("POST", "training-runs", "{}")
    }

    /// What the model says of rows that nobody keeps: the organization's own number, and no other's.
    private mutating func askModel() async throws {
        let temperatures = (0..<3).map { _ in Double(Int.random(in: 40...160, using: &generator)) }
        let rows = temperatures.map { #"{"asset":"m1","features":{"temp":\#($0),"door":0,"door_since_s":0}}"# }
        let answer = try await ask("POST", "predictions", #"{"rows":[\#(rows.joined(separator: ","))]}"#)
        log.append("\(stepCount) \(answer.status) " + WholeView.text(of: answer, isAnonymous: true))
        guard isPredicting else { return }
        let said = (answer.json["predictions"]?.list ?? []).compactMap { $0["probability"]?.number }
        #expect(said.count == temperatures.count, "\(slug): \(answer.text)")
        for (said, temperature) in zip(said, temperatures) {
            #expect(abs(said - model.probability(at: temperature)) < 1e-6, "\(slug) at \(temperature)")
        }
    }

    /// One of two wishes under one of two keys, which are the same in all organizations: granted once, and whose answer
    /// is told again is the organization's own.
    private mutating func wishAgain() async throws {
        let key = "wish-\(Int.random(in: 0..<2, using: &generator))"
        let name = "\(slug)-wish-\(Int.random(in: 0..<2, using: &generator))"
        let answer = try await server.ask(
            "POST",
            "/api/v1/delivery-targets",
            token: token,
            body: #"{"name":"\#(name)","kind":"email","to":["a@\#(slug).example"]}"#,
            headers: ["Idempotency-Key": key]
        )
        let isReplayed = answer.header("idempotency-replayed") != nil
        log.append("\(stepCount) \(answer.status) \(isReplayed) " + WholeView.text(of: answer, isAnonymous: true))
    }

    private mutating func makeKey() async throws {
        if Bool.random(using: &generator), let key = try await some("api-keys", by: "createdAt", "name") {
            return try await say("DELETE", "api-keys/\(key["id"]?.string ?? "")")
        }
        let body = #"{"name":"\#(slug) \#(stepCount)","permissions":["alarm:read","asset:read"]}"#
        let answer = try await ask("POST", "api-keys", body)
        log.append("\(stepCount) \(answer.status) " + WholeView.text(of: answer, isAnonymous: true))
        if let key = answer.json["key"]?.string { keys.append(key) }
    }

    /// By a machine's key, which may have been revoked meanwhile.
    private mutating func useKey() async throws {
        guard let key = keys.randomElement(using: &generator) else { return }
        for path in ["assets", "alarms", "users"] {
            let answer = try await server.ask("GET", "/api/v1/\(path)", token: key)
            log.append("\(stepCount) \(answer.status) " + WholeView.text(of: answer, isAnonymous: true))
        }
    }

    /// What goes astray: into another organization, or to what is not there.
    private mutating func stray() async throws {
        let answer = try await server.ask(
            "GET",
            "/api/v1/alarms",
            token: token,
            headers: ["Eagle-Organization": other]
        )
        log.append("\(stepCount) \(answer.status) " + WholeView.text(of: answer, isAnonymous: true))
    }
}
