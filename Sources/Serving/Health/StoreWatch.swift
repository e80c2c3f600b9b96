package import Logging
import ServiceLifecycle
package import Storage

/// Writes a little from time to time, so that the server knows that it can, and can again, where nobody else writes.
///
/// `/readyz` goes by what the writer met last: a server that nobody sends anything to any more would else never learn
/// that its disk has room again.
package struct StoreWatch: Service {
    let stores: Stores
    let logger: Logger
    let interval: Duration

    /// - Parameters:
    ///   - stores: What is written to.
    ///   - logger: For what fails without anybody having asked for it.
    ///   - interval: Between two trials.
    package init(stores: Stores, logger: Logger, interval: Duration = .seconds(30)) {
        self.stores = stores
        self.logger = logger
        self.interval = interval
    }

    /// Tries until shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await look()
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// Tries once.
    package func look() async {
        await look { try await stores.tryWriting() }
        await look { try await stores.keyring.tryWriting() }
    }

    private func look(_ trial: () async throws -> Void) async {
        do { try await trial() } catch {
            guard !Task.isCancelled else { return }
            logger.error("nothing can be written", metadata: ["error": "\(error)"])
        }
    }
}
