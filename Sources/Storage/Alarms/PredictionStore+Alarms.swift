package import Alarms
package import Plant

extension PredictionStore {
    /// Alarms with what a model says by now of those that its prediction speaks for; the others are as they were.
    ///
    /// - Complexity: One statement for up to 256 assets, and none where nothing is foretold.
    package func current(_ alarms: [Alarm], in scope: OrganizationScope) async throws -> [Alarm] {
        let assets = Set(alarms.lazy.filter(\.isForetold).map(\.asset))
        let latest = try await latest(of: assets, in: scope)
        return alarms.map { alarm in latest[alarm.asset].map(alarm.telling) ?? alarm }
    }
}
