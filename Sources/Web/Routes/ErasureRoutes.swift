import FoundationEssentials
import HTTPTypes
import Hummingbird
import Plant
import Serving
import Storage
import Trust

/// The end of organizations, and the proof of it.
enum ErasureRoutes {
    private struct CertificateKey: Encodable, Sendable {
        let algorithm = "Ed25519"
        let publicKey: String
    }

    static let all = [
        Route(.delete, "/api/v1/organizations/{id}", .server(.manageOrganizations, begin)),
        Route(.get, "/api/v1/organizations/{id}/erasure", .server(.manageOrganizations, erasure)),
        Route(.get, "/api/v1/system/certificate-key", .open(certificateKey)),
    ]

    /// From the answer on nothing of the organization is to be had; the rest is done beside the others.
    private static func begin(_ call: Call, _ administrator: Administrator) async throws -> Response {
        try call.query.allow()
        let store = call.context.stores.organizations
        let name = call.parameters["id"] ?? ""
        let found: Organization?
        if let id = ID<Organization>(name) {
            found = try await store.byID(id, in: administrator.scope)
        } else {
            found = try await store.bySlug(name, in: administrator.scope)
        }
        guard let organization = found else { throw Problem.notFound("organization") }
        guard call.request.headers[.eagleConfirm] == organization.slug else {
            throw Problem(
                .invalid,
                "This erases '\(organization.slug)' for good, its keys and backups with it: to confirm it, send "
                    + "'Eagle-Confirm: \(organization.slug)'."
            )
        }
        let erasure = try await call.context.stores.erasures.begin(
            organization.id,
            by: administrator.principal.actor,
            at: call.now,
            in: administrator.scope
        )
        call.context.lanes.refuse(organization.id)
        var response = try Response.json(try ErasureDocument(erasure), status: .accepted)
        response.headers[.location] = "/api/v1/organizations/\(organization.id)/erasure"
        return response
    }

    private static func erasure(_ call: Call, _ administrator: Administrator) async throws -> Response {
        try call.query.allow()
        let store = call.context.stores.erasures
        let name = call.parameters["id"] ?? ""
        let found: Erasure?
        if let id = ID<Organization>(name) {
            found = try await store.byID(id, in: administrator.scope)
        } else {
            found = try await store.bySlug(name, in: administrator.scope)
        }
        guard let found else { throw Problem.notFound("erasure") }
        return try .json(try ErasureDocument(found))
    }

    /// For whoever was given a certificate, and has no account here.
    private static func certificateKey(_ call: Call) async throws -> Response {
        try call.query.allow()
        return try .json(
            CertificateKey(publicKey: Data(call.context.identity.publicKey).base64EncodedString())
        )
    }
}
