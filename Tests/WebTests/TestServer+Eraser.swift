import Delivery
import Logging
import Serving
import TestSupport

@testable import Web

extension TestServer {
    /// Runs the body beside an eraser that looks at the store all the time.
    func withEraser<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        let folder = try TemporaryDirectory()
        var logger = Logger(label: "web tests")
        logger.logLevel = .critical
        let context = context
        let eraser = Eraser(
            lanes: context.lanes,
            work: ErasureWork(
                stores: context.stores,
                root: folder.path,
                identity: context.identity,
                time: clock,
                version: "test",
                rowCountMax: 3
            ),
            time: clock,
            logger: logger,
            interval: .milliseconds(10)
        ) { scope in
            context.courier.forget(scope)
            context.trainingNews.close(in: scope)
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await eraser.run() }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}
