import Dispatch

/// Threads for tests that work for seconds: tests share as few threads as there are cores, and one that holds a thread
/// holds up all that wait for an answer.
package enum OffPool {
    package static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { continuation.resume(with: Result { try work() }) }
        }
    }
}
