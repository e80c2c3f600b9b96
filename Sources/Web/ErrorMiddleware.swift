import Alarms
import Connectors
import Database
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import Models
import NIOCore
import NIOHTTP1
import Plant
import Serving
import Storage
import Trust

/// Makes of every error the problem document it is; a client sees codes, the log sees causes.
enum ErrorMiddleware {
    static func response(for error: any Error, to call: Call) -> Response {
        let problem = problem(of: error)
        log(problem, of: call)
        var response = response(for: problem, path: call.request.uri.path, requestID: call.requestID)
        if problem.code == .tooLarge { response.headers[.connection] = "close" }
        return response
    }

    static func response(for problem: Problem, path: String, requestID: String) -> Response {
        var response = Response(
            status: problem.code.status,
            headers: [.contentType: MediaTypes.problem],
            body: ResponseBody(byteBuffer: document(for: problem, path: path, requestID: requestID))
        )
        response.headers[.cacheControl] = "no-store"
        if let seconds = problem.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
        if !problem.allow.isEmpty {
            response.headers[.allow] = problem.allow.map(\.rawValue).sorted().joined(separator: ", ")
        }
        if problem.code.status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }

    /// Strings and whole numbers are always JSON; were they not, an empty body would still have its status.
    static func document(for problem: Problem, path: String, requestID: String) -> ByteBuffer {
        (try? JSONText.encode(ProblemDocument(problem, path: path, requestID: requestID))) ?? ByteBuffer()
    }

    static func problem(of error: any Error) -> Problem {
        switch error {
        case let problem as Problem: problem
        case let error as DecodingError: Problem(error)
        case let problem as SchemaProblem: Problem(problem)
        case let error as AuthorizationError: Problem(error)
        case let error as AlarmError: Problem(.conflict, error.description, cause: error)
        case let error as SuppressionError: Problem(.conflict, error.description, cause: error)
        case let error as FileError: Problem(error)
        case let error as PasswordError: Problem(.invalid, error.description)
        case let error as QuotaExceeded: Problem(error)
        case let error as StorageError: Problem(error)
        case let error as DatabaseError: Problem(error)
        case let error as KeyError: Problem(error)
        case let error as LaneError: Problem(error)
        case let error as ModelError: Problem(error)
        case let error as ModelUnwell: Problem(error)
        case let error as TooManyRows: Problem(error)
        case let error as Overdue: Problem(error)
        case let error as HistoryError: Problem(error)
        case is HTTPParserError: Problem(.badRequest, "The request broke off.")
        case let error as any HTTPResponseError where error.status.code < 500:
            Problem(.badRequest, "The request can't be read.", cause: error)
        default: Problem(.internalError, "It was logged under the request's id.", cause: error)
        }
    }

    private static func log(_ problem: Problem, of call: Call) {
        guard problem.code.status.code >= 500 else { return }
        call.logger.error(
            "a request failed",
            metadata: [
                "code": .string(problem.code.rawValue), "path": .string(call.loggedPath),
                "cause": .string(problem.cause.map { String(describing: $0) } ?? problem.detail),
            ]
        )
    }
}

extension Problem {
    /// What a JSON body lacks or has wrong, by its path.
    init(_ error: DecodingError) {
        func detail(_ context: DecodingError.Context, _ message: String, key: (any CodingKey)? = nil) -> [Detail] {
            let path = (context.codingPath + (key.map { [$0] } ?? [])).map {
                $0.intValue.map(String.init) ?? $0.stringValue
            }
            return [Detail(path: path, message: message)]
        }
        switch error {
        case .keyNotFound(let key, let context):
            self.init(.invalid, "'\(key.stringValue)' is missing.", errors: detail(context, "is missing", key: key))
        case .valueNotFound(_, let context):
            self.init(.invalid, "A value is null that must not be.", errors: detail(context, "must not be null"))
        case .typeMismatch(_, let context):
            self.init(.invalid, "A value is of the wrong type.", errors: detail(context, "is of the wrong type"))
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            self.init(.malformedBody, "The body is not JSON.", cause: error)
        case .dataCorrupted(let context):
            // Swift's own words for an unknown case of an enum end in the value, which may be a secret in a wrong place.
            let isEcho = context.debugDescription.contains(" from invalid ")
            let message = isEcho ? "is none of the values that it can have" : context.debugDescription
            let sentence = isEcho ? "A value \(message)." : message
            self.init(.invalid, sentence, errors: detail(context, message))
        @unknown default:
            self.init(.malformedBody, "The body can't be read.", cause: error)
        }
    }

    init(_ problem: SchemaProblem) {
        self.init(.invalid, problem.description, errors: [Detail(path: problem.path, message: problem.message)])
    }
}

extension Response {
    /// The value as JSON, keys in order.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status,
            headers: [.contentType: MediaTypes.json],
            body: ResponseBody(byteBuffer: try JSONText.encode(value))
        )
    }

    static var noContent: Response { Response(status: .noContent) }

    static func text(_ text: String, type: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}

/// How the API writes JSON.
enum JSONText {
    /// - Throws: ``Problem`` for JSON with a NUL character, escaped as `\\u0000`, in any of its texts.
    static func refuseNUL(in json: ByteBuffer) throws(Problem) {
        let nul = Array("u0000".utf8)
        var rest = json.readableBytesView[...]
        while let backslash = rest.firstIndex(of: UInt8(ascii: "\\")) {
            let escape = rest[rest.index(after: backslash)...]
            if escape.starts(with: nul) {
                throw Problem(.invalid, "A text holds a NUL character (\\u0000), which nothing here keeps.")
            }
            rest = escape.dropFirst()
        }
    }

    static func encode(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ByteBuffer(bytes: try encoder.encode(value))
    }
}
