import Hummingbird
import Plant
import Serving
import Storage
import Trust

/// The organization's data key: its versions, and a new one.
enum KeyRoutes {
    private struct Keys: Encodable, Sendable {
        let keys: [Version]
    }

    private struct Version: Encodable, Sendable {
        let version: Int
        let keyID: KeyID
        let cause: KeyVersion.Cause
        let madeAt: Instant
        let ageSeconds: Double
        let uses: Int
        let usesMax: Int
        let isCurrent: Bool
        let neededBy: Int
    }

    private struct Rotation: Encodable, Sendable {
        let version: Int
        let resealed: Int
        let failures: [String]
    }

    static let all = [
        Route(.get, "/api/v1/keys", .organization(.readKeys, list)),
        Route(.post, "/api/v1/keys/rotate", .organization(.manageKeys, rotate), audited: .always(.key)),
    ]

    /// Rotating costs a write of all that is sealed.
    private static let rotationInterval = Duration.seconds(60)

    private static func list(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let keyring = call.context.stores.keyring
        let needed = try await call.context.keyDesk?.references(in: member.scope) ?? [:]
        let (now, usesMax) = (try keyring.now, try keyring.limits.usesMax)
        let versions = try await keyring.versions(in: member.scope).map { key in
            Version(
                version: key.version,
                keyID: key.id,
                cause: key.cause,
                madeAt: key.madeAt,
                ageSeconds: max(0, Double((now - key.madeAt).microseconds) / 1e6),
                uses: key.uses,
                usesMax: usesMax,
                isCurrent: key.isCurrent,
                neededBy: needed[key.version] ?? 0
            )
        }
        return try .json(Keys(keys: versions))
    }

    private static func rotate(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        guard let desk = call.context.keyDesk else {
            throw Problem(.unavailable, "This server has no files at hand: rotate on the one that has them.")
        }
        if let since = try await call.context.stores.keyring.sinceRotation(in: member.scope), since < rotationInterval {
            let wait = min(rotationInterval, rotationInterval - since)
            throw Problem(
                .tooManyRequests,
                "The key was changed less than a minute ago.",
                retryAfterSeconds: Int(wait.components.seconds) + 1
            )
        }
        let report = try await desk.rotate(in: member.scope)
        call.notes.add(report.metadata)
        return try .json(
            Rotation(version: report.version, resealed: report.resealed, failures: report.failures)
        )
    }
}
