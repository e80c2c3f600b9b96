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

    /// Models are warmed up on time, whatever a look waits for.
    func keepUp() async {
        async let looks: Void = keepLooking()
        async let loads: Void = keepWarm()
        _ = await (looks, loads)
    }

    private func keepLooking() async {
        guard let interval = upkeep.healthInterval else { return }
        var due = time.now + interval
        while !Task.isCancelled {
            do { try await time.sleep(for: upkeep.sweepInterval) } catch { return }
            guard due <= time.now else { continue }
            due = time.now + interval
            for scope in servingScopes where !Task.isCancelled { await validateHealth(in: scope) }
        }
    }

    private func keepWarm() async {
        guard let warmUp = upkeep.warmUp else { return }
        var due = warmUp.next(after: time.now, in: .utc)
        while !Task.isCancelled {
            do { try await time.sleep(for: upkeep.sweepInterval) } catch { return }
            guard let instant = due, case let now = time.now, instant <= now else { continue }
            due = warmUp.next(after: now, in: .utc)
            await self.warmUp()
        }
    }

    /// How long the models of the others wait to be warmed up for one that hangs.
    private static let loadTimeMax = Duration.seconds(10)

    /// Loads the models of organizations that predict, one after the other, so that their next rows find them.
    package func warmUp() async {
        for scope in servingScopes {
            guard !Task.isCancelled, let version = board.status(in: scope).modelVersion else { continue }
            do { _ = try await predictions.registry.load(version, within: Self.loadTimeMax, in: scope) } catch {
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
    /// One that was taken out and is well again need not rest any longer.
    ///
    /// - Throws: `DatabaseError`.
    package func validateHealth(of version: ModelVersion, in scope: OrganizationScope) async throws -> ModelHealth {
        let health = try await predictions.registry.validateHealth(of: version, in: scope)
        // What may be over by the next look keeps no model from serving that does.
        if let error = health.error, !error.isTransient, board.status(in: scope).modelVersion == version {
            inbox(of: scope).notify(.condemned(version, error))
        }
        if health.isHealthy, board.status(in: scope).takenOut == version {
            inbox(of: scope).notify(.configurationChanged)
        }
        return health
    }
}
