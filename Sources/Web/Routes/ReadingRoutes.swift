import Connectors
import HTTPTypes
import Hummingbird
import NIOCore
import Plant
import Serving
import Storage
import Trust

/// Readings pushed by a source, acknowledged when they are kept, and read back.
struct ReadingRoutes: Sendable {
    struct Receipt: Encodable, Sendable {
        let received: Int
        let accepted: Int
        let repeated: Int
        let conflicting: Int
        let quarantined: Int
        let lastSequence: Int64
        /// The first rows without a place in time, and why.
        let quarantine: [QuarantinedRow]
        /// What the schema reads and the rows don't have: missing values.
        let missingColumns: [String]
    }

    static let quarantineShown = 20

    private let desk = PushDesk()

    var all: [Route] {
        [
            Route(.post, "/api/v1/readings", .organization(.writeReadings, post), audited: .never),
            Route(.get, "/api/v1/readings", .organization(.readReadings, list)),
        ]
    }

    private func post(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        guard let format = call.request.headers[.contentType].flatMap({ PushedRows.Format(contentType: $0) }) else {
            throw Problem(
                .unsupportedMediaType,
                "Send Content-Type: application/json, application/x-ndjson or text/csv."
            )
        }
        guard let current = try await call.currentSchema(in: member.scope) else {
            throw Problem(.schemaMissing, "Say first what the rows mean: PUT /api/v1/schema.")
        }
        let allowance = try await call.context.lanes.quotas.allowance(in: member.scope)
        try allowance.requireReadings()
        let body = try await call.body(upTo: call.context.limits.readingsByteCountMax)
        let readings = call.context.stores.readings
        let rows = try await desk.rows(
            in: body,
            as: format,
            schema: current,
            after: {
                let latest = try await readings.latest(in: member.scope).map { ($0.reading.asset, $0.reading.instant) }
                return Dictionary(latest) { max($0, $1) }
            },
            admit: { count in try allowance.takeReadings(count) },
            scope: member.scope
        )
        // What can't be read is kept too, with its reason: nothing that was sent goes without a trace.
        let quarantined =
            rows.quarantined
            + rows.problems.map { QuarantinedRow(row: "row \($0.row) of a pushed body", reason: $0.reason) }
        let receipt = try await call.context.lanes.ingest(
            rows.readings,
            quarantined: quarantined,
            schemaVersion: current.version,
            in: member.scope
        )
        call.context.metrics.ingested(
            readings: receipt.accepted,
            values: receipt.accepted * current.schema.tags.count,
            quarantined: receipt.quarantined
        )
        return try .json(
            Receipt(
                received: rows.rows,
                accepted: receipt.accepted,
                repeated: receipt.repeated,
                conflicting: receipt.conflicting,
                quarantined: receipt.quarantined,
                lastSequence: receipt.lastSequence,
                quarantine: Array(receipt.setApart.prefix(Self.quarantineShown)),
                missingColumns: rows.missingColumns
            )
        )
    }

    private func list(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "asset", "from", "to", "limit", "after")
        let type = try call.representation(of: [MediaTypes.json, MediaTypes.ndjson, MediaTypes.csv])
        let asset = try await call.queriedAsset(in: member.scope)
        let limit = try call.query.limit()
        if type != MediaTypes.json { try await call.context.audit.export(call, member, as: type) }
        let stored = try await call.context.stores.readings.page(
            asset: asset.name,
            from: try call.query.instant("from"),
            to: try call.query.instant("to"),
            after: try call.query.instant("after"),
            limit: limit,
            in: member.scope
        )
        let tags = try await call.tags(ofVersions: Set(stored.map(\.schemaVersion)), in: member.scope)
        let readings = stored.map { ReadingDocument($0.reading, tags: tags[$0.schemaVersion] ?? []) }
        let next = stored.count == limit ? readings.last?.at.description : nil
        var response: Response
        switch type {
        case MediaTypes.csv:
            let columns = try await call.currentSchema(in: member.scope)?.schema.tags.map(\.name) ?? []
            response = .text(csv(readings, columns: columns), type: MediaTypes.csv)
        case MediaTypes.ndjson:
            var body = ByteBuffer()
            for reading in readings {
                body.writeImmutableBuffer(try JSONText.encode(reading))
                body.writeString("\n")
            }
            response = Response(
                status: .ok,
                headers: [.contentType: MediaTypes.ndjson],
                body: ResponseBody(byteBuffer: body)
            )
        default: return try .json(PageDocument(readings, next: next))
        }
        response.headers[.eagleNext] = next
        return response
    }

    /// RFC 4180: `asset,timestamp`, then the tags; what is missing is empty.
    private func csv(_ readings: [ReadingDocument], columns: [String]) -> String {
        func line(_ fields: [String]) -> String { fields.map(quoted).joined(separator: ",") + "\r\n" }
        return line(["asset", "timestamp"] + columns)
            + readings.map { reading in
                line([reading.asset, reading.at.description] + columns.map { reading.values[$0]?.text ?? "" })
            }.joined()
    }

    private func quoted(_ field: String) -> String {
        guard field.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return field }
        let parts = field.utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
        return "\"" + parts.map { String(Substring($0)) }.joined(separator: "\"\"") + "\""
    }
}

extension SignalValue {
    fileprivate var text: String {
        switch self {
        case .number(let number): String(number)
        case .flag(let flag): flag ? "1" : "0"
        }
    }
}
