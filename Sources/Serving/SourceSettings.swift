import Connectors
import Foundation
package import Plant

/// Makes a source of its settings; nil where readings are pushed.
package typealias SourceMaker =
    @Sendable (SourceSettings, SignalSchema, any TimeSource) throws -> (any ReadingSource)?

/// Where an organization's readings come from, as the API and the store have it.
package struct SourceSettings: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// The plant sends them to `POST /api/v1/readings`.
        case push
        /// They are polled from a table of a SQLite database.
        case sqlite
        /// A file is replayed as if it were live.
        case csv
    }

    package let kind: Kind
    /// Of the database or the file, on the server.
    package var path: String?
    package var table: String?
    /// A unique whole number that grows from row to row; without it rows are found by their timestamp.
    package var orderColumn: String?
    /// How far back each poll looks for rows that were committed late, where they are found by their timestamp.
    package var overlapSeconds: Int?
    package var pollEverySeconds: Int?

    package init(kind: Kind, path: String? = nil, table: String? = nil, orderColumn: String? = nil) {
        self.kind = kind
        self.path = path
        self.table = table
        self.orderColumn = orderColumn
    }

    package static let push = SourceSettings(kind: .push)

    /// The path that a path leads to, once symbolic links are followed.
    ///
    /// Unlike the system's own, it says so too of what is not there yet.
    package static func resolved(_ path: String) -> String { resolved(path, linksLeft: 40) }

    private static func resolved(_ path: String, linksLeft: Int) -> String {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        guard url.path != "/", linksLeft > 0 else { return url.path }
        let folder = resolved(url.deletingLastPathComponent().path, linksLeft: linksLeft)
        let here = (folder == "/" ? "" : folder) + "/" + url.lastPathComponent
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: here) else { return here }
        return resolved(target.hasPrefix("/") ? target : folder + "/" + target, linksLeft: linksLeft - 1)
    }

    /// The same by the path that it leads to now; one that is none stays what it is.
    package var resolved: SourceSettings {
        var settings = self
        if let path, path.hasPrefix("/"), !path.utf8.contains(0), !path.split(separator: "/").contains("..") {
            settings.path = Self.resolved(path)
        }
        return settings
    }

    /// Whether the path leads where it says, and through no symbolic link.
    var isStraight: Bool {
        guard let path else { return true }
        return URL(fileURLWithPath: path).standardizedFileURL.path == Self.resolved(path)
    }

    /// The source itself; nil where readings are pushed.
    package func source(schema: SignalSchema, time: any TimeSource) throws(SchemaProblem) -> (any ReadingSource)? {
        switch kind {
        case .push: return nil
        case .csv: return try CSVReplaySource(path: path ?? "", schema: schema, until: { time.now })
        case .sqlite:
            var options = SQLPollingOptions(path: path ?? "", table: table ?? "", orderColumn: orderColumn)
            if let overlapSeconds { options.overlapSeconds = overlapSeconds }
            return try SQLPollingSource(options: options, schema: schema, now: { time.now })
        }
    }
}

extension SourceSettings {
    package func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
