import Plant
import Storage
import Synchronization
import TestSupport
import Testing
import Trust

@testable import Web

/// Whom an organization's issuer may name, and what he may make of him.
@Suite(.timeLimit(.minutes(60))) struct OpenIDIsolationTests {
    @Test func `a provider of one organization signs in neither a user of another nor a super admin`() async throws {
        for newUsers in [nil, Role.admin] {
            try await SignInPlace.run(newUsers: newUsers, roles: ["all": .admin]) { place in
                place.issuer.set { $0.claims = ["groups": "[\"all\"]"] }
                let users = place.server.context.stores.users
                let strangers: [TestServer.Person] = [.southAdmin, .southOperator, .root]
                for person in strangers {
                    let email = place.server.email(of: person)
                    let before = try await users.byEmail(email, in: SystemScope(for: .test))?.user
                    for written in [email, email.uppercased()] {
                        let outcome = try await place.signIn(written, as: "s-\(person)")
                        #expect(outcome.user == nil)
                        #expect(outcome.failure == "not_allowed")
                    }
                    #expect(try await users.byEmail(email, in: SystemScope(for: .test))?.user == before)
                }
                let own = try await place.signIn(place.server.email(of: .southAdmin), as: "s1", by: "south-sso")
                #expect(own.user?["organization"]?["slug"]?.string == "south")
                // The same somebody at the same issuer, by the other organization's provider.
                let same = try await place.signIn(place.server.email(of: .southAdmin), as: "s1")
                #expect(same.failure == "not_allowed")
                let named = try await place.signIn(place.server.email(of: .northOperator), as: "s1")
                #expect(named.user?["organization"]?["slug"]?.string == "north")
            }
        }
    }

    @Test func `somebody is linked by his verified address once, and keeps his place when it changes`() async throws {
        try await SignInPlace.run { place in
            let first = try await place.signIn("northOperator@example.com", as: "s1")
            let again = try await place.signIn("married@example.com", as: "s1")
            #expect(first.user?["id"] == again.user?["id"])
            let heir = try await place.signIn("northOperator@example.com", as: "s2")
            #expect(heir.failure == "not_allowed")
            let id = first.user?["id"]?.string ?? ""
            let path = "/api/v1/users/\(id)/openid"
            #expect(try await place.server.ask("DELETE", path, as: .southAdmin).status == 404)
            #expect(try await place.server.ask("DELETE", path, as: .northOperator).status == 403)
            #expect(try await place.server.ask("DELETE", path, as: .northAdmin).status == 204)
            #expect(try await place.server.ask("DELETE", path, as: .northAdmin).status == 404)
            #expect(try await place.signIn("northOperator@example.com", as: "s2").failure == nil)
        }
    }

    @Test func `new users are made where that is set, with the role that is set, and without a password`() async throws
    {
        try await SignInPlace.run(newUsers: .operator) { place in
            let made = try await place.signIn("new@example.com", as: "s1")
            #expect(made.user?["role"]?.string == "OPERATOR")
            #expect(made.user?["organization"]?["slug"]?.string == "north")
            let again = try await place.signIn("new@example.com", as: "s1")
            #expect(again.user?["id"] == made.user?["id"])
            for password in ["", "password", "a good password"] {
                let login = try await place.server.ask(
                    "POST",
                    "/api/v1/auth/login",
                    body: #"{"email":"new@example.com","password":"\#(password)"}"#
                )
                #expect(login.code == "invalid_credentials")
            }
        }
    }

    @Test func `the issuer says of roles where that is set, and nobody comes in without one`() async throws {
        let roles: [String: Role] = ["bosses": .admin, "shift": .operator]
        try await SignInPlace.run(newUsers: .operator, roles: roles) { place in
            for (groups, role) in [("shift", "OPERATOR"), ("bosses", "ADMIN"), ("shift", "OPERATOR")] {
                place.issuer.set { $0.claims = ["groups": "[\"\(groups)\",\"others\"]"] }
                let user = try await place.signIn("northOperator@example.com", as: "s1").user
                #expect(user?["role"]?.string == role)
            }
            for groups in ["[]", "[\"others\"]", "null"] {
                place.issuer.set { $0.claims = ["groups": groups] }
                #expect(try await place.signIn("northOperator@example.com", as: "s1").failure == "not_allowed")
                #expect(try await place.signIn("new@example.com", as: "s2").failure == "not_allowed")
            }
        }
    }

    @Test func `the last admin signs in as one, whatever his issuer makes of him, and it is said why`() async throws {
        let book = LogBook()
        let roles: [String: Role] = ["bosses": .admin, "shift": .operator]
        try await SignInPlace.run(roles: roles, logger: book.logger()) { place in
            func role(of person: TestServer.Person, in group: String) async throws -> String? {
                place.issuer.set { $0.claims = ["groups": "[\"\(group)\"]"] }
                let email = place.server.email(of: person)
                return try await place.signIn(email, as: "s-\(person)").user?["role"]?.string
            }
            #expect(try await role(of: .northAdmin, in: "shift") == "ADMIN")
            #expect(book.text.contains("last ADMIN"))
            let scope = OrganizationScope(provenFor: place.server.north.id)
            let entries = try await place.server.context.stores.audit.page(limit: 100, in: scope).elements
            let said = entries.map(\.metadata).filter { $0["means"] == "issuer" }
            #expect(said.map { $0["outcome"] } == ["refused"])
            #expect(said.map { $0["reason"] } == ["lastAdmin"])
            // With another admin beside him he is one no longer.
            #expect(try await role(of: .northOperator, in: "bosses") == "ADMIN")
            #expect(try await role(of: .northAdmin, in: "shift") == "OPERATOR")
        }
    }

    @Test func `where a second factor is asked of the issuer, he has to say that there was one`() async throws {
        try await SignInPlace.run(requiresSecondFactor: true) { place in
            let plain = try await place.signIn("northOperator@example.com")
            #expect(plain.failure == "second_factor_missing")
            place.issuer.set { $0.claims = ["amr": "[\"pwd\",\"mfa\"]"] }
            #expect(try await place.signIn("northOperator@example.com").failure == nil)
        }
    }

    @Test func `the client's secret goes to the issuer alone, in its header`() async throws {
        try await SignInPlace.run { place in
            let callback = try await place.comeBack()
            let (form, authorization) = place.issuer.state.withLock { ($0.lastForm, $0.lastAuthorization) }
            #expect(authorization.hasPrefix("Basic "))
            #expect(!form.contains("cret"))
            #expect(!(callback.header("location") ?? "").contains("cret"))
        }
    }
}

