import Alarms
import Plant
import Storage

extension AlarmDocument {
    /// Alarms as they stand now, with the sentences of those that have one, read at once.
    static func documents(_ alarms: [Alarm], _ stores: Stores, in scope: OrganizationScope) async throws -> [Self] {
        let alarms = try await stores.predictions.current(alarms, in: scope)
        let predicted = alarms.filter { $0.cause(from: .prediction) != nil }.map(\.id)
        let sentences = try await stores.explanations.sentences(of: predicted, in: scope)
        return alarms.map { AlarmDocument($0, explanation: sentences[$0.id]) }
    }
}

/// An alert as the API and the stream write it.
struct AlertDocument: Encodable, Sendable {
    let type = "alert"
    let sequence: Int64
    let change: AlarmTransition.Change
    let annunciates: Bool
    let headline: String
    let at: Instant
    let by: String?
    let source: String?
    let alarm: AlarmDocument

    init(_ alert: Alert) {
        sequence = alert.sequence
        change = alert.transition.change
        annunciates = alert.annunciates
        headline = alert.headline
        at = alert.transition.at
        by = alert.transition.by
        source = alert.transition.source?.key
        alarm = AlarmDocument(alert.transition.alarm)
    }
}
