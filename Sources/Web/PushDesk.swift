import Connectors
import Hummingbird
import NIOCore
import Plant
import Synchronization

/// Maps pushed bodies, each organization's in the order in which they come.
///
/// One mapper is kept per organization and schema version, for it remembers the pass of a doubled hour.
final class PushDesk: Sendable {
    private final class Mapper: Sendable {
        let version: Int
        let state: Mutex<PushMapper>

        init(version: Int, mapper: PushMapper) {
            self.version = version
            state = Mutex(mapper)
        }
    }

    private let mappers = Mutex<[ID<Organization>: Mapper]>([:])

    /// The rows of a body; `latest` is asked, once for each schema version, for each asset's latest kept instant, and
    /// `admit` whether so many rows may come in.
    ///
    /// - Throws: ``Problem`` for a body that is broken as a whole, or in which no row can be read; what `admit` throws,
    ///   and then the body is as if it had never come.
    func rows(
        in body: ByteBuffer,
        as format: PushedRows.Format,
        schema: CurrentSchema,
        after latest: () async throws -> [String: Instant],
        admit: (_ rowCount: Int) throws -> Void = { _ in },
        scope: OrganizationScope
    ) async throws -> PushedRows {
        let mapper = try await mapper(of: schema, after: latest, scope: scope)
        let bytes = Array(body.readableBytesView)
        let rows = try mapper.state.withLock { mapper in
            do {
                var next = mapper
                let rows = try next.rows(in: bytes, as: format)
                try admit(rows.rows)
                mapper = next
                return rows
            } catch let error as FileError where error.code == .tooManyRows {
                throw Problem(.tooLarge, "The body \(error.message)")
            }
        }
        if rows.readings.isEmpty, rows.quarantined.isEmpty, !rows.problems.isEmpty {
            throw Problem(
                .invalid,
                "None of the body's rows can be read; the first: \(rows.problems[0].reason)",
                errors: rows.problems.prefix(20).map { Problem.Detail(path: ["row \($0.row)"], message: $0.reason) }
            )
        }
        return rows
    }

    /// Made without a lock, so that nobody waits for another organization's; of two made at once the first stays.
    private func mapper(
        of schema: CurrentSchema,
        after latest: () async throws -> [String: Instant],
        scope: OrganizationScope
    ) async throws -> Mapper {
        let known = mappers.withLock { $0[scope.id] }
        if let known, known.version == schema.version { return known }
        let made = Mapper(
            version: schema.version,
            mapper: try PushMapper(schema: schema.schema, after: try await latest())
        )
        return mappers.withLock { mappers in
            if let known = mappers[scope.id], known.version >= schema.version { return known }
            mappers[scope.id] = made
            return made
        }
    }
}
