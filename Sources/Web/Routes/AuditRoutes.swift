import HTTPTypes
import Hummingbird
import NIOCore
import Plant
import Storage
import Trust

/// What happened in an organization, and on the server, in a form that others can verify.
enum AuditRoutes {
    private struct KeyDocument: Encodable, Sendable {
        let algorithm = "Ed25519"
        let publicKey: String
    }

    static let all = [
        Route(.get, "/api/v1/audit", .organization(.readAudit, list)),
        Route(.get, "/api/v1/audit/export", .organization(.readAudit, export), audited: .always(.export)),
        Route(.get, "/api/v1/audit/heads", .organization(.readAudit, heads)),
        Route(.get, "/api/v1/audit/key", .signedIn(key)),
        Route(.get, "/api/v1/system/audit", .server(.readSystem, listServer)),
    ]

    private static func list(_ call: Call, _ member: Member) async throws -> Response {
        let page = try await call.context.stores.audit.page(
            try filter(call.query),
            after: call.query.text("after"),
            limit: try call.query.limit(),
            in: member.scope
        )
        let users = try await call.context.stores.users.list(in: member.scope)
        let names = Dictionary(users.map { (Actor.user($0.id).text, $0.email) }) { first, _ in first }
        return try .json(PageDocument(page.elements.map { AuditDocument($0, names: names) }, next: page.next))
    }

    private static func listServer(_ call: Call, _ administrator: Administrator) async throws -> Response {
        let page = try await call.context.stores.audit.page(
            try filter(call.query),
            after: call.query.text("after"),
            limit: try call.query.limit(),
            in: administrator.scope
        )
        return try .json(PageDocument(page.elements.map { AuditDocument($0) }, next: page.next))
    }

    private static func filter(_ query: Query) throws -> AuditFilter {
        try query.allow(only: "action", "actor", "resource", "from", "to", "limit", "after")
        return AuditFilter(
            action: try query.choice("action", AuditAction.self),
            actor: query.text("actor"),
            resource: query.text("resource"),
            from: try query.instant("from"),
            to: try query.instant("to")
        )
    }

    /// The whole chain, piece by piece, up to where it is now; the entry of this very export is its last.
    private static func export(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let export = try await call.context.stores.audit.export(
            at: call.now,
            signedBy: call.context.identity,
            in: .organization(member.scope)
        )
        return Response(
            status: .ok,
            headers: [
                .contentType: MediaTypes.ndjson,
                .contentDisposition: "attachment; filename=\"audit-\(member.scope.id).ndjson\"",
            ],
            body: ResponseBody { writer in
                var export = export
                while let lines = try await export.next() { try await writer.write(ByteBuffer(string: lines)) }
                try await writer.finish(nil)
            }
        )
    }

    private static func heads(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "limit", "after")
        let page = try await call.context.stores.audit.heads(
            after: call.query.text("after"),
            limit: try call.query.limit(),
            in: member.scope
        )
        return try .json(PageDocument(page.elements.map { AuditHeadDocument($0) }, next: page.next))
    }

    private static func key(_ call: Call, _ principal: Principal) async throws -> Response {
        try call.query.allow()
        return try .json(KeyDocument(publicKey: AuditHexadecimal.text(call.context.identity.publicKey)))
    }
}
