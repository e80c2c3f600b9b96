import Logging
package import Models
package import Plant

/// What is done for the models of all organizations, unasked or on demand.
extension Lanes {
    /// Memory is looked at whatever else takes its time.
    func sweep() async {
        while !Task.isCancelled {
            do { try await time.sleep(for: upkeep.sweepInterval) } catch { return }
            predictions.registry.cache.sweep()
        }
    }

    func keepUp() async {
        var warmUpAt = upkeep.warmUp?.next(after: time.now, in: .utc)
        var healthAt = upkeep.healthInterval.map { time.now + $0 }
        while !Task.isCancelled {
            do { try await time.sleep(for: upkeep.sweepInterval) } catch { return }
            let now = time.now
            if let due = healthAt, due <= now {
                healthAt = upkeep.healthInterval.map { now + $0 }
                for scope in servingScopes { await validateHealth(in: scope) }
            }
            if let due = warmUpAt, due <= now {
                warmUpAt = upkeep.warmUp?.next(after: now, in: .utc)
                await warmUp()
            }
        }
    }

    /// Loads the models of organizations that predict, one after the other, so that their next rows find them.
    package func warmUp() async {
        for scope in servingScopes {
            guard !Task.isCancelled, let version = board.status(in: scope).modelVersion else { continue }
            do { _ = try await predictions.registry.load(version, in: scope) } catch {
                logger.warning("a model can't be warmed up", metadata: ["version": "\(version)", "error": "\(error)"])
            }
        }
    }

    /// Looks at the model that serves an organization, and takes it out where it is unwell.
    private func validateHealth(in scope: OrganizationScope) async {
        guard let version = board.status(in: scope).modelVersion else { return }
        do { _ = try await validateHealth(of: version, in: scope) } catch {
            logger.warning("a model can't be looked at", metadata: ["version": "\(version)", "error": "\(error)"])
        }
    }

    /// Looks at a version; the one that serves is taken out where it is unwell, and its rules go on alone.
    ///
    /// - Throws: `DatabaseError`.
    package func validateHealth(of version: ModelVersion, in scope: OrganizationScope) async throws -> ModelHealth {
        let health = try await predictions.registry.validateHealth(of: version, in: scope)
        // What may be over by the next look keeps no model from serving that does.
        if let error = health.error, !error.isTransient, board.status(in: scope).modelVersion == version {
            inbox(of: scope).notify(.condemned(version, error))
        }
        return health
    }
}
