import Database
import Foundation
import HTTPTypes
import Plant
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

/// What is taken out, and in which portions.
extension AuditRouteTests {
    @Test func `an export is whole, ends in itself, and holds nothing of another organization`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.prepare(.southAdmin)
            let key = try await server.ask("GET", "/api/v1/audit/key", as: .northOperator)
            let publicKey = try #require(AuditHexadecimal.bytes(key.json["publicKey"]?.string ?? ""))
            let export = try await server.ask("GET", "/api/v1/audit/export", as: .northAdmin)
            #expect(export.header("content-type") == "application/x-ndjson")
            var verification = AuditVerification(of: .organization(server.north.id), publicKey: publicKey)
            let lines = export.text.split(separator: "\n")
            for line in lines { verification.take(Array(line.utf8)) }
            let report = verification.finish()
            #expect(report.finding == nil)
            #expect(report.entryCount == 3)
            #expect(!export.text.contains(server.south.id.description))
            #expect(lines.contains { $0.contains(#""action":"EXPORT""#) })
            let heads = try await server.ask("GET", "/api/v1/audit/heads", as: .northAdmin)
            #expect(heads.items.compactMap { $0["number"]?.int } == [3])
            #expect(heads.items.first?["key"]?.string == key.json["publicKey"]?.string)
            let none = try await server.ask("GET", "/api/v1/audit/heads", as: .southAdmin)
            #expect(none.items.isEmpty)
        }
    }

    @Test func `readings taken out as a file are an export, once for a while`() async throws {
        try await TestServer.run(limits: Self.patient) { server in
            try await server.prepare()
            try await server.push([1, 2, 3])
            let asset = try await server.ask("GET", "/api/v1/assets", as: .northAdmin).items[0]["id"]?.string ?? ""
            for type in ["application/json", "text/csv", "application/x-ndjson"] {
                let headers = ["Accept": type]
                try await server.ask("GET", "/api/v1/readings?asset=\(asset)", as: .northAdmin, headers: headers)
            }
            #expect(try await said(entries(server, .export), "type") == ["text/csv"])
        }
    }

    @Test func `pages go by key, and the server's chain is for whoever runs it`() async throws {
        try await TestServer.run { server in
            for slug in ["east", "west"] {
                let body = #"{"slug":"\#(slug)","name":"\#(slug)"}"#
                try await server.ask("POST", "/api/v1/organizations", as: .root, body: body)
            }
            var numbers: [Int] = []
            var after = ""
            repeat {
                let answer = try await server.ask("GET", "/api/v1/system/audit?limit=3\(after)", as: .root)
                numbers += answer.items.compactMap { $0["number"]?.int }
                after = answer.json["next"]?.string.map { "&after=\($0)" } ?? ""
            } while !after.isEmpty
            #expect(numbers == [4, 3, 2, 1])
            let refused = try await server.ask("GET", "/api/v1/system/audit", as: .northAdmin)
            #expect(refused.status == 403)
            for query in ["action=NOTHING", "after=x", "from=yesterday", "limit=0", "colour=red"] {
                let answer = try await server.ask("GET", "/api/v1/audit?\(query)", as: .northAdmin)
                #expect(answer.status == 400, "\(query)")
            }
            let operators = try await server.ask("GET", "/api/v1/audit", as: .northOperator)
            #expect(operators.status == 403)
        }
    }
}
