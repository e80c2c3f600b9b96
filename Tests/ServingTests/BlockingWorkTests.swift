import Dispatch
import Testing

@testable import Serving

@Suite(.timeLimit(.minutes(60))) struct BlockingWorkTests {
    @Test func `work that hangs is waited for up to its limit`() async {
        let work = BlockingWork(label: "test", threadCountMax: 2, answerLimit: .zero)
        let gate = DispatchSemaphore(value: 0)
        defer { gate.signal() }
        await #expect(throws: Overdue.self) { try await work.run { gate.wait() } }
    }

    @Test func `a cancelled task does not wait for work that hangs`() async {
        let work = BlockingWork(label: "test", answerLimit: .seconds(3_600))
        let gate = DispatchSemaphore(value: 0)
        defer { gate.signal() }
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await work.run { gate.wait() } }
            group.cancelAll()
            do {
                _ = try await group.next()
                Issue.record("it waited")
            } catch {
                #expect(error is CancellationError)
            }
        }
    }

    @Test func `work that ends within its limit is answered, and what it throws is thrown`() async throws {
        let work = BlockingWork(label: "test", answerLimit: .seconds(3_600))
        let answer = try await work.run { 7 }
        #expect(answer == 7)
        await #expect(throws: CancellationError.self) {
            try await work.run { () throws -> Void in throw CancellationError() }
        }
    }
}
