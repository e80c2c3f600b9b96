import Alarms
import Foundation
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

@Suite struct DeliveryRouteTests {
    private static let hook = #"{"name":"hook","kind":"webhook","url":"http://127.0.0.1:9/x"}"#

    @Test func `an admin adds a target, whose secret is told once and never again`() async throws {
        try await TestServer.run { server in
            func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> Answer {
                try await server.ask(method, "/api/v1/delivery-targets\(path)", as: .northAdmin, body: body)
            }
            #expect(try await ask("POST", "", #"{"name":"x","kind":"webhook"}"#).status == 422)
            #expect(try await ask("POST", "", #"{"name":"*","kind":"email","to":["a@b.example"]}"#).errorPath == "name")
            #expect(try await ask("POST", "", #"{"name":"x","kind":"email","to":["a"]}"#).errorPath == "to.0")
            let made = try await ask("POST", "", Self.hook)
            #expect(made.status == 201)
            let key = try #require(made.json["signingKey"]?.string)
            let id = made.json["id"]?.string ?? ""
            #expect(try await ask("POST", "", Self.hook).status == 409)
            for path in ["", "/\(id)"] {
                let answer = try await ask("GET", path)
                #expect(answer.status == 200)
                #expect(!answer.text.contains(key))
                #expect(!answer.text.contains("whsec"))
            }
            let slack = #"{"name":"chat","kind":"slack","url":"https://hooks.example/very/secret"}"#
            #expect(try await ask("POST", "", slack).status == 201)
            #expect(try await !ask("GET", "").text.contains("secret"))
            let renamed = try await ask("PUT", "/\(id)", Self.hook.replacing(#""hook""#, with: #""hook 2""#))
            #expect(renamed.json["name"]?.string == "hook 2")
            #expect(renamed.json["signingKey"] == nil)
            // Nothing listens there: that is an answer.
            let tested = try await ask("POST", "/\(id)/test", "{}")
            #expect(tested.status == 200)
            #expect(tested.json["isDelivered"] == .flag(false))
            #expect(tested.json["failure"]?["code"]?.string == "unreachable")
            #expect(try await ask("DELETE", "/\(id)").status == 204)
            #expect(try await ask("GET", "/\(id)").status == 404)
        }
    }

    @Test func `of a webhook's URL the server is shown, and its key stays while it goes to that`() async throws {
        try await TestServer.run { server in
            func body(_ url: String) -> String { #"{"name":"hook","kind":"webhook","url":"\#(url)"}"# }
            let made = try await server.ask(
                "POST",
                "/api/v1/delivery-targets",
                as: .northAdmin,
                body: body("https://hooks.example/canary-1?t=canary-2")
            )
            #expect(made.json["url"]?.string == "https://hooks.example")
            #expect(!made.text.contains("canary"))
            let key = try #require(made.json["signingKey"]?.string)
            let path = "/api/v1/delivery-targets/\(made.json["id"]?.string ?? "")"
            let targets = server.context.stores.deliveryTargets
            let scope = OrganizationScope(provenFor: server.north.id)
            let id = try #require(try await targets.list(in: scope).first).target.id
            let first = DeliverySecret(url: "https://hooks.example/canary-1?t=canary-2", signingKeys: [key])
            #expect(try await targets.secret(of: id, in: scope) == first)
            func put(_ url: String) async throws -> Answer {
                try await server.ask("PUT", path, as: .northAdmin, body: body(url))
            }
            let changed = try await put("https://hooks.example/canary-3")
            #expect(changed.status == 200 && changed.json["signingKey"] == nil)
            let second = DeliverySecret(url: "https://hooks.example/canary-3", signingKeys: [key])
            #expect(try await targets.secret(of: id, in: scope) == second)
            let moved = try await put("https://other.example/canary-4")
            let other = try #require(moved.json["signingKey"]?.string)
            #expect(other != key)
            let third = DeliverySecret(url: "https://other.example/canary-4", signingKeys: [other])
            #expect(try await targets.secret(of: id, in: scope) == third)
            for path in [path, "/api/v1/delivery-targets"] {
                #expect(try await !server.ask("GET", path, as: .northAdmin).text.contains("canary"))
            }
        }
    }

    @Test func `a target that moves to another server leaves its token behind`() async throws {
        try await TestServer.run { server in
            let bare = #"{"name":"phone","kind":"ntfy","server":"https://ntfy.example","topic":"t"}"#
            let body = bare.replacing(#""t"}"#, with: #""t","token":"tk_1"}"#)
            let made = try await server.ask("POST", "/api/v1/delivery-targets", as: .northAdmin, body: body)
            let path = "/api/v1/delivery-targets/\(made.json["id"]?.string ?? "")"
            let targets = server.context.stores.deliveryTargets
            let scope = OrganizationScope(provenFor: server.north.id)
            let id = try #require(try await targets.list(in: scope).first).target.id
            #expect(try await server.ask("PUT", path, as: .northAdmin, body: bare).status == 200)
            #expect(try await targets.secret(of: id, in: scope).token == "tk_1")
            let moved = bare.replacing("ntfy.example", with: "elsewhere.example")
            #expect(try await server.ask("PUT", path, as: .northAdmin, body: moved).status == 200)
            #expect(try await targets.secret(of: id, in: scope).token == nil)
        }
    }

    @Test func `a policy is checked against the targets, kept in versions, and holds its targets fast`() async throws {
        try await TestServer.run { server in
            func put(_ body: String, as person: TestServer.Person = .northAdmin) async throws -> Answer {
                try await server.ask("PUT", "/api/v1/delivery-policy", as: person, body: body)
            }
            let standard = try await server.ask("GET", "/api/v1/delivery-policy", as: .northOperator)
            #expect(standard.json["version"]?.int == 0)
            let policy = #"{"routes":[{"id":"a","targets":["hook"]}]}"#
            #expect(try await put(policy).errorPath == "routes.0.targets.0")
            #expect(try await put(policy, as: .northOperator).status == 403)
            let made = try await server.ask("POST", "/api/v1/delivery-targets", as: .northAdmin, body: Self.hook)
            let id = made.json["id"]?.string ?? ""
            #expect(try await put(policy).json["version"]?.int == 1)
            let zone =
                #"{"routes":[{"id":"a","targets":["*"],"quietHours":{"timeZone":"Moon/Sea","from":"22:00","to":"06:00"}}]}"#
            #expect(try await put(zone).errorPath == "routes.0.quietHours.timeZone")
            #expect(
                try await put(#"{"routes":[{"id":"a","targets":["hook"],"quiet":1}]}"#).errorPath == "routes.0.quiet"
            )
            let mistyped = try await put(#"{"routes":[{"id":"a","targets":["hook","channel:webpush"]}]}"#)
            #expect(mistyped.status == 422 && mistyped.errorPath == "routes.0.targets.1")
            #expect(mistyped.text.contains("channel:webPush"))
            #expect(try await put(policy).json["version"]?.int == 1)
            let kept = try await server.ask("DELETE", "/api/v1/delivery-targets/\(id)", as: .northAdmin)
            #expect(kept.status == 409)
            // The south does not know the north's target, nor is it kept from a name of its own.
            #expect(try await put(policy, as: .southAdmin).errorPath == "routes.0.targets.0")
            let theirs = try await server.ask("POST", "/api/v1/delivery-targets", as: .southAdmin, body: Self.hook)
            #expect(theirs.status == 201)
            #expect(try await put(#"{"routes":[]}"#).json["version"]?.int == 2)
            let gone = try await server.ask("DELETE", "/api/v1/delivery-targets/\(id)", as: .northAdmin)
            #expect(gone.status == 204)
        }
    }

    @Test func `what a policy makes over is told on the admins' streams`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let scope = OrganizationScope(provenFor: server.north.id)
            let gone = SystemAlarm(
                id: ID(UUID()),
                kind: .deliveryFailed,
                subject: "a browser",
                message: "It is no target any more.",
                raisedAt: .t0
            )
            #expect(try await server.context.stores.systemAlarms.raise(gone, in: scope))
            let news = server.context.lanes.systemNews
            try await TestStream.with(server, as: .northAdmin) { stream in
                _ = try await stream.message()
                while news.listenerCount(in: scope) == 0 { await Task.yield() }
                let body = #"{"routes":[]}"#
                let put = try await server.ask("PUT", "/api/v1/delivery-policy", as: .northAdmin, body: body)
                #expect(put.status == 200)
                let message = try await stream.message()
                #expect(message.type == "system")
                #expect(message.json["alarm"]?["id"]?.string == gone.id.description)
                #expect(message.json["alarm"]?["clearedAt"]?.string != nil)
            }
        }
    }

    @Test func `dead letters are listed, and sent again by an admin`() async throws {
        try await TestServer.run { server in
            let (target, delivery) = try await server.furnishDelivery()
            let dead = try await server.ask("GET", "/api/v1/deliveries?state=dead", as: .northOperator)
            #expect(dead.items.compactMap { $0["id"]?.string } == [delivery])
            #expect(dead.items[0]["lastError"]?.string == "north-secret")
            let others = try await server.ask("GET", "/api/v1/deliveries?target=\(UUID())", as: .northOperator)
            #expect(others.items.isEmpty)
            let own = try await server.ask("GET", "/api/v1/deliveries?target=\(target)", as: .northOperator)
            #expect(own.items.count == 1)
            #expect(try await server.ask("GET", "/api/v1/deliveries?state=lost", as: .northOperator).status == 400)
            let path = "/api/v1/deliveries/\(delivery)/retry"
            #expect(try await server.ask("POST", path, as: .northOperator, body: "{}").status == 403)
            #expect(try await server.ask("POST", path, as: .southAdmin, body: "{}").status == 404)
            let again = try await server.ask("POST", path, as: .northAdmin, body: "{}")
            #expect(again.json["state"]?.string == "pending")
            #expect(try await server.ask("POST", path, as: .northAdmin, body: "{}").status == 409)
        }
    }

    @Test func `an operator subscribes his browser, once, and ends it himself`() async throws {
        try await TestServer.run { server in
            let key = try await server.ask("GET", "/api/v1/push-key", as: .northOperator)
            #expect(key.json["publicKey"]?.string == "a-public-key")
            let point = Data([4] + [UInt8](repeating: 7, count: 64)).base64EncodedString()
                .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            let body = """
                {"endpoint":"https://push.example/very-secret","expirationTime":null,\
                "keys":{"p256dh":"\(point)","auth":"AAAAAAAAAAAAAAAAAAAAAA"}}
                """
            func subscribe(_ body: String, as person: TestServer.Person = .northOperator) async throws -> Answer {
                try await server.ask("POST", "/api/v1/push-subscriptions", as: person, body: body)
            }
            #expect(try await subscribe(body.replacing("AAAA", with: "A")).status == 422)
            let made = try await subscribe(body)
            #expect(made.status == 201)
            let again = try await subscribe(body)
            #expect(again.status == 200)
            #expect(again.json["id"] == made.json["id"])
            let listed = try await server.ask("GET", "/api/v1/delivery-targets", as: .northOperator)
            #expect(listed.items.count == 1)
            #expect(!listed.text.contains("very-secret"))
            let path = "/api/v1/push-subscriptions/\(made.json["id"]?.string ?? "")"
            for person in [TestServer.Person.northAdmin, .southOperator] {
                #expect(try await server.ask("DELETE", path, as: person).status == 404)
            }
            #expect(try await server.ask("DELETE", path, as: .northOperator).status == 204)
        }
    }

    /// What a browser's subscription looks like.
    static func subscription(_ endpoint: String) -> String {
        let point = Data([4] + [UInt8](repeating: 7, count: 64)).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        return #"{"endpoint":"https://push.example/\#(endpoint)","keys":{"p256dh":"\#(point)","#
            + #""auth":"AAAAAAAAAAAAAAAAAAAAAA"}}"#
    }

    @Test(arguments: [("POST", "/disable"), ("DELETE", "")])
    func `whoever may sign in no more gets no alerts on his device, and the admins hear where he is missing`(
        method: String,
        what: String
    ) async throws {
        try await TestServer.run { server in
            try await server.prepare()
            func subscribe(_ person: TestServer.Person) async throws -> Answer {
                let body = Self.subscription(person.rawValue)
                return try await server.ask("POST", "/api/v1/push-subscriptions", as: person, body: body)
            }
            let own = try await subscribe(.northOperator)
            #expect(own.status == 201)
            let name = try #require(own.json["name"]?.string)
            let others = [try await subscribe(.northAdmin), try await subscribe(.southOperator)]
            let policy = #"{"routes":[{"id":"a","targets":["\#(name)"]}]}"#
            let put = try await server.ask("PUT", "/api/v1/delivery-policy", as: .northAdmin, body: policy)
            #expect(put.status == 200)
            let path = "/api/v1/users/\(try await server.id(of: .northOperator))\(what)"
            let news = server.context.lanes.systemNews
            let scope = OrganizationScope(provenFor: server.north.id)
            try await TestStream.with(server, as: .northAdmin) { stream in
                _ = try await stream.message()
                while news.listenerCount(in: scope) == 0 { await Task.yield() }
                let left = try await server.ask(method, path, as: .northAdmin)
                #expect(left.status == 200 || left.status == 204)
                let message = try await stream.message()
                #expect(message.type == "system")
                #expect(message.json["alarm"]?["kind"]?.string == "DELIVERY_FAILED")
                #expect(message.json["alarm"]?["subject"]?.string == name)
            }
            for (person, other) in zip([TestServer.Person.northAdmin, .southAdmin], others) {
                let listed = try await server.ask("GET", "/api/v1/delivery-targets", as: person)
                #expect(listed.items.compactMap { $0["id"]?.string } == [other.json["id"]?.string ?? ""])
            }
        }
    }

    @Test func `each of those who run the server has browsers of his own, and the organization learns no address`()
        async throws
    {
        try await TestServer.run { server in
            let root = try await server.context.stores.users.superAdmins(in: SystemScope(for: .test))
            let id = try #require(root.first).id
            let made = try await server.ask(
                "POST",
                "/api/v1/push-subscriptions",
                as: .root,
                body: Self.subscription("root"),
                headers: ["Eagle-Organization": server.north.slug]
            )
            #expect(made.status == 201)
            #expect(!made.text.contains(server.email(of: .root)))
            let scope = OrganizationScope(provenFor: server.north.id)
            let kept = try await server.context.stores.deliveryTargets.list(in: scope)
            #expect(kept.map(\.createdBy) == [UserStore.browserOwner(superAdmin: id)])
        }
    }

    @Test func `the service worker runs nothing but itself`() async throws {
        try await TestServer.run { server in
            let worker = try await server.ask("GET", "/push-worker.js")
            #expect(worker.header("content-security-policy")?.contains("default-src 'none'") == true)
            #expect(worker.text.contains("showNotification"))
            let page = try await server.ask("GET", "/")
            #expect(page.header("content-security-policy")?.contains("worker-src 'self'") == true)
        }
    }
}

extension TestServer {
    /// A target and a dead letter of the northern organization, whose texts say that they are.
    func furnishDelivery() async throws -> (target: String, delivery: String) {
        let scope = OrganizationScope(provenFor: north.id)
        let stores = context.stores
        let target = DeliveryTarget(
            id: ID(UUID()),
            name: "north-secret",
            channel: .email(to: ["north-secret@b.example"])
        )
        try await stores.deliveryTargets.put(
            target,
            secret: DeliverySecret(token: "north-secret"),
            by: "north-secret",
            at: .t0,
            in: scope
        )
        let alarm = Alarm(
            id: ID(UUID()),
            asset: "north-secret",
            condition: .rule("north-secret"),
            type: .warning,
            state: .normal,
            raisedAt: .t0,
            causes: []
        )
        let lane = try await stores.lane.lane(in: scope)
        let commit = LaneCommit(
            expectedCursor: lane.cursor,
            cursor: lane.cursor,
            transitions: [AlarmTransition(alarm: alarm, change: .raised, at: .t0)],
            at: clock.now
        )
        _ = try await stores.lane.commit(commit, in: scope)
        let plan = DeliveryPlan(.standard) { _ in .utc }
        _ = try await stores.deliveries.plan(with: plan, version: 0, at: clock.now, in: scope)
        let planned = try await stores.deliveries.page(limit: 1, in: scope)
        let delivery = try #require(planned.elements.first).id
        try await stores.deliveries.failed(delivery, because: "north-secret", .giveUp, at: clock.now, in: scope)
        return (target.id.description, delivery.description)
    }
}
