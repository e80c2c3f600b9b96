import Plant
import Trust

/// Remembers what issuers said of themselves, and asks them again no more often than is good for them.
///
/// Whoever needs the same issuer at the same time waits for one question; a failure is remembered for a moment, so that
/// an issuer that is down is not asked by everybody who would like to sign in.
actor IssuerMemory {
    struct Limits: Sendable {
        /// How long an answer is good.
        var keepsFor: Duration = .seconds(3_600)
        /// How old an answer is at least before an unknown key makes it asked for anew.
        var renewsAfter: Duration = .seconds(30)
        /// How long a failure stands for the next ones.
        var failsFor: Duration = .seconds(10)
    }

    private struct Answer {
        let result: Result<IssuerClient.Issuer, OpenIDError>
        let at: Instant
    }

    private let client: IssuerClient
    private let limits: Limits
    private var answers: [String: Answer] = [:]
    private var questions: [String: Task<Result<IssuerClient.Issuer, OpenIDError>, Never>] = [:]

    init(client: IssuerClient, limits: Limits = Limits()) {
        self.client = client
        self.limits = limits
    }

    /// - Parameters:
    ///   - provider: Whose issuer.
    ///   - now: The present instant.
    ///   - hasNewKeys: Whether a key was met that is none of those known.
    /// - Returns: What is known, or what the issuer answers.
    /// - Throws: ``OpenIDError`` with `.issuerUnavailable`.
    func issuer(
        of provider: OpenIDProvider,
        at now: Instant,
        hasNewKeys: Bool = false
    ) async throws(OpenIDError) -> IssuerClient.Issuer {
        if let answer = answers[provider.id], isGood(answer, at: now, hasNewKeys: hasNewKeys) {
            return try answer.result.get()
        }
        if let question = questions[provider.id] { return try await question.value.get() }
        let client = client
        let question = Task<Result<IssuerClient.Issuer, OpenIDError>, Never> {
            do throws(OpenIDError) { return .success(try await client.issuer(of: provider)) } catch {
                return .failure(error)
            }
        }
        questions[provider.id] = question
        let result = await question.value
        questions[provider.id] = nil
        // Keys that are known stay known while their issuer can't be asked for newer ones.
        if case .failure = result, hasNewKeys, case .success? = answers[provider.id]?.result {
            return try result.get()
        }
        answers[provider.id] = Answer(result: result, at: now)
        return try result.get()
    }

    private func isGood(_ answer: Answer, at now: Instant, hasNewKeys: Bool) -> Bool {
        switch answer.result {
        case .success: now - answer.at < (hasNewKeys ? limits.renewsAfter : limits.keepsFor)
        case .failure: now - answer.at < limits.failsFor
        }
    }
}
