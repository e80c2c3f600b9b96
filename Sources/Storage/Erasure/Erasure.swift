package import Plant
package import Trust

/// The erasing of one organization, as far as it has come; what of it is done is not done again.
package struct Erasure: Hashable, Sendable {
    /// What is known of it so far.
    package struct Progress: Hashable, Sendable, Codable {
        package var askedBy: Actor
        package var keys: [ErasureStatement.DestroyedKey]?
        package var keysDestroyedAt: Instant?
        package var auditChain: ErasureStatement.ChainEnd?
        /// What was in the folders before they were removed.
        package var folders: [ErasureStatement.Folder]?
        /// Rows deleted so far, by table.
        package var tables: [String: Int] = [:]
        /// No row of the organization is left, itself among them.
        package var rowsGoneAt: Instant?

        init(askedBy: Actor) { self.askedBy = askedBy }
    }

    package let organization: ID<Organization>
    package let slug: String
    package let begunAt: Instant
    package internal(set) var progress: Progress
    package internal(set) var endedAt: Instant?
    /// Its file's text, once it has ended.
    package internal(set) var certificate: String?
}
