import Database
import Foundation
import Plant
import Storage
import Synchronization
import TestSupport
import Testing
import Trust

@testable import Web

@Suite struct StandingsTests {
    private let principal = Principal(user: ID(UUID()), organization: ID(UUID()), role: .admin, session: ID(UUID()))

    private func standing(_ role: Role) -> Standings.Standing {
        Standings.Standing(
            principal: Principal(
                user: ID(UUID()),
                organization: ID(UUID()),
                role: role,
                session: ID(UUID())
            )
        )
    }

    @Test func `the store is asked once, until what it said is old or something changed`() async throws {
        let standings = Standings(ageMax: .seconds(1))
        let bearer = Standings.Bearer.session(ID(UUID()))
        let readCount = Mutex(0)
        func ask(_ second: Int) async throws {
            _ = try await standings.standing(of: bearer, at: .t0 + .seconds(second)) {
                readCount.withLock { $0 += 1 }
                return standing(.admin)
            }
        }
        for _ in 0..<3 { try await ask(0) }
        #expect(readCount.withLock { $0 } == 1)
        try await ask(1)
        #expect(readCount.withLock { $0 } == 2)
        standings.changed(.session(ID(UUID())))
        try await ask(1)
        #expect(readCount.withLock { $0 } == 3)
        // A clock that was set back makes nothing young again.
        try await ask(0)
        #expect(readCount.withLock { $0 } == 4)
    }

    @Test func `what was read before a change is not remembered after it`() async throws {
        let standings = Standings(ageMax: .seconds(1))
        let bearer = Standings.Bearer.session(ID(UUID()))
        _ = try await standings.standing(of: bearer, at: .t0) {
            standings.changed(.session(ID(UUID())))
            return standing(.admin)
        }
        let after = try await standings.standing(of: bearer, at: .t0) { standing(.operator) }
        #expect(after?.principal.role == .operator)
    }

    @Test func `who may not come in is not remembered, and no more than it may is`() async throws {
        let standings = Standings(ageMax: .seconds(1), countMax: 2)
        let bearers = (0..<5).map { _ in Standings.Bearer.apiKey(ID(UUID())) }
        #expect(try await standings.standing(of: bearers[0], at: .t0) { nil } == nil)
        #expect(try await standings.standing(of: bearers[0], at: .t0) { standing(.admin) } != nil)
        for bearer in bearers { _ = try await standings.standing(of: bearer, at: .t0) { standing(.admin) } }
        let first = try await standings.standing(of: bearers[0], at: .t0) { nil }
        #expect(first == nil)
    }

    @Test func `a change tells those whom it concerns, and no others`() async {
        let session = principal.session
        let (user, other) = (principal.user ?? ID(UUID()), ID<User>(UUID()))
        let machine = Principal(apiKey: ID(UUID()), organization: ID(UUID()), limitedTo: [.readAlarms])
        #expect(Standings.Change.user(user, but: nil).concerns(principal))
        #expect(!Standings.Change.user(user, but: session).concerns(principal))
        #expect(Standings.Change.user(user, but: ID(UUID())).concerns(principal))
        #expect(!Standings.Change.user(other, but: nil).concerns(principal))
        #expect(!Standings.Change.user(user, but: nil).concerns(machine))
        #expect(!Standings.Change.session(ID(UUID())).concerns(principal))
        let standings = Standings(ageMax: .seconds(1))
        var changes = standings.changes(of: principal).makeAsyncIterator()
        standings.changed(.user(other, but: nil))
        standings.changed(.user(user, but: nil))
        #expect(await changes.next() != nil)
    }
}

/// Counted, not timed.
@Suite struct SignInCostTests {
    private static let brought = "$2b$05$abcdefghijklmnopqrstuuNDSgVRwaUBe2Ug2PuWXJVdrjHP4bQXS"

    private func bring(_ server: TestServer) async throws -> User {
        let account = ImportedAccount(
            email: "brought@example.com",
            role: .operator,
            password: try BcryptHash(text: Self.brought)
        )
        let scope = OrganizationScope(provenFor: server.north.id)
        return try await server.context.stores.users.bring([account], at: .t0, in: scope)[0]
    }

