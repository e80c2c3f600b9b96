import Foundation
import Plant
import Serving
import Storage
import TestSupport
import Testing

@testable import Web

/// Where an organization's readings come from, and where they must not.
@Suite struct SourceTests {
    @Test func `a source's file lies where the server's operator allows it`() async throws {
        try await TestServer.run { server in
            func put(_ path: String, as person: TestServer.Person = .northAdmin) async throws -> Int {
                try await server.ask(
                    "PUT",
                    "/api/v1/source",
                    as: person,
                    body: #"{"kind":"sqlite","path":"\#(path)","table":"rows"}"#,
                    headers: person == .root ? ["Eagle-Organization": "north"] : [:]
                ).status
            }
            for path in ["/etc/passwd", "/srv/scada/../eagle.sqlite", "rows.sqlite", "/srv/scadaevil/x"] {
                let status = try await put(path)
                #expect(status == 422)
            }
            let (allowed, root) = (
                try await put("/srv/scada/plant.sqlite"), try await put("/elsewhere/plant.sqlite", as: .root)
            )
            #expect(allowed == 200)
            #expect(root == 200)
            let source = try await server.ask("GET", "/api/v1/source", as: .northOperator)
            #expect(source.json["path"]?.string == "/elsewhere/plant.sqlite")
        }
    }

    @Test func `no organization's source lies in another's folder, nor behind a link out of its own`() async throws {
        let folder = try TemporaryDirectory()
        let root = SourceSettings.resolved(folder.path(""))
        for name in ["north", "south"] {
            try FileManager.default.createDirectory(atPath: "\(root)/\(name)", withIntermediateDirectories: true)
        }
        try FileManager.default.createSymbolicLink(
            atPath: "\(root)/south/link.sqlite",
            withDestinationPath: "\(root)/north/plant.sqlite"
        )
        let folders = ["north": ["\(root)/north"], "south": ["\(root)/south"]]
        try await TestServer.run(sourceFolders: folders) { server in
            func put(_ path: String, as person: TestServer.Person) async throws -> Answer {
                try await server.ask(
                    "PUT",
                    "/api/v1/source",
                    as: person,
                    body: #"{"kind":"sqlite","path":"\#(path)","table":"rows"}"#
                )
            }
            let own = try await put("\(root)/north/plant.sqlite", as: .northAdmin)
            #expect(own.status == 200)
            for path in ["\(root)/north/plant.sqlite", "\(root)/south/link.sqlite"] {
                let other = try await put(path, as: .southAdmin)
                #expect(other.status == 422)
                #expect(!other.text.contains("\(root)/north\""))
            }
        }
    }

    @Test func `a path is followed through links, there or not, and written in one way`() throws {
        let folder = try TemporaryDirectory()
        let root = SourceSettings.resolved(folder.path("")) + "/"
        for (link, target) in [("a", "b"), ("b", "/nowhere/plant.sqlite"), ("c", "c")] {
            try FileManager.default.createSymbolicLink(atPath: root + link, withDestinationPath: target)
        }
        #expect(SourceSettings.resolved(root + "a") == "/nowhere/plant.sqlite")
        #expect(SourceSettings.resolved(root + "/x//plant.sqlite") == root + "x/plant.sqlite")
        #expect(SourceSettings.resolved(root + "c").hasSuffix("/c"))
    }

    @Test func `why a source can't be read is in its status`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let put = try await server.ask(
                "PUT",
                "/api/v1/source",
                as: .northAdmin,
                body: #"{"kind":"sqlite","path":"/srv/scada/missing.sqlite","table":"rows"}"#
            )
            #expect(put.status == 200)
            while true {
                let status = try await server.ask("GET", "/api/v1/source/status", as: .northOperator)
                guard let problem = status.json["problem"]?.string else { continue }
                #expect(problem.contains("missing.sqlite"))
                let system = try await server.ask("GET", "/api/v1/system", as: .northOperator)
                #expect(system.text.contains("missing.sqlite"))
                let other = try await server.ask("GET", "/api/v1/source/status", as: .southOperator)
                #expect(other.json["problem"] == nil)
                return
            }
        }
    }

    @Test func `a cursor stays with its source, and another source begins anew`() async throws {
        try await TestServer.run { server in
            func put(_ body: String) async throws {
                let answer = try await server.ask("PUT", "/api/v1/source", as: .northAdmin, body: body)
                #expect(answer.status == 200)
            }
            func status() async throws -> Answer {
                try await server.ask("GET", "/api/v1/source/status", as: .northOperator)
            }
            try await put(#"{"kind":"csv","path":"/srv/scada/a.csv"}"#)
            let scope = OrganizationScope(provenFor: server.north.id)
            let sources = server.context.stores.sources
            let id = try #require(try await sources.list(in: scope).first?.id)
            _ = try await server.context.stores.readings.append(
                [],
                schemaVersion: 1,
                source: SourcePosition(source: id, cursor: Cursor(position: "row 7")),
                at: server.clock.now,
                in: scope
            )
            try await put(#"{"kind":"csv","path":"/srv/scada/a.csv","pollEverySeconds":5}"#)
            let same = try await status()
            #expect(same.json["cursor"]?.string == "row 7")
            let rewound = try await server.ask("POST", "/api/v1/source/rewind", as: .northAdmin)
            #expect(rewound.status == 200, "\(rewound.text)")
            #expect(rewound.json["cursor"] == nil)
            // What was on its way from the old place no longer moves it.
            let late = await #expect(throws: (any Error).self) {
                try await server.context.stores.readings.append(
                    [],
                    schemaVersion: 1,
                    source: SourcePosition(source: id, cursor: Cursor(position: "row 8")),
                    at: server.clock.now,
                    in: scope
                )
            }
            #expect(late != nil)
            let kept = try await server.ask("GET", "/api/v1/source", as: .northOperator)
            #expect(kept.json["path"]?.string == "/srv/scada/a.csv")
            let pushing = try await server.ask("POST", "/api/v1/source/rewind", as: .southAdmin)
            #expect(pushing.status == 409)
            try await put(#"{"kind":"csv","path":"/srv/scada/b.csv"}"#)
            let other = try await status()
            #expect(other.json["kind"]?.string == "csv")
            #expect(other.json["cursor"] == nil)
        }
    }
}
