import Foundation
import Plant
import Synchronization
import TestSupport
import Testing

@testable import Web

/// What several organizations do at once on one server is, for each of them, what it would be alone.
///
/// A failing seed is printed, and `EAGLE_SEED` runs it again.
@Suite(.timeLimit(.minutes(60))) struct ManyOrganizationsTests {
    private static let slugs = ["aurora", "borealis", "cirrus", "dorado"]
    private static let roundCount = 24

    /// How an organization's day ended.
    private struct Day: Sendable {
        let log: [String]
        let view: WholeView
    }

    private static var seeds: [UInt64] {
        ProcessInfo.processInfo.environment["EAGLE_SEED"].flatMap { UInt64($0) }.map { [$0] } ?? [1, 2]
    }

    @Test(arguments: seeds)
    func `each of several organizations sees what it would see alone`(seed: UInt64) async throws {
        let together = try await days(of: Self.slugs, seed: seed)
        var predictingCount = 0
        for slug in Self.slugs {
            let alone = try await days(of: [slug], seed: seed)
            let (shared, own) = (try #require(together[slug]), try #require(alone[slug]))
            for (left, right) in zip(shared.log, own.log) where left != right {
                Issue.record("EAGLE_SEED=\(seed): \(slug) was answered\n  \(left)\nand alone\n  \(right)")
            }
            #expect(shared.log.count == own.log.count, "EAGLE_SEED=\(seed): \(slug)")
            #expect(shared.log.count > Self.roundCount / 2)
            let predictions = shared.view.texts.filter { $0.key.hasPrefix("predictions of ") }.values
            if predictions.contains(where: { $0.contains("probability:") }) { predictingCount += 1 }
            let differences = shared.view.differences(from: own.view)
            #expect(differences == [], "EAGLE_SEED=\(seed): \(slug)")
            // And of the others nothing at all.
            for other in Self.slugs where other != slug {
                let texts = shared.view.texts.values.filter { $0.contains(other) }
                #expect(texts == [], "EAGLE_SEED=\(seed): \(slug) sees \(other)")
            }
        }
        // Not each pushes rows while its model serves; most do.
        #expect(predictingCount >= Self.slugs.count / 2)
    }

    /// Lets some of the organizations act, all in each round at once; time goes on between rounds, for all alike.
    private func days(of acting: [String], seed: UInt64) async throws -> [String: Day] {
        var limits = TestServer.limits
        limits.accessTokenLifetime = .seconds(7 * 86_400)
        let ended = Mutex<[String: Day]>([:])
        try await TestServer.run(limits: limits) { server in
            var scripts: [TenantScript] = []
            for (index, slug) in Self.slugs.enumerated() {
                let tenant = try await Self.tenant(slug, server)
                guard acting.contains(slug) else { continue }
                scripts.append(
                    TenantScript(
                        server,
                        tenant: tenant,
                        other: Self.slugs[(index + 1) % Self.slugs.count],
                        model: StumpModel(
                            organization: slug,
                            scores: (below: -3 + Double(index) / 4, above: 1 + Double(index) / 4)
                        ),
                        seed: seed &* 1_000 &+ UInt64(index)
                    )
                )
            }
            for _ in 0..<Self.roundCount {
                scripts = try await withThrowingTaskGroup(of: TenantScript.self) { group in
                    for script in scripts {
                        group.addTask {
                            var script = script
                            try await script.step()
                            return script
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                server.clock.advance(by: .seconds(20))
            }
            for script in scripts {
                let day = Day(log: script.log, view: try await script.view())
                ended.withLock { $0[script.slug] = day }
            }
        }
        return ended.withLock { $0 }
    }

    /// Makes an organization, and signs its admin in.
    private static func tenant(_ slug: String, _ server: TestServer) async throws -> TenantScript.Tenant {
        let made = try await server.ask(
            "POST",
            "/api/v1/organizations",
            as: .root,
            body: #"{"slug":"\#(slug)","name":"\#(slug) works"}"#
        )
        #expect(made.status == 201)
        let credentials = #""email":"admin@\#(slug).example","password":"long enough""#
        let user = try await server.ask(
            "POST",
            "/api/v1/users",
            as: .root,
            body: #"{\#(credentials),"role":"ADMIN"}"#,
            headers: ["Eagle-Organization": slug]
        )
        #expect(user.status == 201)
        let login = try await server.ask("POST", "/api/v1/auth/login", body: "{\(credentials)}")
        return TenantScript.Tenant(
            slug: slug,
            id: try #require(made.json["id"]?.string.flatMap { ID<Organization>($0) }),
            token: try #require(login.json["accessToken"]?.string)
        )
    }
}
