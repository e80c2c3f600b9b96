package import Plant

/// What one target is told of one alert.
package struct Notice: Hashable, Sendable {
    /// Why it is sent.
    package enum Reason: Hashable, Sendable {
        case alert(Alert)
        /// Nobody acknowledged the alarm in time: the alert that it is about, and the chain's step, counted from 1.
        case escalation(Alert, step: Int)
        /// Several that came too fast to be told one by one: as many as one document holds, and how many there are.
        case digest([Digested], count: Int)
        /// Something of Eagle's own, or that it is over.
        case system(SystemAlarm)
        /// An admin tries the target out.
        case test(at: Instant, by: String?)
    }

    /// What a digest tells in the place of a notice of its own.
    package struct Digested: Hashable, Sendable, Codable {
        /// That notice's key, which stays its own however it is told.
        package let key: String
        /// 0 for the first notice, else the escalation chain's step, counted from 1.
        package let step: Int
        package let alert: Alert

        package init(key: String, step: Int, alert: Alert) {
            self.key = key
            self.step = step
            self.alert = alert
        }
    }

    /// Whose alarm it is, in people's words.
    package struct Sender: Hashable, Sendable, Codable {
        package let slug: String
        package let name: String

        package init(slug: String, name: String) {
            self.slug = slug
            self.name = name
        }

        package init(_ organization: Organization) { self.init(slug: organization.slug, name: organization.name) }
    }

    /// Names this notice to this target for good: the same at each attempt, so that a receiver knows a repetition.
    ///
    /// 1 to 100 letters, digits, dots, hyphens, underscores and colons.
    package let key: String
    package let organization: Sender
    package let reason: Reason
    /// The console at the alarm, where the server knows its public address.
    package let link: String?

    package init(
        key: String,
        organization: Sender,
        reason: Reason,
        link: String? = nil
    ) {
        self.key = key
        self.organization = organization
        self.reason = reason
        self.link = link
    }

    /// None in a digest, a test, or of Eagle's own.
    package var alert: Alert? {
        switch reason {
        case .alert(let alert), .escalation(let alert, _): alert
        case .digest, .system, .test: nil
        }
    }

    /// None in a digest, a test, or of Eagle's own.
    package var alarm: Alarm? { alert?.transition.alarm }

    /// Where the console shows what a notice is about: the alarm, or else its first page.
    package static func link(to reason: Reason, in console: String) -> String {
        switch reason {
        case .alert(let alert), .escalation(let alert, _):
            "\(console.hasSuffix("/") ? console : console + "/")#alarm/\(alert.transition.alarm.id)"
        case .digest, .system, .test: console
        }
    }

    /// What messages of one alarm have in common, so that a receiver may show the newest alone.
    package var thread: String {
        if case .system(let alarm) = reason { return "system-\(alarm.id)" }
        return alarm.map { "alarm-\($0.id)" } ?? "\(kind.rawValue)-\(key)"
    }

    package static func isKey(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (97...122).contains(byte) || (65...90).contains(byte) || (48...58).contains(byte)
                    || [45, 46, 95].contains(byte)
            }
    }
}

extension Notice: Codable {
    private enum CodingKeys: String, CodingKey {
        case key, organization, kind, alert, step, alerts, count, system, at, by, link
    }

    /// The reasons' names, in documents for machines.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case alert, escalation, digest, system, test
    }

    package var kind: Kind {
        switch reason {
        case .alert: .alert
        case .escalation: .escalation
        case .digest: .digest
        case .system: .system
        case .test: .test
        }
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        key = try values.decode(String.self, forKey: .key)
        organization = try values.decode(Sender.self, forKey: .organization)
        link = try values.decodeIfPresent(String.self, forKey: .link)
        switch try values.decode(Kind.self, forKey: .kind) {
        case .alert: reason = .alert(try values.decode(Alert.self, forKey: .alert))
        case .escalation:
            let alert = try values.decode(Alert.self, forKey: .alert)
            reason = .escalation(alert, step: try values.decode(Int.self, forKey: .step))
        case .digest:
            let digested = try values.decode([Digested].self, forKey: .alerts)
            reason = .digest(digested, count: try values.decode(Int.self, forKey: .count))
        case .system: reason = .system(try values.decode(SystemAlarm.self, forKey: .system))
        case .test:
            let at = try values.decode(Instant.self, forKey: .at)
            reason = .test(at: at, by: try values.decodeIfPresent(String.self, forKey: .by))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(key, forKey: .key)
        try values.encode(organization, forKey: .organization)
        try values.encode(kind, forKey: .kind)
        try values.encodeIfPresent(link, forKey: .link)
        try values.encodeIfPresent(alert, forKey: .alert)
        switch reason {
        case .alert: break
        case .escalation(_, let step): try values.encode(step, forKey: .step)
        case .digest(let digested, let count):
            try values.encode(digested, forKey: .alerts)
            try values.encode(count, forKey: .count)
        case .system(let alarm): try values.encode(alarm, forKey: .system)
        case .test(let at, let by):
            try values.encode(at, forKey: .at)
            try values.encodeIfPresent(by, forKey: .by)
        }
    }
}
