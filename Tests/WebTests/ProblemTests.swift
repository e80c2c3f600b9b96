import Database
import Foundation
import HTTPTypes
import NIOCore
import Storage
import Testing
import Trust

@testable import Web

@Suite struct ProblemTests {
    @Test(arguments: [
        ("GET", "/api/v1/nothing", 404, "not_found"), ("GET", "/api/v1/alarms/", 404, "not_found"),
        ("DELETE", "/api/v1/alarms", 405, "method_not_allowed"), ("PUT", "/livez", 405, "method_not_allowed"),
        ("GET", "/api/v1/alarms?colour=red", 400, "bad_request"), ("GET", "/api/v1/alarms?limit=0", 400, "bad_request"),
        ("GET", "/api/v1/alarms?limit=1&limit=2", 400, "bad_request"),
        ("GET", "/api/v1/alarms?open=maybe", 400, "bad_request"), ("GET", "/api/v1/alarms?after=x", 400, "bad_request"),
        ("GET", "/api/v1/alarms/nonsense", 404, "not_found"), ("GET", "/api/v1/models/nonsense", 404, "not_found"),
        ("GET", "/api/v1/readings", 400, "bad_request"), ("GET", "/api/v1/schema", 404, "not_found"),
        ("GET", "/api/v1/stream", 426, "upgrade_required"),
    ])
    func `what can't be answered says so in a problem document`(
        method: String,
        path: String,
        status: Int,
        code: String
    ) async throws {
        try await TestServer.run { server in
            let answer = try await server.ask(method, path, as: .northAdmin)
            #expect(answer.status == status)
            #expect(answer.code == code)
            #expect(answer.header("content-type") == "application/problem+json")
            #expect(answer.json["status"]?.int == status)
            #expect(answer.json["instance"]?.string == path.prefix { $0 != "?" }.description)
            #expect(answer.json["requestId"]?.string == answer.header("x-request-id"))
        }
    }

    @Test func `a path tells its methods`() async throws {
        try await TestServer.run { server in
            let refused = try await server.ask("DELETE", "/api/v1/schema")
            #expect(refused.header("allow") == "GET, HEAD, PUT")
            let options = try await server.ask("OPTIONS", "/api/v1/schema")
            #expect(options.status == 204)
            #expect(options.header("allow") == "GET, HEAD, PUT")
            let head = try await server.ask("HEAD", "/livez")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(head.header("content-type") == "application/json")
        }
    }

