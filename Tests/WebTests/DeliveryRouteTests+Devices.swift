import Foundation
import Testing

@testable import Web

extension DeliveryRouteTests {
    @Test func `a device knows by its key whether it is a target, and is none once an admin has removed it`()
        async throws
    {
        try await TestServer.run { server in
            let body = Self.subscription("device")
            let given = try JSONDecoder().decode(Tree.self, from: Data(body.utf8))
            let made = try await server.ask("POST", "/api/v1/push-subscriptions", as: .northOperator, body: body)
            #expect(made.status == 201)
            func keys(as person: TestServer.Person) async throws -> [String] {
                let listed = try await server.ask("GET", "/api/v1/delivery-targets", as: person)
                return listed.items.filter { $0["kind"]?.string == "webPush" }.compactMap { $0["p256dh"]?.string }
            }
            #expect(try await keys(as: .northOperator) == [given["keys"]?["p256dh"]?.string ?? ""])
            #expect(try await keys(as: .southOperator).isEmpty)
            let path = "/api/v1/delivery-targets/\(made.json["id"]?.string ?? "")"
            #expect(try await server.ask("DELETE", path, as: .northAdmin).status == 204)
            #expect(try await keys(as: .northOperator).isEmpty)
        }
    }

    @Test func `the page asks the server whether its device is a target, and the worker says when it is none`() {
        #expect(ConsolePage.source.contains("target.p256dh"))
        let worker = String(decoding: PackageResources.push_worker_js, as: UTF8.self)
        #expect(worker.contains(#"addEventListener("pushsubscriptionchange""#))
    }
}
