package import HTTPTypes

/// A refusal in the form of RFC 9457: what went wrong, in a code to switch on and a sentence to act on.
package struct Problem: Error, Sendable {
    /// What clients switch on: the text of each is part of the API, and stable.
    package enum Code: String, Sendable, CaseIterable {
        case badRequest = "bad_request"
        case malformedBody = "malformed_body"
        case unauthorized
        case invalidCredentials = "invalid_credentials"
        case secondFactorRequired = "second_factor_required"
        case secondFactorWrong = "second_factor_wrong"
        case secondFactorEnrolmentRequired = "second_factor_enrolment_required"
        case signInUnknown = "sign_in_unknown"
        case tokenExpired = "token_expired"
        case sessionRevoked = "session_revoked"
        case forbidden
        case crossOrigin = "cross_origin"
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case notAcceptable = "not_acceptable"
        case conflict
        case tooLarge = "too_large"
        case headersTooLarge = "headers_too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case invalid
        case schemaMissing = "schema_missing"
        case organizationRequired = "organization_required"
        case upgradeRequired = "upgrade_required"
        case quotaExceeded = "quota_exceeded"
        case tooManyRequests = "too_many_requests"
        case unavailable
        case modelUnwell = "model_unwell"
        case storageFull = "storage_full"
        case internalError = "internal_error"
    }

    /// One thing wrong with a body, and where in it.
    package struct Detail: Codable, Hashable, Sendable {
        /// The keys and indices from the body's root.
        package let path: [String]
        package let message: String
    }

    /// Which quota is used up, and how far.
    package struct QuotaUse: Codable, Hashable, Sendable {
        package let name: String
        /// Nil of rates, where it means nothing a moment later.
        package let use: Int?
        package let limit: Int
    }

    package let code: Code
    package let detail: String
    package var quota: QuotaUse?
    package var errors: [Detail] = []
    /// Seconds after which trying again may help.
    package var retryAfterSeconds: Int?
    /// The methods that the path does have.
    package var allow: [HTTPRequest.Method] = []
    /// What lies behind it: for the log, never for the client.
    package var cause: (any Error)?

    package init(
        _ code: Code,
        _ detail: String,
        errors: [Detail] = [],
        retryAfterSeconds: Int? = nil,
        allow: [HTTPRequest.Method] = [],
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.detail = detail
        self.errors = errors
        self.retryAfterSeconds = retryAfterSeconds
        self.allow = allow
        self.cause = cause
    }

    /// One text for what is not there and for what is another organization's.
    package static func notFound(_ what: String) -> Problem { Problem(.notFound, "There is no such \(what).") }
}

extension Problem.Code {
    package var status: HTTPResponse.Status {
        switch self {
        case .badRequest, .malformedBody, .organizationRequired: .badRequest
        case .unauthorized, .invalidCredentials, .tokenExpired, .sessionRevoked: .unauthorized
        case .forbidden, .crossOrigin: .forbidden
        case .secondFactorRequired, .secondFactorWrong, .signInUnknown: .unauthorized
        case .secondFactorEnrolmentRequired: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .notAcceptable: .notAcceptable
        case .conflict, .schemaMissing, .quotaExceeded: .conflict
        case .tooLarge: .contentTooLarge
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .invalid: .unprocessableContent
        case .upgradeRequired: HTTPResponse.Status(code: 426, reasonPhrase: "Upgrade Required")
        case .tooManyRequests: .tooManyRequests
        case .unavailable, .modelUnwell, .storageFull: .serviceUnavailable
        case .internalError: .internalServerError
        }
    }

    var title: String {
        switch self {
        case .badRequest: "The request is not understood"
        case .malformedBody: "The body can't be read"
        case .unauthorized: "Not signed in"
        case .invalidCredentials: "E-mail address or password is wrong"
        case .secondFactorRequired: "A code is asked for"
        case .secondFactorWrong: "The code is wrong"
        case .secondFactorEnrolmentRequired: "A second factor has to be set up first"
        case .signInUnknown: "The sign-in is not known"
        case .tokenExpired: "The token has expired"
        case .sessionRevoked: "The session was ended"
        case .forbidden: "Not allowed"
        case .crossOrigin: "Not from this page"
        case .notFound: "Not found"
        case .methodNotAllowed: "The path has no such method"
        case .notAcceptable: "There is no such representation"
        case .conflict: "It contradicts what is there"
        case .tooLarge: "The body is too large"
        case .headersTooLarge: "The header fields are too large"
        case .unsupportedMediaType: "The body's media type is not read here"
        case .invalid: "The body says something that can't be"
        case .schemaMissing: "The organization has no schema yet"
        case .organizationRequired: "No organization is named"
        case .upgradeRequired: "This path speaks WebSocket"
        case .quotaExceeded: "A quota is used up"
        case .tooManyRequests: "Too many attempts"
        case .unavailable: "The store can't be reached"
        case .modelUnwell: "The model is unwell"
        case .storageFull: "The store is full"
        case .internalError: "The server failed"
        }
    }
}

/// The document itself, as RFC 9457, section 3 has it.
struct ProblemDocument: Codable, Sendable {
    let type: String
    let title: String
    let status: Int
    let code: String
    let detail: String
    let instance: String
    let requestId: String
    let errors: [Problem.Detail]?
    let quota: Problem.QuotaUse?

    init(_ problem: Problem, path: String, requestID: String) {
        type = "urn:eagle:problem:\(problem.code.rawValue)"
        title = problem.code.title
        status = problem.code.status.code
        code = problem.code.rawValue
        detail = problem.detail
        instance = path
        requestId = requestID
        errors = problem.errors.isEmpty ? nil : problem.errors
        quota = problem.quota
    }
}
