package import Plant

/// The rows of one pushed body.
package struct PushedRows: Sendable {
    package enum Format: String, Hashable, Sendable, CaseIterable {
        case json, ndjson, csv

        /// The format a `Content-Type` names; nil for any other.
        package init?(contentType: some StringProtocol) {
            let parts = contentType.split(separator: ";", maxSplits: 1)
            switch parts.first.map({ String($0).trimmingSpaces.lowercased() }) {
            case "application/json": self = .json
            case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines":
                self = .ndjson
            case "text/csv": self = .csv
            default: return nil
            }
        }
    }

    /// A row that is no row at all, and why.
    package struct Problem: Hashable, Sendable, Codable {
        /// From 1; in NDJSON and CSV the line.
        package let row: Int
        package let reason: String

        package init(row: Int, reason: String) {
            self.row = row
            self.reason = reason
        }
    }

    /// How many rows the body has.
    package internal(set) var rows = 0
    /// In the body's order.
    package internal(set) var readings: [Reading] = []
    /// Rows without a place in time, with their number in the reason.
    package internal(set) var quarantined: [QuarantinedRow] = []
    /// Rows that can't be read; nothing of them is among the others.
    package internal(set) var problems: [Problem] = []
    /// The columns that tags expect and no row of the body has.
    package internal(set) var missingColumns: [String] = []

    init() {}
}
