package import Plant

/// How alarms are kept silent, and heard again; their process state goes on beneath it.
extension AlarmEngine {
    /// Silences what an order speaks of, now and as long as it holds: alarms that are raised later too.
    ///
    /// - Returns: A transition for each open alarm that it silences anew.
    package mutating func suppress(
        _ place: SuppressionBook.Place,
        _ suppression: Suppression,
        at instant: Instant
    ) -> [AlarmTransition] {
        book.put(suppression, at: place)
        return resettle([place], at: instant, by: suppression.by)
    }

    /// Ends an order; where there is none, nothing happens.
    ///
    /// - Returns: A transition for each open alarm that is heard again; where its operator has yet to know of it, it
    ///   annunciates.
    package mutating func unsuppress(
        _ place: SuppressionBook.Place,
        by operatorName: String,
        at instant: Instant
    ) -> [AlarmTransition] {
        book.put(nil, at: place)
        return resettle([place], at: instant, by: operatorName)
    }

    /// Ends the orders whose time is over.
    ///
    /// - Returns: The places that are free again, and what that changes.
    package mutating func endSuppressions(
        at now: Instant
    ) -> (places: [SuppressionBook.Place], transitions: [AlarmTransition]) {
        let places = book.ended(at: now)
        guard !places.isEmpty else { return ([], []) }
        for place in places { book.put(nil, at: place) }
        return (places, resettle(places, at: now, by: nil))
    }

    /// Goes on with what the store knows, or with other parents.
    package mutating func replace(_ book: SuppressionBook, at instant: Instant) -> [AlarmTransition] {
        self.book = book
        return resettle(at: instant, by: nil) { _ in true }
    }

    /// Lets each transition's alarm say whether it is silent, and adds what follows for the assets below.
    mutating func settle(_ transitions: [AlarmTransition]) -> [AlarmTransition] {
        let isAnySilent = transitions.contains { $0.alarm.suppression.isInForce }
        guard !transitions.isEmpty, isAnySilent || book != SuppressionBook() else { return transitions }
        var settled: [AlarmTransition] = []
        var below: Set<String> = []
        for transition in transitions {
            var alarm = transition.alarm
            let wasSilent = alarm.suppression.isInForce
            alarm.suppression = suppression(of: alarm)
            silence(alarm)
            settled.append(
                AlarmTransition(
                    alarm: alarm,
                    change: transition.change,
                    at: transition.at,
                    by: transition.by,
                    source: transition.source
                )
            )
            if wasSilent, !alarm.suppression.isInForce, alarm.isOpen, settled.last?.annunciates == false {
                // It would else be heard again without a sound.
                settled.append(AlarmTransition(alarm: alarm, change: .unsuppressed, at: transition.at))
            }
            below.formUnion(book.descendants(of: alarm.asset))
        }
        if let last = transitions.last, !below.isEmpty {
            settled += resettle(at: last.at, by: nil) { below.contains($0.asset) }
        }
        return settled
    }

    /// What orders at places change: there, and where what is there explains what is below.
    private mutating func resettle(
        _ places: [SuppressionBook.Place],
        at instant: Instant,
        by operatorName: String?
    ) -> [AlarmTransition] {
        let below = Set(places.compactMap(\.asset).flatMap { book.descendants(of: $0) })
        return resettle(at: instant, by: operatorName) { alarm in
            below.contains(alarm.asset) || places.contains { $0.holds(alarm) }
        }
    }

    private mutating func resettle(
        at instant: Instant,
        by operatorName: String?,
        where isMeant: (Alarm) -> Bool
    ) -> [AlarmTransition] {
        var transitions: [AlarmTransition] = []
        for var alarm in openAlarms where isMeant(alarm) {
            let suppression = suppression(of: alarm)
            guard suppression != alarm.suppression else { continue }
            // Another of the alarms above may explain it now: that is no news.
            let isNews = suppression.kind != .suppressedByDesign || alarm.suppression.kind != .suppressedByDesign
            alarm.suppression = suppression
            silence(alarm)
            guard isNews else { continue }
            transitions.append(
                AlarmTransition(
                    alarm: alarm,
                    change: suppression.isInForce ? .suppressed : .unsuppressed,
                    at: instant,
                    by: operatorName
                )
            )
        }
        return transitions
    }

    /// An order's, else a parent's: by design while an ancestor has an active alarm that is heard and at least as urgent,
    /// so that a critical consequence of a mere warning is heard, and so is one of what was silenced.
    private func suppression(of alarm: Alarm) -> Suppression {
        if let order = book.order(for: alarm) { return order }
        for ancestor in book.ancestors(of: alarm.asset) {
            let explaining = openAlarms(of: ancestor).first {
                $0.state.isActive && $0.type >= alarm.type && book.order(for: $0) == nil
            }
            guard let explaining else { continue }
            return Suppression(
                kind: .suppressedByDesign,
                reason: "\(ancestor): \(explaining.leadingCause?.message ?? explaining.condition.key)",
                since: explaining.raisedAt
            )
        }
        return .none
    }
}
