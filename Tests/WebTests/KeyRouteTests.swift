import Alarms
import Plant
import Storage
import Testing
import Trust

@testable import Web

@Suite struct KeyRouteTests {
    private func makeTarget(_ server: TestServer, as person: TestServer.Person) async throws -> String {
        let body = #"{"name":"hook","kind":"webhook","url":"http://127.0.0.1:9/x"}"#
        let answer = try await server.ask("POST", "/api/v1/delivery-targets", as: person, body: body)
        #expect(answer.status == 201, "\(answer.text)")
        return answer.json["signingKey"]?.string ?? ""
    }

    private func versions(_ server: TestServer, as person: TestServer.Person) async throws -> [Tree] {
        let answer = try await server.ask("GET", "/api/v1/keys", as: person)
        #expect(answer.status == 200, "\(answer.text)")
        return answer.json["keys"]?.list ?? []
    }

    @Test func `an admin sees his key's versions and changes it, and no answer holds a key`() async throws {
        try await TestServer.run { server in
            #expect(try await versions(server, as: .northAdmin).isEmpty)
            _ = try await makeTarget(server, as: .northAdmin)
            _ = try await makeTarget(server, as: .southAdmin)
            let first = try await versions(server, as: .northAdmin)
            #expect(first.count == 1 && first[0]["isCurrent"] == .flag(true) && first[0]["neededBy"]?.int == 1)
            let rotated = try await server.ask("POST", "/api/v1/keys/rotate", as: .northAdmin)
            #expect(rotated.status == 200, "\(rotated.text)")
            #expect(rotated.json["version"]?.int == 2 && rotated.json["resealed"]?.int == 1)
            let second = try await versions(server, as: .northAdmin)
            #expect(second.map { $0["neededBy"]?.int } == [0, 1])
            let scope = OrganizationScope(provenFor: server.north.id)
            let keys = try await server.context.stores.keyring.handedOver(in: scope)
            for key in keys.matches(of: /"bytes":"([^"]+)"/) {
                #expect(!rotated.text.contains(key.1) && !"\(second)".contains(key.1))
            }
            // Not twice a minute, and never the other's.
            let again = try await server.ask("POST", "/api/v1/keys/rotate", as: .northAdmin)
            #expect(again.status == 429 && again.header("Retry-After") != nil)
            #expect(try await versions(server, as: .southAdmin).count == 1)
            let targets = try await server.context.stores.deliveryTargets.list(in: scope)
            for target in targets {
                let secret = try await server.context.stores.deliveryTargets.secret(of: target.target.id, in: scope)
                #expect(secret.signingKeys.count == 1)
            }
        }
    }

    @Test func `operators see no keys, and another organization's is not there`() async throws {
        try await TestServer.run { server in
            for (method, path) in [("GET", "/api/v1/keys"), ("POST", "/api/v1/keys/rotate")] {
                #expect(try await server.ask(method, path).status == 401)
                #expect(try await server.ask(method, path, as: .northOperator).status == 403)
                #expect(try await server.ask(method, path, as: .root).code == "organization_required")
                let foreign = try await server.ask(
                    method,
                    path,
                    as: .southAdmin,
                    headers: ["Eagle-Organization": server.north.slug]
                )
                #expect(foreign.status == 404)
                let query = try await server.ask(method, path + "?organization=north", as: .southAdmin)
                #expect(query.status == 400)
            }
            #expect(try await versions(server, as: .northAdmin).isEmpty)
        }
    }

    @Test func `an organization whose keys were destroyed is told so`() async throws {
        try await TestServer.run { server in
            _ = try await makeTarget(server, as: .northAdmin)
            let scope = OrganizationScope(provenFor: server.north.id)
            _ = try await server.context.stores.keyring.destroyKeys(in: scope, at: server.clock.now)
            #expect(try await server.ask("POST", "/api/v1/keys/rotate", as: .northAdmin).code == "conflict")
            #expect(try await versions(server, as: .northAdmin).isEmpty)
            _ = try await makeTarget(server, as: .southAdmin)
        }
    }
}
