import Alarms
import Database
import Foundation
import Hummingbird
import Models
import Plant
import Storage
import TestSupport
import Testing
import Trust
import Verification

@testable import Web

/// What a buyer does with `eagle verify isolation`, against the server of these tests.
@Suite struct IsolationMatrixTests {
    /// Walks the contract, and whatever is added to it.
    private func walk(_ server: TestServer, adding paths: String = "") async throws -> IsolationReport {
        let text = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
        var options = IsolationWalk.Options(email: server.email(of: .root), password: TestServer.password)
        options.contract = text.replacing("\npaths:\n", with: "\npaths:\n\(paths)")
        options.settling = .zero
        options.patience = .seconds(300)
        options.expiredToken = try await expiredToken(server)
        let walk = IsolationWalk(
            client: try APIClient(server: ServerAddress(host: "127.0.0.1", port: server.port)),
            options: options,
            onFurnished: { try await addModel(to: $0.theirs, $0.secret, server) }
        )
        return try await server.withEraser {
            try await walk.run()
            await walk.cleanUp()
            let report = await walk.result
            for slug in report.organizations where report.leftBehind.isEmpty {
                let erasure = try await server.ask("GET", "/api/v1/organizations/\(slug)/erasure", as: .root)
                #expect(erasure.json["state"]?.string == "ENDED", "\(slug): \(erasure.text)")
            }
            return report
        }
    }

    /// The clock stands still here: what is used up stays so.
    private static func plenty() throws -> QuotaSettings {
        try QuotaSettings([.requestsPerSecond: 1_000_000, .requestsBurst: 10_000_000])
    }

    private func expiredToken(_ server: TestServer) async throws -> String {
        let issuer = await AccessTokens(key: server.context.signingKey, lifetime: .seconds(60))
        let users = try await server.context.stores.users.list(in: OrganizationScope(provenFor: server.north.id))
        let user = try #require(users.first)
        return try await issuer.issue(for: user.principal, at: .t0 - .seconds(3_600)).text
    }

