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

        init(version: Int, schema: SignalSchema) throws {
            self.version = version
            state = Mutex(try PushMapper(schema: schema))
        }
    }

    private let mappers = Mutex<[ID<Organization>: Mapper]>([:])

    /// - Throws: ``Problem`` for a body that is broken as a whole, or in which no row can be read.
    func rows(
        in body: ByteBuffer,
        as format: PushedRows.Format,
        schema: CurrentSchema,
        scope: OrganizationScope
    ) throws -> PushedRows {
        let mapper = try mappers.withLock { mappers in
            if let mapper = mappers[scope.id], mapper.version == schema.version { return mapper }
            let mapper = try Mapper(version: schema.version, schema: schema.schema)
            mappers[scope.id] = mapper
            return mapper
        }
        let bytes = Array(body.readableBytesView)
        let rows = try mapper.state.withLock { mapper in
            do {
                return try mapper.rows(in: bytes, as: format)
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
}
