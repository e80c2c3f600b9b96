import Connectors
package import Plant

/// The zones of delivery policies.
package enum DeliveryZones {
    /// Nil for a name that is no IANA zone's.
    package static func named(_ name: String) -> ZoneOffsets? { try? ZoneOffsets.named(name) }
}
