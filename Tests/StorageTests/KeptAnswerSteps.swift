import FoundationEssentials
import Plant
import Storage
import TestSupport
import Trust

extension StoreStep {
    static let keptAnswerReads: [StoreStep] = [
        StoreStep("kept answer") { stores, scope, side in
            let kept = try await stores.keptAnswers.answer(at: KeptAnswer.test(side.mark).place, at: .t0, in: scope)
            return kept.map { String(decoding: $0.answer, as: UTF8.self) }
        }
    ]

    static let keptAnswerWrites: [StoreStep] = [
        StoreStep("keep an answer") { stores, scope, _ in
            try await stores.keptAnswers.keep(.test("intruder"), at: .t0, in: scope)
        },
        StoreStep("keep answers for a short time") { stores, scope, _ in
            try await stores.keptAnswers.keep(.test("intruder"), countMax: 1, at: .t0 + .seconds(90), in: scope)
        },
    ]
}

extension KeptAnswer {
    /// What both sides' clients call the same, so that it lies at the same place of each.
    static func test(_ mark: String) -> KeptAnswer {
        let place = RefreshToken(text: String(repeating: "k", count: 43))?.hash ?? RefreshToken.fresh.hash
        return KeptAnswer(
            place: place,
            request: place,
            answer: Data(mark.utf8),
            createdAt: .t0,
            expiresAt: .t0 + .seconds(60)
        )
    }
}

extension RefreshToken {
    fileprivate static var fresh: RefreshToken {
        var generator = SeededGenerator(seed: 1)
        return RefreshToken(using: &generator)
    }
}