    @Test func `a wrong password costs one scrypt, whoever's it is, and so does nobody's`() async throws {
        try await TestServer.run { server in
            let scope = OrganizationScope(provenFor: server.north.id)
            let disabled = try #require(ID<User>(try await server.id(of: .northOperator)))
            _ = try await server.context.stores.users.disable(disabled, at: .t0, in: scope)
            for hasImported in [false, true] {
                if hasImported { _ = try await bring(server) }
                let sessions = try await Sessions(context: server.context)
                func cost(_ email: String, _ password: String) async throws -> PasswordCheck.Work {
                    let before = sessions.passwords.work
                    await #expect(throws: Problem.self) {
                        try await sessions.login(email: email, password: password, from: LoginOrigin())
                    }
                    let after = sessions.passwords.work
                    var work = PasswordCheck.Work()
                    work.scryptCount = after.scryptCount - before.scryptCount
                    work.bcryptRoundCount = after.bcryptRoundCount - before.bcryptRoundCount
                    return work
                }
                let costs = [
                    try await cost("nobody@example.com", "not the password"),
                    try await cost(server.email(of: .northAdmin), "not the password"),
                    try await cost(server.email(of: .northOperator), "not the password"),
                    try await cost(server.email(of: .northOperator), TestServer.password),
                    try await cost("brought@example.com", "not the password"),
                ]
                for work in costs {
                    #expect(work.scryptCount == 1)
                    #expect(work.bcryptRoundCount == (hasImported ? 32 : 0))
                }
                try await sessions.passwords.close()
            }
        }
    }

    @Test func `who was brought along signs in with his password, and is hashed with scrypt from then on`() async throws
    {
        try await TestServer.run { server in
            let user = try await bring(server)
            func login() async throws -> Answer {
                try await server.ask(
                    "POST",
                    "/api/v1/auth/login",
                    body: #"{"email":"BROUGHT@example.com","password":"password-two"}"#
                )
            }
            #expect(try await login().status == 200)
            let scope = SystemScope(for: .test)
            let account = try #require(try await server.context.stores.users.account(of: user.id, in: scope))
            #expect(account.password.text.hasPrefix("$scrypt$"))
            #expect(try await server.context.stores.users.importedCost(in: scope) == nil)
            #expect(try await login().status == 200)
        }
    }

    @Test func `whose hash can't be renewed at the moment is let in all the same, and renewed later`() async throws {
        try await TestServer.run { server in
            let user = try await bring(server)
            func login() async throws -> Answer {
                let body = #"{"email":"brought@example.com","password":"password-two"}"#
                return try await server.ask("POST", "/api/v1/auth/login", body: body)
            }
            server.database.fail(at: [.commit(1)])
            #expect(try await login().status == 200)
            server.database.fail(at: [])
            #expect(try await login().status == 200)
            let scope = SystemScope(for: .test)
            let account = try #require(try await server.context.stores.users.account(of: user.id, in: scope))
            #expect(account.password.text.hasPrefix("$scrypt$"))
        }
    }

    @Test func `what asks for a password costs one scrypt at each of its doors, whoever's it is`() async throws {
        try await TestServer.run { server in
            let sessions = try await Sessions(context: server.context)
            let origin = LoginOrigin()
            for email in ["nobody@example.com", server.email(of: .northAdmin), server.email(of: .root)] {
                let doors: [() async throws -> Void] = [
                    { _ = try await sessions.enrolSecondFactor(email: email, password: "not it", from: origin) },
                    {
                        _ = try await sessions.confirmSecondFactor(
                            email: email,
                            password: "not it",
                            code: "123456",
                            from: origin
                        )
                    },
                    {
                        try await sessions.removeSecondFactor(
                            email: email,
                            password: "not it",
                            code: "123456",
                            from: origin
                        )
                    },
                ]
                for door in doors {
                    let before = sessions.passwords.work.scryptCount
                    await #expect(throws: Problem.self) { try await door() }
                    #expect(sessions.passwords.work.scryptCount == before + 1)
                }
            }
            try await sessions.passwords.close()
        }
    }
}
