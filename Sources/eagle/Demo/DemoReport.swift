import Alarms
import Connectors
import Models
import Plant
import Serving
import Storage

/// What became of one organization's failures in the live part.
struct DemoReport: Sendable {
    let title: String
    let evaluation: EpisodeEvaluation
    let foreignAlerts: Int
    let alerts: Int

    /// Every failure was announced before it happened, and no alert was another organization's.
    var isGood: Bool {
        evaluation.episodes > 0 && evaluation.episodesDetected == evaluation.episodes && foreignAlerts == 0
    }

    init(_ tenant: DemoTenant, stores: Stores, until end: Instant, heard: [Alert]) async throws {
        let plant = tenant.demo.plant
        title = tenant.demo.title
        var raises: [Raise] = []
        var alerts: [Alert] = []
        while true {
            let page = try await stores.alerts.after(alerts.last?.sequence ?? 0, limit: 1_000, in: tenant.scope)
            guard !page.isEmpty else { break }
            alerts += page
        }
        for alert in alerts where alert.transition.source == .prediction {
            switch alert.transition.change {
            case .raised, .reraised, .escalated, .causeAdded: break
            case .deescalated, .causeCleared, .acknowledged, .returned, .closed, .suppressed, .unsuppressed: continue
            }
            let said = alert.transition.alarm.cause(from: .prediction)?.metadata
            raises.append(
                Raise(
                    asset: alert.transition.alarm.asset,
                    instant: alert.transition.at,
                    component: said?.component,
                    timeToFailureMinutes: said?.timeToFailureMinutes
                )
            )
        }
        let span = plant.liveStart...end
        let watch = EpisodeEvaluation.Watch(
            spans: Dictionary(uniqueKeysWithValues: plant.assets.map { ($0, span) }),
            history: FailureHistory(failures: plant.failures(from: plant.liveStart, to: end), latestRow: end),
            horizon: tenant.demo.document.schema.horizon,
            recovery: tenant.demo.document.schema.recovery
        )
        evaluation = EpisodeEvaluation(
            raises: raises,
            over: watch,
            costs: EpisodeEvaluation.Costs(tenant.demo.document.schema)
        )
        self.alerts = alerts.count
        let own = Set(plant.assets)
        foreignAlerts = (alerts + heard).count { !own.contains($0.transition.alarm.asset) }
    }

    var text: String {
        var lines = [title]
        lines.append(
            ManifestText.row(
                "failures",
                "\(evaluation.episodes), announced before they happened: \(evaluation.episodesDetected)"
            )
        )
        if let lead = evaluation.medianLeadMinutes {
            lines.append(ManifestText.row("median lead time", ManifestText.minutes(lead)))
        }
        lines.append(ManifestText.row("false alarms", "\(evaluation.falseAlarms)"))
        if let share = evaluation.componentTop1 {
            lines.append(ManifestText.row("component right", ManifestText.number(share)))
        }
        lines.append(ManifestText.row("alerts told", "\(alerts), of another organization: \(foreignAlerts)"))
        return lines.joined(separator: "\n")
    }
}
