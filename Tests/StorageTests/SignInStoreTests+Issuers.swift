import Database
import FoundationEssentials
import Plant
import Storage
import TestSupport
import Testing
import Trust

/// Whom an issuer brings, and what it makes of them.
extension SignInStoreTests {
    private func signIn(
        _ subject: String,
        _ email: String,
        _ world: World,
        as role: Role? = nil,
        making: Role? = nil,
        in scope: OrganizationScope? = nil
    ) async throws -> OpenIDOutcome {
        try await world.stores.openIDLinks.signIn(
            OpenIDIdentity(issuer: Self.issuer, subject: subject, email: email),
            as: role,
            orMaking: try making.map { OpenIDLinkStore.NewUser(role: $0, passwordHash: try hash()) },
            at: .t0,
            in: scope ?? world.north
        )
    }

    @Test(arguments: Engine.allCases)
    func `somebody is found by his address once, and by his link from then on`(engine: Engine) async throws {
        let world = try await World(engine)
        let ann = try await user("Ann@example.com", world)
        #expect(try await signIn("s1", "ann@EXAMPLE.com", world) == .known(ann.id))
        #expect(try await signIn("s1", "ann.married@example.com", world) == .known(ann.id))
        #expect(try await world.stores.openIDLinks.issuers(of: ann.id, in: world.north) == [Self.issuer])
        // Whoever gets her address later is not her.
        #expect(try await signIn("s2", "ann@example.com", world, as: .admin) == .refused)
        #expect(try await world.stores.users.byID(ann.id, in: world.north)?.role == .operator)
        #expect(try await world.stores.openIDLinks.remove(of: ann.id, in: world.south) == 0)
        #expect(try await world.stores.openIDLinks.remove(of: ann.id, in: world.north) == 1)
        #expect(try await signIn("s2", "ann@example.com", world) == .known(ann.id))
    }

    @Test(arguments: Engine.allCases)
    func `nobody is made unless that is wanted`(engine: Engine) async throws {
        let world = try await World(engine)
        _ = try await user("boss@example.com", world, role: .admin)
        #expect(try await signIn("s1", "new@example.com", world) == .unknown)
        guard case .known(let id) = try await signIn("s1", "new@example.com", world, making: .admin) else {
            Issue.record("nobody was made")
            return
        }
        let made = try #require(try await world.stores.users.byID(id, in: world.north))
        #expect(made.role == .admin && made.email == "new@example.com")
        #expect(try await signIn("s1", "new@example.com", world, making: .operator) == .known(id))
        #expect(try await world.stores.users.byID(id, in: world.north)?.role == .admin)
        #expect(try await signIn("s1", "new@example.com", world, as: .operator) == .known(id))
        #expect(try await world.stores.users.byID(id, in: world.north)?.role == .operator)
        // The same once more changes nothing, and is not written down.
        #expect(try await signIn("s1", "new@example.com", world, as: .operator) == .known(id))
        let entries = try await world.stores.audit.page(limit: 100, in: world.north).elements
        let said = entries.map { [$0.metadata["change"], $0.metadata["role"]] }
        #expect(said == [["role", "OPERATOR"], ["made", "ADMIN"]])
        #expect(entries.allSatisfy { $0.resource == "accounts/\(id)" && $0.action == AuditAction.config.rawValue })
        #expect(try await world.stores.audit.page(limit: 100, in: world.south).elements.isEmpty)
        #expect(try await signIn("s9", "x@example.com", world, making: .superAdmin) == .refused)
        #expect(try await signIn("s1", "new@example.com", world, as: .superAdmin) == .refused)
    }

    @Test(arguments: Engine.allCases)
    func `the last admin who can sign in stays one, whatever the issuer makes of him`(engine: Engine) async throws {
        let world = try await World(engine)
        let users = world.stores.users
        let ann = try await user("ann@example.com", world, role: .admin)
        let bob = try await user("bob@example.com", world, role: .admin)
        _ = try await user("boss@example.com", world, role: .admin, in: world.south)
        _ = try await users.disable(bob.id, at: .t0, in: world.north)
        // By his address, and by his link.
        for _ in 0..<2 {
            #expect(try await signIn("s1", "ann@example.com", world, as: .operator) == .lastAdmin(ann.id))
            #expect(try await users.byID(ann.id, in: world.north) == ann)
        }
        #expect(try await signIn("s1", "ann@example.com", world, as: .admin) == .known(ann.id))
        let refused = try await world.stores.audit.page(limit: 100, in: world.north).elements
        let said = [
            "change": "role", "role": "OPERATOR", "means": "issuer", "outcome": "refused", "reason": "lastAdmin",
        ]
        #expect(refused.map(\.metadata) == [said, said])
        #expect(refused.allSatisfy { $0.resource == "accounts/\(ann.id)" && $0.action == "CONFIG" })
        // Somebody else can run it now.
        _ = try await users.enable(bob.id, at: .t0, in: world.north)
        #expect(try await signIn("s1", "ann@example.com", world, as: .operator) == .known(ann.id))
        #expect(try await users.byID(ann.id, in: world.north)?.role == .operator)
        #expect(try await signIn("s2", "bob@example.com", world, as: .operator) == .lastAdmin(bob.id))
    }

    @Test(arguments: Engine.allCases)
    func `of two admins whom the issuer demotes at once one stays`(engine: Engine) async throws {
        let world = try await World(engine)
        let ann = try await user("ann@example.com", world, role: .admin)
        let bob = try await user("bob@example.com", world, role: .admin)
        async let first = signIn("s1", "ann@example.com", world, as: .operator)
        async let second = signIn("s2", "bob@example.com", world, as: .operator)
        let outcomes = try await [first, second]
        #expect(outcomes.map(\.user) == [ann.id, bob.id])
        #expect(outcomes.count { $0 == .lastAdmin(ann.id) || $0 == .lastAdmin(bob.id) } == 1)
        let roles = try await world.stores.users.list(in: world.north).map(\.role)
        #expect(Set(roles) == [.admin, .operator])
    }

    @Test(arguments: Engine.allCases)
    func `an organization's issuer reaches neither another's users nor super admins`(engine: Engine) async throws {
        let world = try await World(engine)
        let bob = try await user("bob@example.com", world, in: world.south)
        let root = try await world.stores.users.create(
            email: "root@example.com",
            passwordHash: hash(),
            role: .superAdmin,
            organization: nil,
            at: .t0,
            in: world.system
        )
        for email in ["bob@example.com", "root@example.com"] {
            #expect(try await signIn("s1", email, world) == .unknown)
            #expect(try await signIn("s1", email, world, as: .admin, making: .admin) == .refused)
        }
        // Of the same issuer and subject, each organization has its own.
        #expect(try await signIn("s1", "bob@example.com", world, in: world.south) == .known(bob.id))
        #expect(try await signIn("s1", "bob@example.com", world) == .unknown)
        #expect(try await world.stores.users.byID(bob.id, in: world.south) == bob)
        #expect(try await world.stores.users.byID(root.id, in: world.system) == root)
        #expect(try await world.stores.users.count(in: world.system) == 2)
    }
}
