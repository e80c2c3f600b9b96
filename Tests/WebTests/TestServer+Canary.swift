import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Web

extension TestServer {
    /// Stands in many things of the northern organization, and nowhere else.
    static let canary = "c4n4ry-0f-the-north"

    /// All that the organization sees of itself.
    func wholeView(_ person: Person) async throws -> WholeView {
        try await WholeView(self) { try await ask("GET", $0, as: person) }
    }

    /// Something of everything in the northern organization, each with the canary in it, and some of it in the southern.
    ///
    /// - Returns: The ids of all that.
    func furnishCanary() async throws -> [String] {
        let canary = Self.canary
        let rule =
            #"{"id":"hot","kind":"limit","tag":"temp","high":100,"message":"\#(canary)","component":"\#(canary)"}"#
        try await prepare(rules: rule)
        try await prepare(.southAdmin)
        var ids: [String] = []
        for (person, machine) in [(Person.northAdmin, canary), (.southAdmin, "m")] {
            try await push([150], machine: machine, as: person)
            ids.append(try await alarm(of: person))
            ids += try await ask("GET", "/api/v1/assets", as: person).items.compactMap { $0["id"]?.string }
        }
        let nonsense = Data(#"[{"machine":"\#(canary)","timestamp":"yesterday","temp":1}]"#.utf8)
        try await ask("POST", "/api/v1/readings", as: .northAdmin, data: nonsense)
        for (method, path, body) in [
            ("POST", "alarms/\(ids[0])/feedback", #"{"isAccurate":true,"reason":"\#(canary)"}"#),
            ("POST", "users", #"{"email":"\#(canary)@example.com","password":"long enough","role":"OPERATOR"}"#),
            ("POST", "failures", #"{"failures":[{"asset":"\#(canary)","start":"2026-01-01T00:00:00Z"}]}"#),
            ("PUT", "source", #"{"kind":"sqlite","path":"/srv/scada/\#(canary).sqlite","table":"t"}"#),
            ("PUT", "training-configuration", #"{"components":["\#(canary)"]}"#),
            ("PUT", "schedule", #"{"cron":"17 3 * * *"}"#),
            ("PUT", "suppressions", #"{"asset":"\#(canary)","kind":"outOfService","reason":"\#(canary)"}"#),
        ] {
            let answer = try await ask(method, "/api/v1/\(path)", as: .northAdmin, body: body)
            #expect((200...201).contains(answer.status), "\(path): \(answer.text)")
        }
        for person in [Person.northAdmin, .southAdmin] {
            let name = person == .northAdmin ? canary : "south"
            let target = #"{"name":"\#(name)","kind":"email","to":["\#(name)@b.example"]}"#
            let run = try await ask("POST", "/api/v1/training-runs", as: person, body: "{}")
            let made = try await ask("POST", "/api/v1/delivery-targets", as: person, body: target)
            ids += [run, made].compactMap { $0.json["id"]?.string }
        }
        let version = try #require(ModelVersion(hash: String(repeating: "a", count: 64)))
        let model = RegisteredModel(
            version: version,
            manifest: #"{"made":"\#(canary)"}"#,
            byteSize: 1,
            path: "/\(canary)",
            registeredAt: .t0
        )
        _ = try await context.stores.models.register(model, in: OrganizationScope(provenFor: north.id))
        // The canary's source is nowhere; that it was asked is no work of whoever looks before and after.
        while try await sourceFailures() == 0 { await Task.yield() }
        return ids + [version.hash, north.id.description, south.id.description]
    }

    private func sourceFailures() async throws -> Int? {
        let serving = try await ask("GET", "/api/v1/serving", as: .northAdmin)
        return serving.json["breakers"]?["source"]?["failureCount"]?.int
    }

    /// The organization's alarm, once its lane has raised it.
    private func alarm(of person: Person) async throws -> String {
        while true {
            let alarms = try await ask("GET", "/api/v1/alarms", as: person).items
            if let id = alarms.first?["id"]?.string { return id }
            await Task.yield()
        }
    }
}