@Suite struct SignInBookTests {
    private func secret(_ seed: UInt64) -> SignInSecret {
        var generator = SeededGenerator(seed: seed)
        return SignInSecret(using: &generator)
    }

    private func begun(_ address: String = "a", at now: Instant = .t0) -> SignInBook.Begun {
        SignInBook.Begun(
            provider: "p",
            browser: secret(1).hash,
            nonce: secret(2),
            verifier: secret(3),
            returnPath: "/",
            address: address,
            expiresAt: now + .seconds(600)
        )
    }

    private func end(_ seed: UInt64, _ book: inout SignInBook, at now: Instant = .t0) -> Bool {
        book.end(state: secret(seed).hash, provider: "p", browser: secret(1).hash, at: now) != nil
    }

    @Test func `the oldest give way, of an address that fills its part first`() {
        var limits = SignInBook.Limits()
        (limits.countMax, limits.perAddressMax) = (10, 4)
        var book = SignInBook(limits: limits)
        for seed in 100..<103 { book.begin(begun("other"), state: secret(UInt64(seed)).hash, at: .t0) }
        for seed in 200..<300 { book.begin(begun("flood"), state: secret(UInt64(seed)).hash, at: .t0) }
        #expect(book.begunCount == 7)
        #expect(end(100, &book) && end(102, &book))
        #expect(!end(295, &book) && end(296, &book) && end(299, &book))
        for seed in 300..<400 {
            book.begin(begun("a\(seed)"), state: secret(UInt64(seed)).hash, at: .t0)
            #expect(book.begunCount <= 10)
        }
        #expect(!end(101, &book) && end(399, &book))
    }

    @Test func `what is over is forgotten`() {
        var book = SignInBook()
        for seed in 1...5 { book.begin(begun(), state: secret(UInt64(seed)).hash, at: .t0) }
        let later = Instant.t0 + .seconds(600)
        book.begin(begun(at: later), state: secret(6).hash, at: later)
        #expect(book.begunCount == 1)
        #expect(!end(5, &book, at: later) && end(6, &book, at: later) && !end(6, &book, at: later))
    }

    @Test func `no more issuers are asked at once than may be`() {
        var limits = SignInBook.Limits()
        limits.askingMax = 2
        var book = SignInBook(limits: limits)
        #expect(book.mayAsk() && book.mayAsk() && !book.mayAsk())
        book.asked()
        #expect(book.mayAsk() && !book.mayAsk())
    }
}
