import Models
import Plant
package import Storage

/// A recorded failure as the API and the commands tell it.
package struct FailureDocument: Encodable, Sendable {
    let asset: String
    let start: Instant
    let end: Instant
    let component: String?
    let recordedBy: String?
    let recordedAt: Instant

    package init(_ failure: StoredFailure) {
        asset = failure.event.asset
        start = failure.event.start
        end = failure.event.end
        component = failure.event.component
        recordedBy = failure.recordedBy
        recordedAt = failure.recordedAt
    }
}

/// A failure that was wrongly recorded, and what it became.
package struct FailureCorrectionDocument: Encodable, Sendable {
    struct Place: Encodable, Sendable {
        let asset: String
        let start: Instant
        let end: Instant
        let component: String?

        init(_ event: FailureEvent) {
            asset = event.asset
            start = event.start
            end = event.end
            component = event.component
        }
    }

    let id: ID<FailureCorrection>
    let former: FailureDocument
    /// Absent where nothing of it was true.
    let corrected: Place?
    let reason: String
    let by: String
    let at: Instant

    package init(_ correction: FailureCorrection) {
        id = correction.id
        former = FailureDocument(correction.former)
        corrected = correction.corrected.map { Place($0) }
        reason = correction.reason
        by = correction.by
        at = correction.at
    }
}
