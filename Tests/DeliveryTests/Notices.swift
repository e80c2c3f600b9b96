import Alarms
import Delivery
import Plant
import TestSupport

/// Notices as a router makes them.
enum Notices {
    static let organization = Notice.Sender(slug: "northwind", name: "Northwind Härtetechnik")

    static func alarm(
        _ type: AlarmType = .critical,
        asset: String = "furnace-1",
        message: String = "hz1pv 871.2 is 11.2 above 860"
    ) -> Alarm {
        var generator = SeededGenerator(seed: 7)
        return Alarm(
            id: .random(using: &generator),
            asset: asset,
            condition: .component("heater"),
            type: type,
            state: .unacknowledged,
            raisedAt: Instant(seconds: 1_769_839_200),
            causes: [AlarmCause(source: .rule("hz1"), type: type, since: .t0, message: message)]
        )
    }

    static func alert(_ alarm: Alarm = alarm(), _ change: AlarmTransition.Change = .raised) -> Alert {
        Alert(sequence: 42, transition: AlarmTransition(alarm: alarm, change: change, at: alarm.raisedAt))
    }

    static func notice(_ reason: Notice.Reason = .alert(alert()), key: String = "northwind:42:t1") -> Notice {
        Notice(
            key: key,
            organization: organization,
            reason: reason,
            link: "https://eagle.example/#alarm"
        )
    }
}

/// Messengers whose targets are on loopback.
enum Loopback {
    /// For what is about something else than time: however busy the machine is, nothing is given up.
    static var patience: DeliveryTimeouts {
        var timeouts = DeliveryTimeouts()
        timeouts.connect = .seconds(1_800)
        timeouts.whole = .seconds(1_800)
        return timeouts
    }

    static func client(
        rules: TargetRules = TargetRules(ranges: [NetworkRange("127.0.0.0/8")].compactMap(\.self)),
        timeouts: DeliveryTimeouts = patience,
        certificates: String? = nil,
        lookup: @escaping NameResolver.Lookup = NameResolver.systemLookup
    ) throws -> WebClient {
        WebClient(
            dialer: try Dialer(timeouts: timeouts, certificates: certificates),
            resolver: NameResolver(lookup: lookup),
            rules: rules
        )
    }

    static func target(_ channel: DeliveryChannel) -> DeliveryTarget {
        var generator = SeededGenerator(seed: 8)
        return DeliveryTarget(id: .random(using: &generator), name: "Test", channel: channel)
    }
}
