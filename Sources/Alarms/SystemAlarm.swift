package import Plant

/// Something of Eagle's own that wants an organization's admins: not a plant's condition, but what watches the plant.
///
/// At most one is open for a kind and subject.
package struct SystemAlarm: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// The model that is to serve can't be served: rules go on alone, or with the model before it.
        case modelUnwell = "MODEL_UNWELL"
        /// No reading has come for as long as the schema calls stale.
        case sourceLost = "SOURCE_LOST"
        /// Notices to a target were given up: they wait as dead letters.
        case deliveryFailed = "DELIVERY_FAILED"
    }

    package let id: ID<SystemAlarm>
    package let kind: Kind
    /// What it is about: a model's version, a source.
    package let subject: String
    /// A sentence that says what is wrong and what to do.
    package let message: String
    package let raisedAt: Instant
    package var clearedAt: Instant?

    package init(
        id: ID<SystemAlarm>,
        kind: Kind,
        subject: String,
        message: String,
        raisedAt: Instant,
        clearedAt: Instant? = nil
    ) {
        self.id = id
        self.kind = kind
        self.subject = subject
        self.message = message
        self.raisedAt = raisedAt
        self.clearedAt = clearedAt
    }
}
