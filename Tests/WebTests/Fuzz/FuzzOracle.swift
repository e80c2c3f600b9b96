import Foundation

@testable import Web

/// What no answer may be, whatever was asked.
struct FuzzOracle: Sendable {
    let contract: Contract
    /// Texts that are another organization's, and stand in no request.
    let canaries: [String]

    /// What is wrong with what a connection brought, all of it; empty where nothing is.
    ///
    /// The requests are what was asked, where each is sound by itself; nil where the bytes asked for nothing in particular.
    func problems(in bytes: [UInt8], requests: [FuzzRequest]?) -> [String] {
        if let leak = canaries.first(where: { bytes.firstRange(of: Array($0.utf8)) != nil }) {
            return ["shows \(leak)"]
        }
        let (answers, rest, failure) = RawAnswer.all(in: bytes, methods: requests?.map(\.method) ?? [])
        // Who was told that his body is too long is cut off a moment later, wherever the server is then.
        let isCutOff = answers.contains { $0.status == 413 }
        if let failure, !isCutOff { return ["is no HTTP: \(failure.reason)"] }
        if !rest.isEmpty, answers.last?.status != 101, !isCutOff { return ["says more than answers"] }
        if let requests, answers.count > requests.count {
            return ["\(answers.count) answers to \(requests.count) requests"]
        }
        if let requests, answers.count < requests.count, !isCutOff, !hasClosed(answers) {
            return ["\(answers.count) answers to \(requests.count) requests, and no word of why"]
        }
        return answers.enumerated().flatMap { index, answer in
            problems(of: answer, to: requests.map { $0[index] }).map { "answer \(index): \($0)" }
        }
    }

    /// Whether it said that it would not go on.
    private func hasClosed(_ answers: [RawAnswer]) -> Bool {
        guard let last = answers.last else { return false }
        return last.headers["connection"]?.lowercased() == "close" || last.status == 101
    }

    private func problems(of answer: RawAnswer, to request: FuzzRequest?) -> [String] {
        if answer.status == 503 { return answer.headers["retry-after"] == nil ? ["503 without Retry-After"] : [] }
        guard answer.status == 101 || (200..<500).contains(answer.status) else { return ["status \(answer.status)"] }
        guard answer.status >= 400, request?.method != "HEAD" else { return [] }
        if answer.body.isEmpty {
            // What can't be parsed at all is answered before there is a request.
            return answer.headers["connection"]?.lowercased() == "close" ? [] : ["\(answer.status) without a word"]
        }
        guard answer.headers["content-type"] == MediaTypes.problem else {
            return ["\(answer.status) is no problem document"]
        }
        let document = answer.answer.json
        guard document["status"]?.int == answer.status else { return ["its document has another status"] }
        return contract.problems(of: document, againstSchema: "Problem")
    }
}
