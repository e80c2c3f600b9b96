import Alarms
import Foundation
import HTTPTypes
import Models
import Plant
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

/// Who may do what, and that nobody sees another's: walks over every operation there is.
@Suite struct AccessTests {
    private func routes(_ server: TestServer) async throws -> [Route] {
        WebServer.routes(Authentication(sessions: try await Sessions(context: server.context)))
    }

    @Test func `each role may do what the table of permissions says, on every route`() async throws {
        try await TestServer.run { server in
            for route in try await routes(server) where !route.isOpen {
                let path = route.path.replacing("{id}", with: UUID().uuidString)
                    .replacing("{hash}", with: String(repeating: "0", count: 64))
                let anonymous = try await server.ask(route.method.rawValue, path)
                #expect(anonymous.status == 401, "\(route.method) \(path)")
                let people: [(TestServer.Person, Role)] = [
                    (.root, .superAdmin), (.northAdmin, .admin), (.northOperator, .operator),
                ]
                for (person, role) in people {
                    let answer = try await server.ask(
                        route.method.rawValue,
                        path,
                        as: person,
                        headers: person == .root ? ["Eagle-Organization": "north"] : [:]
                    )
                    let isAllowed = route.permission.map { role.permissions.contains($0) } ?? true
                    #expect((answer.status == 403) == !isAllowed, "\(role) \(route.method) \(path): \(answer.text)")
                    #expect(answer.status != 401, "\(role) \(route.method) \(path)")
                    if !isAllowed { #expect(answer.code == "forbidden") }
                }
            }
        }
    }

    /// The names of the northern organization's things.
    private struct Furniture {
        let asset, alarm, model, run, target, delivery, user, apiKey: String

        /// The thing of the kind that a route's `{id}` names.
        func id(at path: String) -> String {
            if path.contains("assets") { return asset }
            if path.contains("training-runs") { return run }
            if path.contains("deliveries") { return delivery }
            if path.contains("delivery-targets") || path.contains("push") { return target }
            if path.contains("users") { return user }
            return path.contains("api-keys") ? apiKey : alarm
        }
    }

    /// Something of everything, in the northern organization.
    private func furnish(
        _ server: TestServer
    ) async throws -> Furniture {
        try await server.prepare()
        let (target, delivery) = try await server.furnishDelivery()
        let alarm = try await TestStream.with(server) { stream in
            _ = try await stream.message()
            try await server.push([150], machine: "north-secret")
            return try await stream.message().json["alarm"]?["id"]?.string ?? ""
        }
        let scope = OrganizationScope(provenFor: server.north.id)
        let asset = try await server.context.stores.assets.list(in: scope)[0].id
        let version = try #require(ModelVersion(hash: String(repeating: "a", count: 64)))
        let model = RegisteredModel(
            version: version,
            manifest: #"{"north-secret":true}"#,
            byteSize: 1,
            path: "/nowhere",
            registeredAt: .t0
        )
        _ = try await server.context.stores.models.register(model, in: scope)
        _ = try await server.context.stores.models.move(
            [AliasMove(.champion, to: version)],
            because: AliasReason(by: "north-secret", reason: "a test"),
            at: .t0,
            in: scope
        )
        try await server.ask(
            "POST",
            "/api/v1/failures",
            as: .northAdmin,
            body: #"{"failures":[{"asset":"north-secret","start":"2026-01-01T00:00:00Z","component":"belt"}]}"#
        )
        try await server.ask(
            "PUT",
            "/api/v1/source",
            as: .northAdmin,
            body: #"{"kind":"sqlite","path":"/srv/scada/north-secret.sqlite","table":"rows"}"#
        )
        let run = try await server.ask("POST", "/api/v1/training-runs", as: .northAdmin, body: "{}")
        try await server.ask(
            "PUT",
            "/api/v1/training-configuration",
            as: .northAdmin,
            body: #"{"components":["north-secret"]}"#
        )
        try await server.ask("PUT", "/api/v1/schedule", as: .northAdmin, body: #"{"cron":"17 3 * * *"}"#)
        let key = try await server.ask(
            "POST",
            "/api/v1/api-keys",
            as: .northAdmin,
            body: #"{"name":"north-secret","permissions":["reading:write"]}"#
        )
        return Furniture(
            asset: asset.description,
            alarm: alarm,
            model: version.hash,
            run: run.json["id"]?.string ?? "",
            target: target,
            delivery: delivery,
            user: try await server.id(of: .northOperator),
            apiKey: key.json["id"]?.string ?? ""
        )
    }

    private static let bodies: [String: String] = [
        "POST /api/v1/users": #"{"email":"new@example.com","password":"long enough","role":"OPERATOR"}"#,
        "PUT /api/v1/users/{id}/role": #"{"role":"ADMIN"}"#,
        "PUT /api/v1/users/{id}/password": #"{"password":"an intruder"}"#,
        "POST /api/v1/api-keys": #"{"name":"a","permissions":["reading:write"]}"#,
        "PUT /api/v1/sign-in-policy": #"{"secondFactorRequired":false}"#,
        "PUT /api/v1/schema": TestServer.schema("south"),
        "PUT /api/v1/source": #"{"kind":"push"}"#,
        "POST /api/v1/readings": "[]",
        "POST /api/v1/failures": #"{"failures":[]}"#,
        "POST /api/v1/alarms/{id}/acknowledge": "{}",
        "POST /api/v1/alarms/{id}/shelve": #"{"minutes":5,"reason":"a test"}"#,
        "PUT /api/v1/suppressions": #"{"kind":"outOfService","reason":"a test"}"#,
        "POST /api/v1/alarms/{id}/feedback": #"{"isAccurate":true}"#,
        "POST /api/v1/models/rollback": #"{"reason":"a test"}"#,
        "POST /api/v1/models/{hash}/deploy": #"{"reason":"a test"}"#,
        "PUT /api/v1/prediction-switch": #"{"predictionEnabled":true}"#,
        "POST /api/v1/training-runs": "{}",
        "POST /api/v1/predictions": #"{"rows":[]}"#,
        "PUT /api/v1/training-configuration": #"{"days":7}"#,
        "PUT /api/v1/schedule": #"{"cron":"@weekly"}"#,
        "PUT /api/v1/delivery-policy": #"{"routes":[]}"#,
        "POST /api/v1/delivery-targets": #"{"name":"a","kind":"email","to":["a@south.example"]}"#,
        "PUT /api/v1/delivery-targets/{id}": #"{"name":"a","kind":"email","to":["a@south.example"]}"#,
    ]

    @Test func `no route shows or touches another organization's things`() async throws {
        try await TestServer.run { server in
            let north = try await furnish(server)
            try await server.prepare(.southAdmin)
            let before = try await state(of: server)
            for route in try await routes(server) where route.isWithinOrganization {
                let key = "\(route.method.rawValue) \(route.path)"
                let path = route.path.replacing("{hash}", with: north.model)
                    .replacing("{id}", with: north.id(at: route.path))
                let isUpload = key == "POST /api/v1/models"
                func ask(_ person: TestServer.Person, _ query: String = "", organization: String? = nil) async throws
                    -> Answer
                {
                    try await server.ask(
                        route.method.rawValue,
                        path + query,
                        as: person,
                        body: isUpload ? "no model" : Self.bodies[key],
                        type: isUpload ? "application/octet-stream" : "application/json",
                        headers: organization.map { ["Eagle-Organization": $0] } ?? [:]
                    )
                }
                // By naming the other organization: as if there were none, whatever the role may do.
                for name in ["north", server.north.id.description] {
                    for person in [TestServer.Person.southAdmin, .southOperator] {
                        let answer = try await ask(person, organization: name)
                        #expect(answer.status == 404, "\(person) \(key) as \(name): \(answer.text)")
                    }
                }
                // By the other's ids.
                if path != route.path {
                    for person in [TestServer.Person.southAdmin, .southOperator] {
                        let answer = try await ask(person)
                        #expect([404, 403].contains(answer.status), "\(person) \(key): \(answer.text)")
                    }
                    let root = try await ask(.root, organization: "south")
                    #expect(root.status == 404, "root \(key): \(root.text)")
                } else if route.method == .get {
                    for query in ["", "?asset=\(north.asset)"] {
                        let answer = try await ask(.southAdmin, query)
                        #expect(!answer.text.contains("north-secret"), "\(key)\(query): \(answer.text)")
                        // What the south itself has asked for by that id is on its own record.
                        let isRecord = route.path.hasPrefix("/api/v1/audit")
                        #expect(isRecord || !answer.text.contains(north.alarm), "\(key)\(query): \(answer.text)")
                    }
                }
            }
            let after = try await state(of: server)
            #expect(before == after)
        }
    }

    /// What the northern organization has, as its admin sees it.
    private func state(of server: TestServer) async throws -> [String] {
        var texts: [String] = []
        for path in [
            "schema", "source", "users", "alarms", "alerts", "failures", "models", "models/ledger", "prediction-switch",
            "training-runs", "training-configuration", "schedule", "suppressions", "failures/corrections", "accuracy",
            "delivery-policy", "delivery-targets", "deliveries", "api-keys", "sign-in-policy",
        ] {
            texts.append(try await server.ask("GET", "/api/v1/\(path)", as: .northAdmin).text)
        }
        return texts
    }

    @Test func `another organization is not there, by id or by name`() async throws {
        try await TestServer.run { server in
            for name in ["south", server.south.id.description, "nowhere", UUID().uuidString] {
                let answer = try await server.ask("GET", "/api/v1/organizations/\(name)", as: .northAdmin)
                #expect(answer.status == 404)
                #expect(answer.json["detail"]?.string == "There is no such organization.")
            }
            for name in ["north", server.north.id.description] {
                let answer = try await server.ask("GET", "/api/v1/organizations/\(name)", as: .northOperator)
                #expect(answer.json["slug"]?.string == "north")
            }
            let header = try await server.ask(
                "GET",
                "/api/v1/alarms",
                as: .northAdmin,
                headers: ["Eagle-Organization": "north"]
            )
            #expect(header.status == 200)
        }
    }

    @Test func `a super admin runs all organizations, and has to say which he means`() async throws {
        try await TestServer.run { server in
            let created = try await server.ask(
                "POST",
                "/api/v1/organizations",
                as: .root,
                body: #"{"slug":"east","name":"East Works"}"#
            )
            #expect(created.status == 201)
            let again = try await server.ask(
                "POST",
                "/api/v1/organizations",
                as: .root,
                body: #"{"slug":"east","name":"East Works"}"#
            )
            #expect(again.status == 409)
            let first = try await server.ask("GET", "/api/v1/organizations?limit=2", as: .root)
            #expect(first.items.compactMap { $0["slug"]?.string } == ["east", "north"])
            let next = first.json["next"]?.string ?? ""
            let second = try await server.ask("GET", "/api/v1/organizations?limit=2&after=\(next)", as: .root)
            #expect(second.items.compactMap { $0["slug"]?.string } == ["south"])
            #expect(second.json["next"] == nil)
            let unnamed = try await server.ask("GET", "/api/v1/alarms", as: .root)
            #expect(unnamed.code == "organization_required")
            let named = try await server.ask(
                "POST",
                "/api/v1/users",
                as: .root,
                body: #"{"email":"first@east.example","password":"long enough","role":"ADMIN"}"#,
                headers: ["Eagle-Organization": "east"]
            )
            #expect(named.status == 201)
            let login = try await server.ask(
                "POST",
                "/api/v1/auth/login",
                body: #"{"email":"FIRST@east.example","password":"long enough"}"#
            )
            #expect(login.json["user"]?["organization"]?["slug"]?.string == "east")
        }
    }

    @Test func `an admin makes users for his own organization, and no super admin`() async throws {
        try await TestServer.run { server in
            func create(_ body: String) async throws -> Answer {
                try await server.ask("POST", "/api/v1/users", as: .northAdmin, body: body)
            }
            let made = try await create(#"{"email":"new@example.com","password":"long enough","role":"OPERATOR"}"#)
            #expect(made.status == 201)
            let taken = try await create(#"{"email":"NEW@example.com","password":"long enough","role":"ADMIN"}"#)
            #expect(taken.status == 409)
            let root = try await create(#"{"email":"r@example.com","password":"long enough","role":"SUPER_ADMIN"}"#)
            #expect(root.status == 422)
            let short = try await create(#"{"email":"s@example.com","password":"short","role":"ADMIN"}"#)
            #expect(short.status == 422)
            let unknown = try await create(#"{"email":"s@example.com","password":"long enough","role":"KING"}"#)
            #expect(unknown.errorPath == "role")
            let users = try await server.ask("GET", "/api/v1/users", as: .northAdmin)
            let addresses = users.items.compactMap { $0["email"]?.string }
            #expect(addresses.contains("new@example.com"))
            #expect(!users.text.contains("south"))
            #expect(!users.text.contains("scrypt"))
        }
    }
}
