package import Alarms
package import Plant
package import Storage

/// A delivery as clients see it.
package struct DeliveryDocument: Encodable, Sendable {
    enum Kind: String, Encodable, Sendable { case alert, escalation, digest, system }

    let id: ID<DeliveryRecord>
    let key: String
    let kind: Kind
    let sequence: Int64
    let alarm: ID<Alarm>?
    let target: ID<DeliveryTarget>
    let targetName: String
    /// Only of an escalation.
    let step: Int?
    let route: String?
    let severity: AlarmType
    let isHeld: Bool
    let state: DeliveryRecord.State
    let reason: String?
    let dueAt: Instant
    /// Only while it waits.
    let nextAttemptAt: Instant?
    let attempts: Int
    let lastError: String?
    let endedAt: Instant?
    let digest: ID<DeliveryRecord>?

    package init(_ record: DeliveryRecord) {
        id = record.id
        key = record.key
        switch record.kind {
        case .first: (kind, step) = (.alert, nil)
        case .escalation(let number): (kind, step) = (.escalation, number)
        case .digest: (kind, step) = (.digest, nil)
        case .system: (kind, step) = (.system, nil)
        }
        sequence = record.sequence
        alarm = record.alarm
        target = record.target
        targetName = record.targetName
        route = record.route
        severity = record.severity
        isHeld = record.isHeld
        state = record.state
        reason = record.reason
        dueAt = record.dueAt
        nextAttemptAt = record.state == .pending ? record.nextAttemptAt : nil
        attempts = record.attempts
        lastError = record.lastError
        endedAt = record.endedAt
        digest = record.digest
    }
}

/// A target as clients see it: all but its secret.
package struct TargetDocument: Encodable, Sendable {
    let stored: StoredTarget
    /// The key that a webhook's documents are signed with, in the one answer that shows it.
    let signingKey: String?
    /// Since its last success.
    let failureCount: Int?
    /// When it is tried again; absent while nothing holds it back.
    let probesAt: Instant?

    package init(
        _ stored: StoredTarget,
        signingKey: String? = nil,
        failureCount: Int? = nil,
        probesAt: Instant? = nil
    ) {
        self.stored = stored
        self.signingKey = signingKey
        self.failureCount = failureCount
        self.probesAt = probesAt
    }

    private enum CodingKeys: String, CodingKey {
        case id, name, createdBy, changedAt, signingKey, failureCount, probesAt
    }

    package func encode(to encoder: any Encoder) throws {
        try stored.target.channel.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(stored.target.id, forKey: .id)
        try values.encode(stored.target.name, forKey: .name)
        try values.encode(stored.createdBy, forKey: .createdBy)
        try values.encode(stored.changedAt, forKey: .changedAt)
        try values.encodeIfPresent(signingKey, forKey: .signingKey)
        try values.encodeIfPresent(failureCount, forKey: .failureCount)
        try values.encodeIfPresent(probesAt, forKey: .probesAt)
    }
}

/// What a target said to a test message.
package struct TestDocument: Encodable, Sendable {
    struct Failure: Encodable, Sendable {
        let code: DeliveryError.Code
        let status: Int?
        let reason: String
        /// Whether trying again may help.
        let isTransient: Bool
    }

    let isDelivered: Bool
    let status: Int?
    /// Addresses that the mail server will never take.
    let refused: [String]?
    let failure: Failure?

    package init(_ receipt: DeliveryReceipt) {
        isDelivered = true
        status = receipt.status
        refused = receipt.refused.isEmpty ? nil : receipt.refused
        failure = nil
    }

    package init(_ error: DeliveryError) {
        isDelivered = false
        status = nil
        refused = nil
        failure = Failure(
            code: error.code,
            status: error.status,
            reason: error.reason,
            isTransient: error.isTransient
        )
    }
}
