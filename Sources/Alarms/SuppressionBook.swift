import Plant

/// What people have silenced in one organization, and which assets' troubles are the consequence of others'.
package struct SuppressionBook: Hashable, Sendable {
    /// What an order speaks of: one condition of an asset, all of an asset, or the whole organization.
    package struct Place: Hashable, Sendable {
        /// By name; nil for all.
        package let asset: String?
        /// Nil for all of the asset's; always nil where the asset is.
        package let condition: AlarmCondition?

        package init(asset: String? = nil, condition: AlarmCondition? = nil) {
            self.asset = asset
            self.condition = asset == nil ? nil : condition
        }

        func holds(_ alarm: Alarm) -> Bool {
            asset == nil || asset == alarm.asset && (condition == nil || condition == alarm.condition)
        }
    }

    /// Shelved or out of service, as somebody said; those that ended may still stand here.
    package private(set) var orders: [Place: Suppression]
    /// By asset: the one whose alarms explain its own.
    package let parents: [String: String]

    package init(orders: [Place: Suppression] = [:], parents: [String: String] = [:]) {
        self.orders = orders
        self.parents = parents
    }

    package func with(parents: [String: String]) -> SuppressionBook {
        SuppressionBook(orders: orders, parents: parents)
    }

    mutating func put(_ suppression: Suppression?, at place: Place) { orders[place] = suppression }

    /// Orders that have ended by then.
    func ended(at now: Instant) -> [Place] {
        orders.filter { $0.value.until.map { $0 <= now } ?? false }.keys
            .sorted { ($0.asset ?? "", $0.condition?.key ?? "") < ($1.asset ?? "", $1.condition?.key ?? "") }
    }

    /// The order that keeps an alarm silent: out of service before shelved, and the widest of either.
    func order(for alarm: Alarm) -> Suppression? {
        let places = [Place(), Place(asset: alarm.asset), Place(asset: alarm.asset, condition: alarm.condition)]
        let found = places.compactMap { orders[$0] }
        return found.first { $0.kind == .outOfService } ?? found.first
    }

    /// An asset's parent, its parent's parent, and so on.
    func ancestors(of asset: String) -> [String] {
        var ancestors: [String] = []
        var next = parents[asset]
        while let parent = next, !ancestors.contains(parent) {
            ancestors.append(parent)
            next = parents[parent]
        }
        return ancestors
    }

    /// Children, their children, and so on.
    func descendants(of asset: String) -> [String] {
        parents.keys.filter { ancestors(of: $0).contains(asset) }.sorted()
    }
}
