import Plant
import Serving
import Storage
import Trust

/// What is done at the terminal, in the audit chains: as with the API, what changes something is written down before it
/// is done, and is not done where that fails.
struct TerminalRecord {
    let stores: Stores
    let place: AuditPlace

    init(_ stores: Stores, in place: AuditPlace) {
        self.stores = stores
        self.place = place
    }

    init(_ stores: Stores, in scope: OrganizationScope) { self.init(stores, in: .organization(scope)) }

    /// Does it, and writes down that it is to be done and how it ended.
    ///
    /// - Parameters:
    ///   - command: As it was called, without its arguments: there may be secrets among them.
    ///   - resource: What it is done to.
    ///   - action: What kind of thing it is.
    ///   - metadata: What more is to be said; never a secret.
    ///   - act: What is to be done.
    ///   - telling: What more is to be said of what that came to.
    /// - Returns: What that returns.
    /// - Throws: What that throws; `DatabaseError` where nothing was done, since it can't be written down.
    func of<Value>(
        _ command: String,
        on resource: String,
        as action: AuditAction = .config,
        _ metadata: [String: String] = [:],
        _ act: () async throws -> Value,
        telling: (Value) -> [String: String] = { _ in [:] }
    ) async throws -> Value {
        let metadata = metadata.merging(["means": "eagle \(command)"]) { _, means in means }
        func event(_ more: [String: String]) -> AuditEvent {
            AuditEvent(action, by: .terminal, on: resource, metadata.merging(more) { _, new in new })
        }
        try await stores.audit.append(event(["stage": "asked"]), at: SystemTime().now, in: place)
        do {
            let value = try await act()
            let end = ["stage": "answered", "outcome": "done"]
            await conclude(event(telling(value).merging(end) { _, end in end }))
            return value
        } catch {
            await conclude(event(["stage": "answered", "outcome": "failed"]))
            throw error
        }
    }

    private func conclude(_ event: AuditEvent) async {
        do { try await stores.audit.append(event, at: SystemTime().now, in: place) } catch {
            Console.note("eagle: what became of it can't be written into the audit chain: \(error)")
        }
    }
}
