import Foundation
package import Logging
import Plant
import ServiceLifecycle
package import Storage
package import Trust

/// Writes down what the server does unasked, and signs the chains' heads.
///
/// Predictions are told of by the minute, from the store, so that none is missing after a crash; loads of models by a
/// note in memory, of which a crash loses those of the last look.
package struct AuditKeeper: Service {
    let lanes: Lanes
    let identity: ServerIdentity
    let policy: AuditHeadPolicy
    /// The plants' time, by which predictions are kept.
    let time: any TimeSource
    /// The machine's, by which heads are signed.
    let machineTime: any TimeSource
    let logger: Logger
    let interval: Duration

    private var stores: Stores { lanes.stores }

    /// - Parameters:
    ///   - lanes: Whose organizations have chains, and whose models are loaded.
    ///   - identity: Signs.
    ///   - policy: When.
    ///   - time: The plants'.
    ///   - machineTime: The machine's.
    ///   - logger: For what fails without anybody having asked for it.
    ///   - interval: Between two looks.
    package init(
        lanes: Lanes,
        identity: ServerIdentity,
        policy: AuditHeadPolicy = AuditHeadPolicy(),
        time: any TimeSource,
        machineTime: any TimeSource = SystemTime(),
        logger: Logger,
        interval: Duration = .seconds(10)
    ) {
        self.lanes = lanes
        self.identity = identity
        self.policy = policy
        self.time = time
        self.machineTime = machineTime
        self.logger = logger
        self.interval = interval
    }

    /// Looks until shutdown, and once more then.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await look()
                try? await Task.sleep(for: interval)
            }
        }
        await writeLoads()
    }

    /// Writes down all that is there to be written down.
    package func look() async {
        await writeLoads()
        do {
            let (server, organizations) = try await lanes.auditScopes()
            await signHead(of: .server(server))
            for scope in organizations {
                guard !Task.isCancelled else { return }
                await writePredictions(in: scope)
                await signHead(of: .organization(scope))
            }
        } catch {
            report("the organizations can't be read", error)
        }
    }

    private func writePredictions(in scope: OrganizationScope) async {
        do { _ = try await stores.audit.closePredictionMinutes(at: time.now, in: scope) } catch {
            report("predictions can't be written into the audit chain", error, of: .organization(scope.id))
        }
    }

    private func signHead(of place: AuditPlace) async {
        do {
            _ = try await stores.audit.signHead(by: policy, at: machineTime.now, with: identity, in: place)
        } catch {
            report("an audit chain's head can't be signed", error, of: place.chain)
        }
    }

    /// What can't be kept now waits for the next look; what never can, as of an organization that is gone, is dropped.
    private func writeLoads() async {
        let news = lanes.predictions.registry.cache.loads
        let (loads, lostCount) = news.take()
        if lostCount > 0 {
            logger.error("loads of models are missing in the audit chains", metadata: ["count": "\(lostCount)"])
        }
        guard !loads.isEmpty else { return }
        do {
            let known = Dictionary(
                try await lanes.auditScopes().organizations.map { ($0.id, $0) }
            ) { first, _ in first }
            for (index, load) in loads.enumerated() {
                guard let scope = known[load.key.organization] else { continue }
                do { try await stores.audit.append(load.event, at: load.at, in: scope) } catch {
                    news.putBack(loads[index...])
                    return report("a model's load can't be written into the audit chain", error)
                }
            }
        } catch {
            news.putBack(loads)
            report("the organizations can't be read", error)
        }
    }

    private func report(_ message: String, _ error: any Error, of chain: AuditChain? = nil) {
        guard !Task.isCancelled else { return }
        var metadata: Logger.Metadata = ["error": "\(error)"]
        metadata["chain"] = chain.map { "\($0.text)" }
        logger.error("\(message)", metadata: metadata)
    }
}
