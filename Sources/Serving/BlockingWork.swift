import Dispatch

/// Threads for C code that blocks: the cooperative ones, as many as there are cores, must never wait.
package struct BlockingWork: Sendable {
    private let queue: DispatchQueue

    /// The label is what a profiler calls the threads.
    package init(label: String, isConcurrent: Bool = false) {
        queue = DispatchQueue(label: label, attributes: isConcurrent ? .concurrent : [])
    }

    package func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try work() }) }
        }
    }

    /// The same for work that nobody waits for.
    func begin(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }
}