    @Test func `bodies are bounded, typed and read strictly`() async throws {
        var limits = TestServer.limits
        limits.documentByteCountMax = 1_000
        limits.readingsByteCountMax = 2_000
        try await TestServer.run(limits: limits) { server in
            try await server.prepare()
            func switched(_ body: String, type: String = "application/json") async throws -> Answer {
                try await server.ask("PUT", "/api/v1/prediction-switch", as: .northAdmin, body: body, type: type)
            }
            let long = try await switched(#"{"predictionEnabled":\#(String(repeating: " ", count: 1_000))true}"#)
            #expect(long.status == 413)
            #expect(long.code == "too_large")
            let readings = try await server.push((0..<100).map { Double($0) })
            #expect(readings.status == 413)
            let typed = try await switched(#"{"predictionEnabled":true}"#, type: "text/plain")
            #expect(typed.status == 415)
            let broken = try await switched(#"{"predictionEnabled":"#)
            #expect(broken.status == 400)
            #expect(broken.code == "malformed_body")
            let missing = try await switched("{}")
            #expect(missing.status == 422)
            #expect(missing.errorPath == "predictionEnabled")
            let wrong = try await switched(#"{"predictionEnabled":"yes"}"#)
            #expect(wrong.status == 422)
            let right = try await switched(#"{"predictionEnabled":true}"#, type: "application/json; charset=utf-8")
            #expect(right.json["predictionEnabled"]?.bool == true)
        }
    }

    @Test(arguments: [
        (DatabaseError.Code.unavailable, 503, "unavailable"), (.busy, 503, "unavailable"), (.full, 503, "storage_full"),
        (.corrupt, 500, "internal_error"),
    ])
    func `nothing is acknowledged that is not kept`(fault: DatabaseError.Code, status: Int, code: String) async throws {
        try await TestServer.run { server in
            try await server.prepare()
            server.database.fail(at: Set((1...1_000).map { .commit($0) }), with: fault)
            let refused = try await server.push([50])
            #expect(refused.status == status)
            #expect(refused.code == code)
            #expect((refused.header("retry-after") != nil) == (status == 503))
            server.database.fail(at: [])
            let repeated = try await server.push([50])
            #expect(repeated.status == 200)
            #expect(repeated.json["accepted"]?.int == 1)
        }
    }

    @Test(arguments: [
        (
            "PUT", "/api/v1/schema",
            TestServer.schema(
                "north",
                rules: #"{"id":"r","kind":"limit","tag":"temp","high":1,"component":"x\u0000y"}"#
            )
        ),
        ("POST", "/api/v1/failures", #"{"failures":[{"asset":"a\u0000","at":"2026-01-01T00:00:00Z"}]}"#),
        ("POST", "/api/v1/auth/login", #"{"email":"a\u0000@b.c","password":"x"}"#),
        ("GET", "/api/v1/alarms?asset=%00", ""),
    ])
    func `a NUL character is refused at the door`(method: String, path: String, body: String) async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let answer = try await server.ask(method, path, as: .northAdmin, data: Data(body.utf8))
            #expect(answer.status == (method == "GET" ? 400 : 422))
            #expect(answer.text.contains("NUL"))
        }
    }

    @Test func `a backslash before u0000 that is a text's own is no NUL`() throws {
        try JSONText.refuseNUL(in: ByteBuffer(string: #"{"a":"\\u0000","b":"\\\\u0000 \n"}"#))
        #expect(throws: Problem.self) { try JSONText.refuseNUL(in: ByteBuffer(string: #"{"a":"\\\u0000"}"#)) }
    }

    @Test func `a disk too full for a model's file is the server's trouble, and a matter of time`() {
        let problem = Problem(StorageError(.full, "there is no room for the model's file"))
        #expect(problem.code == .storageFull)
        #expect(problem.retryAfterSeconds == 30)
    }

    @Test func `readiness asks the store, liveness does not`() async throws {
        try await TestServer.run { server in
            let ready = try await server.ask("GET", "/readyz")
            #expect(ready.status == 200)
            server.database.fail(at: Set((1...1_000).map { .read($0) }))
            let down = try await server.ask("GET", "/readyz")
            #expect(down.status == 503)
            #expect(down.json["parts"]?.list.first?["name"]?.string == "store")
            server.database.fail(at: Set((1...1_000).map { .read($0) }))
            let alive = try await server.ask("GET", "/livez")
            #expect(alive.status == 200)
        }
    }

    @Test func `every answer tells browsers to keep their hands off, and carries the request's name`() async throws {
        try await TestServer.run { server in
            for path in ["/", "/livez", "/api/v1/alarms", "/api/v1/nothing"] {
                let answer = try await server.ask("GET", path, headers: ["X-Request-Id": "from-the-client"])
                #expect(answer.header("x-content-type-options") == "nosniff")
                #expect(answer.header("x-frame-options") == "DENY")
                #expect(answer.header("content-security-policy")?.contains("default-src 'none'") == true)
                #expect(answer.header("cache-control") == "no-store")
                #expect(answer.header("x-request-id") == "from-the-client")
            }
            let odd = try await server.ask("GET", "/livez", headers: ["X-Request-Id": "an odd; name"])
            #expect(odd.header("x-request-id") != "an odd; name")
        }
    }
}

@Suite struct ContractTests {
    @Test func `each route is in the contract, and each operation of the contract is there`() async throws {
        try await TestServer.run { server in
            let routes = WebServer.routes(Authentication(sessions: try await Sessions(context: server.context)))
            let there = Set(routes.map { "\($0.method.rawValue) \($0.path)" })
            #expect(there.subtracting(server.contract.operations) == [])
            #expect(server.contract.operations.subtracting(there) == [])
            let served = try await server.ask("GET", "/api/v1/openapi.yaml")
            #expect(served.text.hasPrefix("openapi: 3.1.0\n"))
        }
    }

    @Test func `the contract says of each operation which permission it takes`() async throws {
        try await TestServer.run { server in
            let paths = server.contract.document["paths"]
            for route in WebServer.routes(Authentication(sessions: try await Sessions(context: server.context))) {
                let operation = paths?[route.path]?[route.method.rawValue.lowercased()]
                // The stream's door asks for itself.
                let expected = route.path == StreamRequest.path ? "alarm:read" : route.permission?.rawValue
                #expect(operation?["x-permission"]?.string == expected, "\(route.method) \(route.path)")
            }
        }
    }

    @Test func `the contract says where an Idempotency-Key may be refused, and where one is wise`() async throws {
        try await TestServer.run { server in
            let paths = server.contract.document["paths"]
            for route in WebServer.routes(Authentication(sessions: try await Sessions(context: server.context))) {
                let operation = paths?[route.path]?[route.method.rawValue.lowercased()]
                let isNamed = (operation?["parameters"]?.list ?? []).contains {
                    $0["$ref"]?.string == "#/components/parameters/idempotencyKey"
                }
                if isNamed { #expect(route.keepsAnswers, "\(route.method) \(route.path)") }
                guard route.keepsAnswers else { continue }
                for status in ["409", "413", "422"] {
                    #expect(operation?["responses"]?[status] != nil, "\(status) of \(route.method) \(route.path)")
                }
                if operation?["responses"]?["201"] != nil { #expect(isNamed, "\(route.method) \(route.path)") }
            }
        }
    }

    @Test func `the contract lists every problem's code`() throws {
        let contract = try Contract()
        let listed = contract.document["components"]?["schemas"]?["Problem"]?["properties"]?["code"]?["enum"]?.list
        #expect(listed == Problem.Code.allCases.map { .text($0.rawValue) })
    }
}

@Suite struct ConsoleTests {
    @Test func `the page runs its own script and style, and nothing else`() async throws {
        try await TestServer.run { server in
            let first = try await server.ask("GET", "/")
            let second = try await server.ask("GET", "/")
            let policy = first.header("content-security-policy") ?? ""
            let nonce = policy.split(separator: "nonce-").dropFirst().first?.prefix { $0 != "'" } ?? ""
            #expect(nonce.count > 10)
            #expect(first.text.components(separatedBy: "nonce=\"\(nonce)\"").count == 3)
            #expect(!second.text.contains(nonce))
            #expect(!first.text.contains("{{nonce}}"))
            #expect(!policy.contains("unsafe"))
        }
    }

    @Test func `the page writes texts as texts, and loads nothing from elsewhere`() async throws {
        let page = String(decoding: PackageResources.console_html, as: UTF8.self)
        for trap in [
            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", " style=\"", " onclick=\"",
            "src=",
        ] {
            #expect(!page.contains(trap))
        }
        let addresses = page.components(separatedBy: "http").dropFirst().map { $0.prefix(24) }
        #expect(
            addresses.allSatisfy {
                $0.hasPrefix("://www.w3.org/2000/svg") || !$0.hasPrefix("://") && !$0.hasPrefix("s://")
            }
        )
    }
}
