import Database
import Models
import Plant
import Trust

/// A prediction as it lies in the store, with its place in the order in which predictions were kept.
///
/// A late row's correction is a revision of its own, with a later place; what was kept before stays as it is.
struct KeptPrediction {
    let sequence: Int64
    let version: ModelVersion
    let madeAt: Instant
    /// Over all that was said, see ``fields``.
    let hash: AuditHash

    static let columns: SQL =
        """
        sequence, asset_id, instant, model_version, revision, kind, probability, confidence, component,
        time_to_failure_minutes, p10_minutes, p90_minutes, is_late, is_corrected, made_at
        """

    init(row: SQLRow) throws {
        sequence = try row.decode("sequence")
        version = try row.decode("model_version")
        madeAt = try row.decode("made_at")
        hash = try Self.fields(of: row).hash
    }

    /// The minute in which it was made.
    var minute: Instant { madeAt.floored(toMultipleOf: 60) }

    /// Numbers as the 16 hexadecimal digits of their IEEE 754 bits, what is missing as an empty text.
    private static func fields(of row: SQLRow) throws -> AuditFields {
        func number(_ column: String) throws -> String {
            try row.decode(column, as: Double?.self).map { number in
                let digits = String(number.bitPattern, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            } ?? ""
        }
        func flag(_ column: String) throws -> String { try row.decode(column, as: Bool.self) ? "1" : "0" }
        var fields = AuditFields("eagle-prediction-1")
        fields.add(String(try row.decode("sequence", as: Int64.self)))
        fields.add(try row.decode("asset_id", as: String.self))
        fields.add(try row.decode("instant", as: Instant.self).description)
        fields.add(try row.decode("model_version", as: String.self))
        fields.add(String(try row.decode("revision", as: Int64.self)))
        fields.add(try row.decode("kind", as: String.self))
        fields.add(try number("probability"))
        fields.add(try number("confidence"))
        fields.add(try row.decode("component", as: String?.self) ?? "")
        for column in ["time_to_failure_minutes", "p10_minutes", "p90_minutes"] { fields.add(try number(column)) }
        fields.add(try flag("is_late"))
        fields.add(try flag("is_corrected"))
        fields.add(try row.decode("made_at", as: Instant.self).description)
        return fields
    }
}

/// What one model version predicted in one minute of the server's time.
struct PredictionMinute {
    let version: ModelVersion
    let minute: Instant
    private(set) var count = 0
    private(set) var first: Int64
    private(set) var last: Int64
    private var digest = AuditDigest()

    /// Of which the prediction is the first.
    init(_ prediction: KeptPrediction) {
        version = prediction.version
        minute = prediction.minute
        (first, last) = (prediction.sequence, prediction.sequence)
        add(prediction)
    }

    /// Takes the next one, by sequence.
    mutating func add(_ prediction: KeptPrediction) {
        count += 1
        last = prediction.sequence
        digest.add(prediction.hash)
    }

    var event: AuditEvent {
        AuditEvent(
            .prediction,
            by: .server,
            on: "models/\(version.hash)",
            [
                "version": version.hash, "minute": minute.description, "count": String(count),
                "first": String(first), "last": String(last), "sha256": digest.hash.hexadecimal,
            ]
        )
    }
}
