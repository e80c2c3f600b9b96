import Hummingbird
import Plant
import Storage
import Trust

/// The second factor: one's own, others', and whether an organization asks for it.
///
/// One's own is set up and taken away by e-mail address and password and not by a token: a stolen token is not enough
/// for either, and who may not sign in without a factor can set one up.
struct TOTPRoutes: Sendable {
    struct Credentials: Decodable, Sendable {
        let email: String
        let password: String
    }

    struct ProvenCredentials: Decodable, Sendable {
        let email: String
        let password: String
        let code: String
    }

    struct EnrolmentDocument: Encodable, Sendable {
        let secret: String
        let uri: String
    }

    struct RecoveryDocument: Encodable, Sendable {
        let recoveryCodes: [String]
    }

    struct StatusDocument: Encodable, Sendable {
        let isEnrolled: Bool
        let isRequired: Bool
        let confirmedAt: Instant?
        let recoveryCodesLeft: Int
    }

    struct PolicyDocument: Codable, Sendable {
        let secondFactorRequired: Bool
    }

    let sessions: Sessions

    var all: [Route] {
        [
            Route(.get, "/api/v1/auth/totp", .signedIn(status)),
            Route(.post, "/api/v1/auth/totp", .open(enrol)),
            Route(.post, "/api/v1/auth/totp/confirm", .open(confirm)),
            Route(.post, "/api/v1/auth/totp/remove", .open(remove)),
            Route(.delete, "/api/v1/users/{id}/totp", .organization(.manageUsers, removeOfUser)),
            Route(.get, "/api/v1/sign-in-policy", .organization(.readOrganization, policy)),
            Route(.put, "/api/v1/sign-in-policy", .organization(.manageUsers, setPolicy)),
        ]
    }

    private func status(_ call: Call, _ principal: Principal) async throws -> Response {
        try call.query.allow()
        let status = try await sessions.secondFactorStatus(of: try await sessions.user(principal))
        return try .json(
            StatusDocument(
                isEnrolled: status.factor != nil,
                isRequired: status.isRequired,
                confirmedAt: status.factor?.confirmedAt,
                recoveryCodesLeft: status.recoveryCodesLeft
            )
        )
    }

    private func enrol(_ call: Call) async throws -> Response {
        try call.query.allow()
        let body = try await call.json(Credentials.self)
        let enrolment = try await sessions.enrolSecondFactor(
            email: body.email,
            password: body.password,
            from: call.origin
        )
        return try .json(
            EnrolmentDocument(secret: enrolment.secret.base32, uri: enrolment.uri),
            status: .created
        )
    }

    private func confirm(_ call: Call) async throws -> Response {
        try call.query.allow()
        let body = try await call.json(ProvenCredentials.self)
        let codes = try await sessions.confirmSecondFactor(
            email: body.email,
            password: body.password,
            code: body.code,
            from: call.origin
        )
        return try .json(RecoveryDocument(recoveryCodes: codes.map(\.text)))
    }

    private func remove(_ call: Call) async throws -> Response {
        try call.query.allow()
        let body = try await call.json(ProvenCredentials.self)
        try await sessions.removeSecondFactor(
            email: body.email,
            password: body.password,
            code: body.code,
            from: call.origin
        )
        return .noContent
    }

    private func removeOfUser(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        try await sessions.removeSecondFactor(of: try call.id("user"), at: call.now, in: member.scope)
        return .noContent
    }

    private func policy(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let isRequired = try await call.context.stores.signInPolicies.isSecondFactorRequired(in: member.scope)
        return try .json(PolicyDocument(secondFactorRequired: isRequired))
    }

    private func setPolicy(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let policy = try await call.json(PolicyDocument.self)
        try await sessions.setSecondFactorRequired(
            policy.secondFactorRequired,
            by: member.principal,
            at: call.now,
            in: member.scope
        )
        return try .json(policy)
    }
}
