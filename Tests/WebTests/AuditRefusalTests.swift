import Database
import Foundation
import Logging
import Plant
import Storage
import Synchronization
import TestSupport
import Testing
import Trust

@testable import Web

/// Refusals on their way into the chains, where something is in their way.
@Suite struct AuditRefusalTests {
    private static let system = SystemScope(for: .login)

    private func trail(_ server: TestServer) -> AuditTrail {
        AuditTrail(
            stores: server.context.stores,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { server.clock.now }
        )
    }

    @Test func `those of an organization that is no more are let go, and others' wait for the store`() async throws {
        try await TestServer.run { server in
            let trail = trail(server)
            func deny(in organization: ID<Organization>) {
                let principal = Principal(user: ID(UUID()), organization: organization, role: .operator)
                trail.noteDenial(AuthorizationError(.forbidden), to: principal, ["route": "/x"])
            }
            func waiting() -> Int {
                trail.state.withLock { state in
                    let counts = state.denials.take(at: server.clock.now)
                    for count in counts { state.denials.putBack(count) }
                    return counts.count
                }
            }
            deny(in: ID(UUID()))
            deny(in: server.north.id)
            server.database.fail(at: Set((1...1_000).map { .commit($0) }))
            await trail.writeRefusals(in: Self.system)
            server.database.fail(at: [])
            // The one that is gone is known by its organization, not by what the store says of it.
            #expect(waiting() == 1)
            await trail.writeRefusals(in: Self.system)
            #expect(waiting() == 0)
            let north = OrganizationScope(provenFor: server.north.id)
            let filter = AuditFilter(action: .accessDenied)
            let denied = try await server.context.stores.audit.page(filter, limit: 9, in: north).elements
            #expect(denied.count == 1)
        }
    }

    @Test func `tries on more accounts than are counted one by one are counted together`() async throws {
        try await TestServer.run { server in
            let trail = trail(server)
            trail.state.withLock { $0.refusedLogins = AuditTally(keyCountMax: 2) }
            for name in 1...5 {
                trail.noteRefusedLogin(account: "nobody-\(name)@example.com", .wrongPassword, from: "10.0.0.1")
            }
            await trail.writeRefusals(in: Self.system)
            let page = try await server.context.stores.audit.page(
                AuditFilter(action: .login),
                limit: 9,
                in: Self.system
            )
            let counts = page.elements.map { "\($0.metadata["reason"] ?? "") \($0.metadata["count"] ?? "")" }
            #expect(Set(counts) == ["unknownAccount 2", "manyAccounts 3"])
        }
    }
}
