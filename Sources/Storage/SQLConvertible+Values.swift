import Alarms
import Database
import Models
import Plant
import Trust

extension ID: SQLConvertible {
    var sqlValue: SQLValue { .text(description) }

    init?(_ sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(text)
    }
}

extension Instant: SQLConvertible {
    var sqlValue: SQLValue { .integer(microseconds) }

    init?(_ sqlValue: SQLValue) {
        guard case .integer(let microseconds) = sqlValue else { return nil }
        self.init(microseconds: microseconds)
    }
}

extension SQLConvertible where Self: RawRepresentable, RawValue == String {
    var sqlValue: SQLValue { .text(rawValue) }

    init?(_ sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(rawValue: text)
    }
}

extension Role: SQLConvertible {}
extension AlarmType: SQLConvertible {}
extension ModelKind: SQLConvertible {}
extension SystemAlarm.Kind: SQLConvertible {}
extension ProcessState: SQLConvertible {}
extension Suppression.Kind: SQLConvertible {}
extension AlarmTransition.Change: SQLConvertible {}
extension DeliveryChannel.Kind: SQLConvertible {}
extension DeliveryRecord.State: SQLConvertible {}

extension AlarmCondition: SQLConvertible {
    var sqlValue: SQLValue { .text(key) }

    init?(_ sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(key: text)
    }
}

extension AlarmCause.Source: SQLConvertible {
    var sqlValue: SQLValue { .text(key) }

    init?(_ sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(key: text)
    }
}

extension ModelVersion: SQLConvertible {
    var sqlValue: SQLValue { .text(hash) }

    init?(_ sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(hash: text)
    }
}

extension TokenHash: SQLConvertible {
    var sqlValue: SQLValue { .text(hexadecimal) }

    init?(_ sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(hexadecimal: text)
    }
}

extension Cursor: SQLConvertible {
    var sqlValue: SQLValue { .text(position) }

    init?(_ sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(position: text)
    }
}