    /// A model that only organization B has.
    private func addModel(to organization: String, _ secret: String, _ server: TestServer) async throws {
        let scope = OrganizationScope(provenFor: try #require(ID(organization)))
        let version = try #require(ModelVersion(hash: String(repeating: "7b", count: 32)))
        let model = RegisteredModel(
            version: version,
            manifest: #"{"\#(secret)":true}"#,
            byteSize: 1,
            path: "/nowhere/\(secret)",
            registeredAt: .t0
        )
        _ = try await server.context.stores.models.register(model, in: scope)
        _ = try await server.context.stores.models.move(
            [AliasMove(.champion, to: version)],
            because: AliasReason(by: secret, reason: secret),
            at: .t0,
            in: scope
        )
    }

    @Test(.timeLimit(.minutes(20)))
    func `the walk covers every operation of the contract, and finds nothing`() async throws {
        try await TestServer.run(quotas: try Self.plenty()) { server in
            let report = try await walk(server)
            for finding in report.findings { Issue.record("\(finding)") }
            #expect(report.coveragePercent == 100)
            #expect(report.unreached.isEmpty)
            #expect(report.isIsolated)
            // Counted by another reader of the contract.
            #expect(Set(report.operations.map { "\($0.method) \($0.path)" }) == server.contract.operations)
            #expect(report.operations.allSatisfy { $0.requestCount > 0 })
            let asked = Dictionary(uniqueKeysWithValues: report.identities.map { ($0.name, $0.requests) })
            for identity in Identity.allCases where identity != .apiKey || hasAPIKeys(server) {
                #expect(asked[identity.rawValue] ?? 0 > 20, "\(identity.rawValue)")
            }
            if server.contract.operations.contains("DELETE /api/v1/organizations/{id}") {
                #expect(report.leftBehind == [])
            }
            // Something of everything was there to be seen.
            for collection in ["assets", "alarms", "training-runs", "delivery-targets", "models/{hash}"] {
                let isMissing = report.notExercised.contains {
                    $0.contains("/api/v1/\(collection)") && $0.contains("has none")
                }
                #expect(!isMissing, "\(collection): \(report.notExercised)")
            }
            #expect(!report.notExercised.contains { $0.contains("stream") }, "\(report.notExercised)")
        }
    }

    private func hasAPIKeys(_ server: TestServer) -> Bool {
        server.contract.operations.contains { $0.hasPrefix("POST ") && $0.hasSuffix("api-keys") }
    }

    // MARK: - Seeded faults

    private static func seeded(_ path: String, _ parameters: String) -> String {
        """
          \(path):
            parameters: [{$ref: "#/components/parameters/organization"}]
            get:
              operationId: seeded
              summary: A fault.
              parameters: [\(parameters)]
              responses:
                "200": {description: It., content: {application/json: {schema: {type: object}}}}

        """
    }

    private struct Seeded: Encodable { let asset: String }

    @Test(.timeLimit(.minutes(20)))
    func `a route that forgets its scope is caught and named`() async throws {
        let path = "/api/v1/seeded-notes/{id}"
        try await TestServer.run(
            quotas: try Self.plenty(),
            addedRoutes: { _ in
                [Route(.get, path, .organization(.readAlarms, { call, _ in try await Self.anybodysAlarm(call) }))]
            },
            { server in
                let parameter = ##"{$ref: "#/components/parameters/id"}"##
                let report = try await walk(server, adding: Self.seeded(path, parameter))
                let found = report.findings.filter { $0.place == "GET \(path)" }
                #expect(found.contains { $0.kind == .answered && $0.aim == Aim.foreignPath.rawValue })
                #expect(found.contains { $0.kind == .leak })
                #expect(report.findings.allSatisfy { $0.place == "GET \(path)" }, "\(report.findings)")
                #expect(!report.isIsolated)
            }
        )
    }

    /// Looks through all organizations, whoever asks.
    private static func anybodysAlarm(_ call: Call) async throws -> Response {
        let stores = call.context.stores
        for organization in try await stores.organizations.all(in: SystemScope(for: .test)) {
            let scope = OrganizationScope(provenFor: organization.id)
            guard let alarm = try await stores.alarms.byID(try call.id("alarm"), in: scope) else { continue }
            return try .json(Seeded(asset: alarm.asset))
        }
        throw Problem.notFound("alarm")
    }

    @Test(.timeLimit(.minutes(20)))
    func `a store that looks things up by id alone is caught and named, whatever is wrapped around it`() async throws {
        let path = "/api/v1/seeded-asset"
        try await TestServer.run(
            quotas: try Self.plenty(),
            addedRoutes: { _ in
                [
                    Route(
                        .get,
                        path,
                        .organization(.readAssets, { call, member in try await AssetWrapper(call, member).answer() })
                    )
                ]
            },
            { server in
                let parameter = "{name: asset, in: query, required: true, schema: {type: string, format: uuid}}"
                let report = try await walk(server, adding: Self.seeded(path, parameter))
                let found = report.findings.filter { $0.place == "GET \(path)" }
                #expect(found.contains { $0.kind == .answered && $0.aim == Aim.foreignNames.rawValue })
                #expect(found.contains { $0.kind == .leak && $0.found.contains("a name") })
                #expect(report.findings.allSatisfy { $0.place == "GET \(path)" }, "\(report.findings)")
            }
        )
    }

    /// Takes a scope, and forgets it one call further down.
    private struct AssetWrapper: Sendable {
        let call: Call
        let member: Member

        init(_ call: Call, _ member: Member) {
            self.call = call
            self.member = member
        }

        func answer() async throws -> Response {
            let id: ID<Asset>? = try call.query.id("asset")
            guard let id, let name = try await name(of: id) else { throw Problem.notFound("asset") }
            return try .json(Seeded(asset: name))
        }

        private func name(of id: ID<Asset>) async throws -> String? {
            try await call.context.stores.database.query("SELECT name FROM asset WHERE id = \(id)").first?.decode(
                "name"
            )
        }
    }
}
