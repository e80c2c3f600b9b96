import Database
import FoundationEssentials
import Plant
import TestSupport
import Trust

@testable import Storage

/// What is written down of an organization.
extension StoreStep {
    static let auditReads: [StoreStep] = [
        StoreStep("audit page") { stores, scope, _ in
            try await stores.audit.page(limit: 999, in: scope).elements.map { AuditLine.entry($0).text }
        },
        StoreStep("audit by resource") {
            let filter = AuditFilter(resource: "training-runs/\($2.log.id)")
            return try await $0.audit.page(filter, limit: 999, in: $1).elements.map { AuditLine.entry($0).text }
        },
        StoreStep("audit by action") { stores, scope, _ in
            let page = try await stores.audit.page(AuditFilter(action: .deployment), limit: 999, in: scope)
            return page.elements.map { AuditLine.entry($0).text }
        },
        StoreStep("audit heads") { stores, scope, _ in try await stores.audit.heads(limit: 999, in: scope) },
    ]

    static let auditWrites: [StoreStep] = [
        StoreStep("append to audit") {
            let event = AuditEvent(.config, by: .user($2.user.id), on: "intruder", ["x": "intruder"])
            return try await $0.audit.append(event, at: .t0, in: $1)
        },
        StoreStep("close prediction minutes") { stores, scope, _ in
            try await stores.audit.closePredictionMinutes(at: .t0 + .seconds(120), in: scope)
        },
        StoreStep("sign audit head") { stores, scope, _ in
            try await stores.audit.signHead(
                by: AuditHeadPolicy(entryCountMax: 1),
                at: .t0,
                with: ServerIdentity(rawKey: Array(1...32)),
                in: .organization(scope)
            )
        },
        StoreStep("export audit") { stores, scope, _ in
            try await stores.exportedAudit(in: .organization(scope)).lines
        },
        StoreStep("erase audit") { stores, scope, _ in
            try await stores.database.transaction { try OrganizationTables.eraseChain(in: scope, $0) }
        },
    ]
}

extension OrganizationTables {
    /// Removes a chain alone, by the leave that erasing an organization gives.
    static func eraseChain(in scope: OrganizationScope, _ transaction: any SQLTransaction) throws {
        try erasing(in: scope, transaction) {
            try transaction.execute("DELETE FROM audit_head WHERE organization_id = \(scope.id)")
            try transaction.execute("DELETE FROM audit_entry WHERE organization_id = \(scope.id)")
        }
    }
}

extension Stores {
    /// A chain's export, and what verifying it says.
    func exportedAudit(
        in place: AuditPlace,
        at now: Instant = .t0
    ) async throws -> (lines: [String], report: AuditReport) {
        let identity = try ServerIdentity(rawKey: Array(1...32))
        var export = try await audit.export(at: now, signedBy: identity, in: place)
        var text = ""
        while let lines = try await export.next() { text += lines }
        let lines = text.split(separator: "\n").map { String($0) }
        var verification = AuditVerification(of: place.chain, publicKey: identity.publicKey)
        for line in lines { verification.take(Array(line.utf8)) }
        return (lines, verification.finish())
    }
}
