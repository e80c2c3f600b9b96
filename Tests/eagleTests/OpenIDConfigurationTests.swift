import Foundation
import Plant
import Storage
import TestSupport
import Testing
import Trust

@testable import eagle

@Suite struct OpenIDConfigurationTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private static let whole = """
        organization: harbor
        issuer: https://login.harbor.example
        clientID: eagle
        """

    private func configuration(_ provider: String, oidc: String = "", id: String = "harbor-sso") throws
        -> ServerConfiguration
    {
        let lines = provider.split(separator: "\n").map { "      \($0)\n" }.joined()
        let text = "delivery:\n  publicURL: https://eagle.example\noidc:\n\(oidc)  providers:\n    \(id):\n\(lines)"
        return try ServerConfiguration.load(path: folder.write(text, to: "eagle.yaml"))
    }

    @Test func `a provider is read with its secret out of a file`() throws {
        let path = try folder.write("hunter2\n", to: "client.secret")
        let read = try configuration(
            Self.whole + """

                name: Harbor
                public: true
                clientSecretFile: \(path)
                domains: [Harbor.Example]
                newUsers: OPERATOR
                roleClaim: realm_access.roles
                roles: {bosses: ADMIN}
                requireMFA: true
                """
        )
        let provider = try #require(read.oidc.providers["harbor-sso"]).provider(id: "harbor-sso")
        #expect(provider.name == "Harbor" && provider.isPublic && provider.organization == "harbor")
        #expect(provider.clientSecret.text == "hunter2" && !"\(provider)".contains("hunter2"))
        #expect(provider.domains == ["harbor.example"] && provider.newUsers == .operator)
        #expect(provider.roleClaim?.roles == ["bosses": .admin] && provider.requiresSecondFactor)
        #expect(try read.oidc.desk(read.delivery) != nil)
    }

    @Test func `what is not said is as little as can be`() throws {
        let path = try folder.write("hunter2", to: "client.secret")
        let read = try configuration(Self.whole + "\nclientSecretFile: \(path)")
        let provider = try #require(read.oidc.providers["harbor-sso"]).provider(id: "harbor-sso")
        #expect(provider.name == "harbor-sso" && !provider.isPublic && provider.newUsers == nil)
        #expect(provider.roleClaim == nil && provider.domains.isEmpty && !provider.requiresSecondFactor)
        #expect(try ServerConfiguration().oidc.desk(DeliveryConfiguration()) == nil)
    }

    @Test func `a secret that is nowhere is told of, by both its places`() throws {
        let read = try configuration(Self.whole)
        let error = #expect(throws: (any Error).self) { try read.oidc.desk(read.delivery) }
        let said = error.map { "\($0)" } ?? ""
        #expect(said.contains("clientSecretFile") && said.contains("EAGLE_OIDC_SECRET_HARBOR_SSO"), "\(said)")
        for path in ["/nowhere/at/all", try folder.write("\n", to: "empty.secret")] {
            let wrong = try configuration(Self.whole + "\nclientSecretFile: \(path)")
            #expect(throws: (any Error).self) { try wrong.oidc.desk(wrong.delivery) }
        }
    }

    @Test func `without an address of its own the server sends nobody away`() throws {
        let path = try folder.write("hunter2", to: "client.secret")
        let read = try configuration(Self.whole + "\nclientSecretFile: \(path)")
        let error = #expect(throws: (any Error).self) { try read.oidc.desk(DeliveryConfiguration()) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("delivery.publicURL"))
    }

    @Test(arguments: [
        ("clientId: x", "'clientId' is no setting"), ("newUsers: SUPER_ADMIN", "newUsers must be ADMIN or OPERATOR"),
        ("newUsers: OPERATOR", "newUsers needs domains"), ("domains: [\"@x\"]", "domains holds what is no domain"),
        ("roleClaim: groups", "roles go with roleClaim"), ("roles: {a: ADMIN}", "roles go with roleClaim"),
        ("roleClaim: g\nroles: {a: SUPER_ADMIN}", "roles must be ADMIN or OPERATOR"),
        ("roleClaim: g\nroles: {a: KING}", "roles"), ("name: \"\"", "name must have 1 to 60"),
    ])
    func `a setting that can't be is named with its place`(line: String, named: String) throws {
        let error = #expect(throws: (any Error).self) { try configuration(Self.whole + "\n" + line) }
        let said = error.map { "\($0)" } ?? ""
        #expect(said.contains(named) && said.contains("eagle.yaml:"), "\(said)")
    }

    @Test(arguments: [
        ("http://login.harbor.example", "", false), ("http://127.0.0.1:8080", "", false),
        ("http://127.0.0.1:8080", "  allow: [127.0.0.1]\n", true), ("ftp://login.harbor.example", "", false),
        ("https://login.harbor.example?x=1", "", false), ("https://login.harbor.example/realms/plant", "", true),
        ("http://login.harbor.example", "  allow: [login.harbor.example]\n", false),
    ])
    func `an issuer is reached by https, but for one on this machine that is allowed`(
        issuer: String,
        oidc: String,
        isRight: Bool
    ) throws {
        let text = Self.whole.replacing("https://login.harbor.example", with: issuer)
        let read = try? configuration(text, oidc: oidc)
        #expect((read != nil) == isRight)
    }

    @Test(arguments: ["Harbor", "-a", "a/b"])
    func `an id that can't stand in an address is refused`(id: String) {
        #expect(throws: (any Error).self) { try configuration(Self.whole, id: id) }
    }
}

@Suite(.timeLimit(.minutes(60))) struct UserTOTPCommandTests {
    @Test func `somebody who is locked out is let in by the server's own command`() async throws {
        let folder = try TemporaryDirectory()
        func eagle(_ arguments: String...) async throws -> EagleProcess.Outcome {
            let all = arguments + ["--data", folder.path]
            return try await OffPool.run { try EagleProcess.run(all) }
        }
        let email = "root@example.com"
        let made = try await eagle("user", "create", "--email", email, "--role", "SUPER_ADMIN", "--generate")
        #expect(made.status == 0, "\(made.errors)")
        let none = try await eagle("user", "totp", "remove", "--email", email)
        #expect(none.status == 1)
        #expect(none.errors.contains("has no second factor"))
        let unknown = try await eagle("user", "totp", "remove", "--email", "nobody@example.com")
        #expect(unknown.status == 1)
        #expect(unknown.errors.contains("there is no user"))

        let stores = try await Assembly.openStores(folder.path)
        let scope = SystemScope(for: .test)
        let user = try #require(try await stores.users.byEmail(email, in: scope)).user
        let factor = SecondFactor(
            id: ID(UUID()),
            user: user.id,
            organization: nil,
            sealedSecret: try await stores.keyring.seal([1, 2, 3], as: .totp, named: user.id.description, in: scope),
            enrolledAt: .t0
        )
        try await stores.secondFactors.enrol(factor, in: scope)
        try await stores.secondFactors.confirm(factor, step: 1, recoveryCodes: [], at: .t0, in: scope)
        let removed = try await eagle("user", "totp", "remove", "--email", email.uppercased())
        #expect(removed.status == 0, "\(removed.errors)")
        #expect(removed.output.contains("signs in without a code now"))
        #expect(try await stores.secondFactors.ofUser(user.id, in: scope) == nil)
    }
}
