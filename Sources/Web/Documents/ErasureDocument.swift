import FoundationEssentials
import Plant
import Storage
import Trust

/// How the erasing of an organization is coming along, and its certificate once it is done.
struct ErasureDocument: Encodable, Sendable {
    enum State: String, Encodable, Sendable { case running = "RUNNING", ended = "ENDED" }

    let organization: ID<Organization>
    let slug: String
    let state: State
    let begunAt: Instant
    let keysDestroyedAt: Instant?
    let rowsDeleted: Int
    let endedAt: Instant?
    let certificate: ErasureCertificate?

    init(_ erasure: Erasure) throws {
        organization = erasure.organization
        slug = erasure.slug
        state = erasure.endedAt == nil ? .running : .ended
        begunAt = erasure.begunAt
        keysDestroyedAt = erasure.progress.keysDestroyedAt
        rowsDeleted = erasure.progress.tables.values.reduce(0, +)
        endedAt = erasure.endedAt
        certificate = try erasure.certificate.map {
            try JSONDecoder().decode(ErasureCertificate.self, from: Data($0.utf8))
        }
    }
}
