import Dispatch
import Synchronization
import Testing

@testable import Storage

/// Things go from a thread that may block to a task that must not, and back, in order and a few at a time.
@Suite(.timeLimit(.minutes(60))) struct ConveyorTests {
    private struct Broken: Error, Equatable { let number: Int }

    private func onThread(_ body: @Sendable @escaping () -> Void) {
        DispatchQueue(label: "a thread").async(execute: body)
    }

    @Test func `a thread's things come to a task in order, and no more than a few wait`() async throws {
        let conveyor = Conveyor<Int>(countMax: 3)
        let put = Mutex(0)
        onThread {
            for number in 0..<1_000 {
                try? conveyor.putBlocking(number)
                put.withLock { $0 = number + 1 }
            }
            conveyor.end()
        }
        var taken = 0
        while let number = try await conveyor.take() {
            #expect(number == taken)
            taken += 1
            #expect(put.withLock { $0 } <= taken + 4)
        }
        #expect(taken == 1_000)
    }

    @Test func `a task's things come to a thread in order`() async throws {
        let conveyor = Conveyor<Int>(countMax: 2)
        async let taken = withCheckedContinuation { (continuation: CheckedContinuation<[Int], Never>) in
            onThread {
                var numbers: [Int] = []
                while let number = try? conveyor.takeBlocking() { numbers.append(number) }
                continuation.resume(returning: numbers)
            }
        }
        for number in 0..<1_000 { try await conveyor.put(number) }
        conveyor.end()
        #expect(await taken == Array(0..<1_000))
    }

    @Test func `whoever waits at the other end of a broken one is told`() async throws {
        let conveyor = Conveyor<Int>(countMax: 1)
        try await conveyor.put(1)
        let waiting = Task { try await conveyor.put(2) }
        conveyor.fail(Broken(number: 1))
        conveyor.fail(Broken(number: 2))
        await #expect(throws: Broken(number: 1)) { try await waiting.value }
        await #expect(throws: Broken(number: 1)) { try await conveyor.take() }
        #expect(throws: Broken(number: 1)) { try conveyor.takeBlocking() }
        #expect(throws: Broken(number: 1)) { try conveyor.putBlocking(3) }
    }
}
