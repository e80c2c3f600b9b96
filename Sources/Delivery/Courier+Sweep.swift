import Logging
import Plant
import Serving
import Storage

extension Courier {
    private static let restBetweenSweeps = Duration.seconds(3_600)

    /// Forgets what ended long ago, at the start and then each hour.
    func keepSweeping() async {
        while !Task.isCancelled {
            await sweep()
            do { try await time.sleep(for: Self.restBetweenSweeps) } catch { return }
        }
    }

    /// Forgets all that ended long ago, of every organization, in turns: none waits until another has forgotten all.
    func sweep() async {
        var left: [OrganizationScope]
        do {
            left = try await lanes.scopesThatMayDeliver()
        } catch {
            logger.error("old deliveries can't be forgotten", metadata: ["error": "\(error)"])
            return
        }
        while !left.isEmpty {
            var more: [OrganizationScope] = []
            for scope in left {
                guard !Task.isCancelled else { return }
                if await sweep(in: scope) { more.append(scope) }
            }
            left = more
        }
    }

    /// - Returns: Whether there may be more; what fails has its turn in the next hour.
    private func sweep(in scope: OrganizationScope) async -> Bool {
        do {
            let count = try await stores.deliveries.purge(
                endedBefore: time.now - limits.retention,
                limit: limits.sweepCountMax,
                in: scope
            )
            return count >= limits.sweepCountMax
        } catch {
            logger.error(
                "an organization's old deliveries can't be forgotten",
                metadata: ["organization": "\(scope.id)", "error": "\(error)"]
            )
            return false
        }
    }
}
