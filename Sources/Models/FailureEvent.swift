package import Plant

/// One recorded failure: of one asset, from its start to its end, of one component or none.
package struct FailureEvent: Hashable, Sendable, Codable {
    package let asset: String
    package let start: Instant
    package let end: Instant
    package let component: String?

    /// A failure that ends where it starts, if its end isn't known or lies before.
    package init(asset: String, start: Instant, end: Instant? = nil, component: String? = nil) {
        self.asset = asset
        self.start = start
        self.end = max(start, end ?? start)
        self.component = component
    }
}
