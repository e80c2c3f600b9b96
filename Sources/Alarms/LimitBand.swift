/// The low and the high limit of one severity; either may be missing.
struct LimitBand: Hashable, Sendable {
    enum Side: String, Hashable, Sendable, Codable { case low, high }

    var low: Double?
    var high: Double?

    /// The side on which a value is outside; nil inside.
    ///
    /// A value equal to a limit is inside. On the side where an alarm is active (`held`) it is inside only once it
    /// has come back by the deadband, which is not negative (ISA-18.2-2016, clause 10).
    func side(of value: Double, deadband: Double, held: Side?) -> Side? {
        if let high, value > high { return .high }
        if let low, value < low { return .low }
        switch held {
        case .high?:
            guard let high, value > high - deadband else { return nil }
            return .high
        case .low?:
            guard let low, value < low + deadband else { return nil }
            return .low
        case nil: return nil
        }
    }

    func contains(_ value: Double) -> Bool { value <= high ?? .infinity && value >= low ?? -.infinity }

    func limit(on side: Side) -> Double? {
        switch side {
        case .low: low
        case .high: high
        }
    }
}
