import Foundation
import Models
import NIOCore
import Plant
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

/// What an organization may have and do only so much of, over the real server: the north has little, the south is
/// never touched by that.
@Suite(.timeLimit(.minutes(60))) struct QuotaTests {
    @Test func `a super admin sets an organization's quotas, and its members see them with their use`() async throws {
        try await TestServer.run { server in
            let answer = try await server.limit("north", #"{"models": 3, "users": 9, "streams": null}"#)
            #expect(answer.status == 200)
            #expect(answer.json["settings"] == .map(["models": .number(3), "users": .number(9)]))
            #expect(answer.json["changedBy"]?.string == "the server's administrator")
            let seen = try await server.quota("users")
            #expect(seen?["limit"]?.int == 9)
            #expect(seen?["use"]?.int == 2)
            #expect(seen?["isOwn"]?.bool == true)
            let other = try await server.quota("users", as: .southOperator)
            #expect(other?["limit"]?.int == Quota.users.standard)
            #expect(other?["isOwn"]?.bool == false)
            // What a later request leaves out is the server's again.
            try await server.limit("north", "{}")
            let back = try await server.quota("users")
            #expect(back?["isOwn"]?.bool == false)
        }
    }

    @Test(arguments: [
        (#"{"models": -1}"#, "models"), (#"{"readingsPerSecond": 0}"#, "readingsPerSecond"),
        (#"{"rowsKept": 1000000000001}"#, "rowsKept"), (#"{"modles": 1}"#, "modles"), (#"{"models": "3"}"#, "models"),
    ])
    func `a quota that can't be is refused by its name`(body: String, path: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.limit("north", body)
            #expect(answer.status == 422)
            #expect(answer.errorPath == path)
        }
    }

    @Test func `an organization that is not there has no quotas, and an admin sets none`() async throws {
        try await TestServer.run { server in
            let nowhere = try await server.limit("nowhere", "{}")
            #expect(nowhere.status == 404)
            let path = "/api/v1/organizations/north/quota"
            #expect(try await server.ask("PUT", path, as: .northAdmin, body: "{}").status == 403)
            #expect(try await server.ask("GET", path, as: .northAdmin).status == 403)
            #expect(try await server.ask("GET", path, as: .root).status == 200)
        }
    }

    @Test func `the contract says of every operation of an organization that it may be one too many`() throws {
        let paths = try Contract().document["paths"]?.map ?? [:]
        let operations = paths.flatMap { path, item in item.map.map { (key: "\($0.key) \(path)", value: $0.value) } }
        for (key, operation) in operations where operation["responses"]?["403"] != nil {
            #expect(operation["responses"]?["429"] != nil, "\(key)")
        }
    }

    // MARK: - Rates

    @Test func `readings beyond the rate are refused with how long to wait, and come in after it`() async throws {
        try await TestServer.run(quotas: QuotaSettings([.readingsPerSecond: 10, .readingsBurst: 20])) { server in
            try await server.prepare()
            try await server.prepare(.southAdmin)
            let burst = try await server.push((0..<20).map(Double.init))
            #expect(burst.json["accepted"]?.int == 20)
            let refused = try await server.push((0..<15).map(Double.init), from: 100)
            #expect(refused.status == 429)
            #expect(refused.code == "too_many_requests")
            #expect(["1", "2"].contains(refused.header("retry-after")))
            #expect(refused.json["quota"]?["name"]?.string == "readingsPerSecond")
            #expect(refused.json["quota"]?["limit"]?.int == 10)
            // The south has its own, whatever the north does.
            let other = try await server.push((0..<20).map(Double.init), as: .southAdmin)
            #expect(other.json["accepted"]?.int == 20)
            server.clock.advance(by: .milliseconds(1_500))
            let again = try await server.push((0..<15).map(Double.init), from: 100)
            #expect(again.json["accepted"]?.int == 15)
            let counts = try await server.ask("GET", "/api/v1/source/status", as: .northAdmin)
            #expect(counts.json["accepted"]?.int == 35)
        }
    }

    @Test func `a push that no burst ever holds says how many rows one may have`() async throws {
        try await TestServer.run(quotas: QuotaSettings([.readingsPerSecond: 10, .readingsBurst: 20])) { server in
            try await server.prepare()
            let refused = try await server.push((0..<21).map(Double.init))
            #expect(refused.status == 409)
            #expect(refused.code == "quota_exceeded")
            #expect(refused.json["quota"]?["name"]?.string == "readingsBurst")
            #expect(refused.json["quota"]?["limit"]?.int == 20)
        }
    }

    @Test func `requests beyond the rate are refused, those of others and of who runs the server are not`() async throws
    {
        try await TestServer.run(quotas: QuotaSettings([.requestsPerSecond: 2, .requestsBurst: 4])) { server in
            func ask(_ person: TestServer.Person) async throws -> Answer {
                try await server.ask(
                    "GET",
                    "/api/v1/alarms",
                    as: person,
                    headers: person == .root ? ["Eagle-Organization": "north"] : [:]
                )
            }
            for _ in 0..<4 { #expect(try await ask(.northOperator).status == 200) }
            let refused = try await ask(.northAdmin)
            #expect(refused.status == 429)
            #expect(refused.json["quota"]?["name"]?.string == "requestsPerSecond")
            #expect(refused.header("retry-after") == "1")
            #expect(try await ask(.southAdmin).status == 200)
            #expect(try await ask(.root).status == 200)
            // So it is whatever he asks for: what is his own, what he may not, and another organization's by its name.
            let sessions = try await server.ask("DELETE", "/api/v1/auth/sessions", as: .northAdmin)
            #expect(sessions.status == 429)
            #expect(try await server.ask("GET", "/api/v1/users", as: .northOperator).status == 429)
            let named = try await server.ask(
                "GET",
                "/api/v1/alarms",
                as: .northAdmin,
                headers: ["Eagle-Organization": "south"]
            )
            #expect(named.status == 429)
            server.clock.advance(by: .milliseconds(500))
            #expect(try await ask(.northAdmin).status == 200)
            #expect(try await ask(.northAdmin).status == 429)
            // More is allowed from the next request on.
            try await server.limit("north", #"{"requestsPerSecond": 1000, "requestsBurst": 1000}"#)
            server.clock.advance(by: .milliseconds(10))
            for _ in 0..<5 { #expect(try await ask(.northAdmin).status == 200) }
            let metrics = try await server.ask("GET", "/metrics").text
            #expect(metrics.contains("eagle_quota_refused_total{quota=\"requestsPerSecond\"} 5\n"))
            #expect(!metrics.contains("north"))
        }
    }

    // MARK: - Counts

    @Test func `rows beyond the quota are refused as a whole, and what is known already takes no room`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.prepare(.southAdmin)
            try await server.limit("north", #"{"rowsKept": 10}"#)
            #expect(try await server.push((0..<8).map(Double.init)).json["accepted"]?.int == 8)
            let refused = try await server.push((0..<3).map(Double.init), from: 100)
            #expect(refused.status == 409)
            #expect(refused.code == "quota_exceeded")
            #expect(
                refused.json["quota"] == .map(["name": .text("rowsKept"), "use": .number(8), "limit": .number(10)])
            )
            #expect(refused.header("retry-after") == nil)
            let kept = try await server.quota("rowsKept")
            #expect(kept?["use"]?.int == 8)
            #expect(try await server.push((0..<8).map(Double.init)).json["repeated"]?.int == 8)
            #expect(try await server.push((0..<2).map(Double.init), from: 100).json["accepted"]?.int == 2)
            #expect(try await server.push([1], from: 200).status == 409)
            // Rows that are set apart take room as well: nobody fills the disk with nonsense.
            let nonsense = Data(#"[{"machine":"furnace-1","timestamp":"yesterday","temp":1}]"#.utf8)
            #expect(try await server.ask("POST", "/api/v1/readings", as: .northAdmin, data: nonsense).status == 409)
            #expect(try await server.push((0..<20).map(Double.init), as: .southAdmin).json["accepted"]?.int == 20)
            try await server.limit("north", #"{"rowsKept": 11}"#)
            #expect(try await server.push([1], from: 200).json["accepted"]?.int == 1)
        }
    }

    @Test func `users beyond the quota are refused, at once for both of two that come together`() async throws {
        try await TestServer.run { server in
            try await server.limit("north", #"{"users": 4}"#)
            @Sendable func create(_ name: String, as person: TestServer.Person = .northAdmin) async throws -> Answer {
                try await server.ask(
                    "POST",
                    "/api/v1/users",
                    as: person,
                    body: #"{"email":"\#(name)@example.com","password":"long enough","role":"OPERATOR"}"#
                )
            }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<6 { group.addTask { try await create("new-\(number)").status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [201, 201, 409, 409, 409, 409])
            let refused = try await create("late")
            #expect(refused.code == "quota_exceeded")
            #expect(refused.json["quota"] == .map(["name": .text("users"), "use": .number(4), "limit": .number(4)]))
            #expect(try await create("southern", as: .southAdmin).status == 201)
        }
    }

    @Test func `targets beyond the quota are refused, those that are there may still change`() async throws {
        try await TestServer.run(quotas: QuotaSettings([.deliveryTargets: 1])) { server in
            @Sendable func draft(_ name: String) -> String {
                #"{"name":"\#(name)","kind":"email","to":["a@b.example"]}"#
            }
            @Sendable func create(_ name: String, as person: TestServer.Person = .northAdmin) async throws -> Answer {
                try await server.ask("POST", "/api/v1/delivery-targets", as: person, body: draft(name))
            }
            let first = try await create("one")
            #expect(first.status == 201)
            #expect(try await create("two").code == "quota_exceeded")
            let path = "/api/v1/delivery-targets/\(first.json["id"]?.string ?? "")"
            #expect(try await server.ask("PUT", path, as: .northAdmin, body: draft("other")).status == 200)
            #expect(try await create("one", as: .southAdmin).status == 201)
            #expect(try await server.ask("DELETE", path, as: .northAdmin).status == 204)
            #expect(try await create("two").status == 201)
        }
    }

    @Test func `training runs are counted over 24 hours, whatever became of them`() async throws {
        var limits = TestServer.limits
        limits.accessTokenLifetime = .seconds(7 * 86_400)
        try await TestServer.run(limits: limits, quotas: QuotaSettings([.trainingRunsPerDay: 2])) { server in
            try await server.prepare()
            @Sendable func start() async throws -> Answer {
                try await server.ask("POST", "/api/v1/training-runs", as: .northAdmin, body: "{}")
            }
            for _ in 0..<2 {
                let run = try await start()
                #expect(run.status == 201)
                let path = "/api/v1/training-runs/\(run.json["id"]?.string ?? "")/cancel"
                #expect(try await server.ask("POST", path, as: .northAdmin).status == 200)
                server.clock.advance(by: .seconds(3_600))
            }
            let refused = try await start()
            #expect(refused.status == 429)
            #expect(refused.json["quota"]?["name"]?.string == "trainingRunsPerDay")
            #expect(refused.json["quota"]?["use"]?.int == 2)
            #expect(refused.header("retry-after") == "\(22 * 3_600)")
            server.clock.advance(by: .seconds(22 * 3_600))
            #expect(try await start().status == 201)
        }
    }

    @Test func `models beyond the quota are refused before anything is done for them`() async throws {
        try await TestServer.run(quotas: QuotaSettings([.models: 0])) { server in
            let refused = try await server.ask(
                "POST",
                "/api/v1/models",
                as: .northAdmin,
                body: "no model",
                type: "application/octet-stream"
            )
            #expect(refused.status == 409)
            #expect(refused.json["quota"] == .map(["name": .text("models"), "use": .number(0), "limit": .number(0)]))
        }
    }
}

extension TestServer {
    /// Sets an organization's own quotas, as a super admin.
    @discardableResult
    func limit(_ organization: String, _ body: String) async throws -> Answer {
        try await ask("PUT", "/api/v1/organizations/\(organization)/quota", as: .root, body: body)
    }

    /// One line of what a member sees.
    func quota(_ name: String, as person: Person = .northOperator) async throws -> Tree? {
        try await ask("GET", "/api/v1/quota", as: person).json["quotas"]?.list.first { $0["name"]?.string == name }
    }
}
