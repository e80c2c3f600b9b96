import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Plant
import Storage
import Synchronization
import Trust

/// Answers a wish that is repeated under one `Idempotency-Key` as it was answered the first time.
///
/// A key belongs to who sends it, in one organization: the same key of anybody else is another. What was refused is not
/// kept, for nothing was made: it may be sent again, put right, under the same key. A server that dies between doing and
/// keeping forgets the answer, and does it again when asked again.
final class IdempotencyDesk: Sendable {
    static let keyByteCountMax = 200
    static let answerByteCountMax = 64 << 10
    static let lifetime = Duration.seconds(86_400)

    /// What is being answered at this moment.
    private let busy = Mutex<Set<TokenHash>>([])

    /// - Throws: ``Problem``: `.badRequest` for a key that is none, `.invalid` for one that was used for another wish,
    ///   `.conflict` where the first wish under it is not answered yet.
    func answer(
        _ call: Call,
        _ member: Member,
        by route: Route,
        _ perform: @Sendable (Call, Member) async throws -> Response
    ) async throws -> Response {
        guard route.keepsAnswers, let key = call.request.headers[.idempotencyKey] else {
            return try await perform(call, member)
        }
        try Self.check(key)
        let seal = AnswerSeal(call.context.signingKey)
        let place = seal.place(of: key, by: member.principal.keyOwner, in: member.scope)
        guard busy.withLock({ $0.insert(place).inserted }) else {
            throw Problem(.conflict, "The first request under this key is not answered yet.", retryAfterSeconds: 1)
        }
        defer { busy.withLock { _ = $0.remove(place) } }
        var call = call
        let body = try await call.body(upTo: call.context.limits.documentByteCountMax)
        call.request.body = RequestBody(buffer: body)
        let request = seal.fingerprint(of: [
            Array(route.method.rawValue.utf8), Array((call.request.uri.string).utf8),
            Array((call.mediaType ?? "").utf8),
            Array(body.readableBytesView),
        ])
        let store = call.context.stores.keptAnswers
        if let kept = try await store.answer(at: place, at: call.now, in: member.scope) {
            return try Self.repeated(kept, request, place, seal)
        }
        var response = try await perform(call, member)
        guard response.status.kind == .successful,
            let count = response.body.contentLength, count <= Self.answerByteCountMax
        else { return response }
        let collected = CollectedBody()
        try await response.body.write(collected)
        response.body = ResponseBody(byteBuffer: collected.bytes)
        do {
            let kept = KeptResponse(response, body: collected.bytes)
            try await Self.keep(kept, request, place, seal, call, member)
        } catch {
            // It is done: an error here would only have it done once more.
            call.logger.error("an answer can't be kept for who asks again", metadata: ["error": "\(error)"])
        }
        return response
    }

    private static func check(_ key: String) throws(Problem) {
        let isKey = (1...keyByteCountMax).contains(key.utf8.count) && key.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isKey else {
            throw Problem(
                .badRequest,
                "An Idempotency-Key is 1 to \(keyByteCountMax) visible ASCII characters, such as a UUID."
            )
        }
    }

    private static func repeated(
        _ kept: KeptAnswer,
        _ request: TokenHash,
        _ place: TokenHash,
        _ seal: AnswerSeal
    ) throws -> Response {
        guard kept.request == request else {
            throw Problem(
                .invalid,
                "The Idempotency-Key was used for another request within the last day: take a new one.",
                errors: [Problem.Detail(path: ["Idempotency-Key"], message: "was used for another request")]
            )
        }
        guard let bytes = seal.open(kept.answer, at: place),
            let answer = try? JSONDecoder().decode(KeptResponse.self, from: Data(bytes))
        else {
            throw Problem(
                .conflict,
                "It was done already, and its answer can't be read any more: look for what it made."
            )
        }
        return answer.response
    }

    private static func keep(
        _ kept: KeptResponse,
        _ request: TokenHash,
        _ place: TokenHash,
        _ seal: AnswerSeal,
        _ call: Call,
        _ member: Member
    ) async throws {
        var generator = SystemRandomNumberGenerator()
        try await call.context.stores.keptAnswers.keep(
            KeptAnswer(
                place: place,
                request: request,
                answer: try seal.seal([UInt8](try JSONEncoder().encode(kept)), at: place, using: &generator),
                createdAt: call.now,
                expiresAt: call.now + lifetime
            ),
            at: call.now,
            in: member.scope
        )
    }
}

extension Route {
    /// Posts that are the same when they are sent again anyway, or only compute; their bodies may be large.
    private static let repeatable: Set<String> = [
        "/api/v1/readings", "/api/v1/failures", "/api/v1/models", "/api/v1/predictions", "/api/v1/rules/rehearsal",
    ]

    /// Whether an `Idempotency-Key` means something to it.
    var keepsAnswers: Bool { method == .post && isWithinOrganization && !Self.repeatable.contains(path) }
}

extension Principal {
    /// Whose an `Idempotency-Key` is.
    fileprivate var keyOwner: String { actor.text }
}

extension HTTPField.Name {
    static let idempotencyKey = HTTPField.Name("Idempotency-Key") ?? .ifMatch
    static let idempotencyReplayed = HTTPField.Name("Idempotency-Replayed") ?? .ifMatch
}
