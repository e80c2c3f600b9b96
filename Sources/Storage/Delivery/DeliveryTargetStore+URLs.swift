import Alarms
import Database
package import Plant
import Trust

/// Webhooks' URLs, which earlier versions left open.
extension DeliveryTargetStore {
    /// Puts the URLs that lie open in webhooks' rows into their sealed secrets, and leaves the servers alone in the rows.
    ///
    /// Each by itself, in one transaction: its URL is in the one place or the other at any moment, and what somebody
    /// writes at the same time is his.
    ///
    /// - Returns: What became of them; one whose secret can't be opened keeps its URL where it is.
    /// - Throws: `KeyError` where there is no key to seal with; `DatabaseError`.
    package func sealURLs(in scope: OrganizationScope) async throws -> SealedRows.Outcome {
        var outcome = SealedRows.Outcome()
        for webhook in try await webhooks(in: scope) {
            var secret: DeliverySecret
            do {
                secret = try await opened(webhook.secretText, of: webhook.id, in: scope)
            } catch let error as KeyError {
                outcome.failed("webhook \(webhook.id), whose URL stays open", error)
                continue
            }
            guard secret.url == nil else { continue }
            secret.url = try JSONText.decoded(OpenChannel.self, webhook.channelText, from: "target").url
            let sealed = try await sealed(secret, of: webhook.id, in: scope)
            if try await put(sealed, into: webhook, in: scope) { outcome.count += 1 }
        }
        return outcome
    }

    /// A webhook as it is kept.
    private struct Webhook: Hashable, Sendable {
        let id: ID<DeliveryTarget>
        let channelText: String
        let secretText: String?
    }

    /// A webhook's settings as earlier versions wrote them.
    private struct OpenChannel: Decodable {
        let url: String
    }

    private func webhooks(in scope: OrganizationScope) async throws -> [Webhook] {
        try await database.read { reader in
            try reader.query(
                """
                SELECT id
                FROM delivery_target
                WHERE organization_id = \(scope.id) AND kind = \(DeliveryChannel.Kind.webhook)
                ORDER BY id
                """
            ).compactMap { try Self.webhook(try $0.decode("id"), in: scope, reader) }
        }
    }

    private static func webhook(
        _ id: ID<DeliveryTarget>,
        in scope: OrganizationScope,
        _ reader: any SQLReader
    ) throws -> Webhook? {
        try reader.query(
            """
            SELECT channel
            FROM delivery_target
            WHERE organization_id = \(scope.id) AND id = \(id)
            """
        ).first.map {
            Webhook(
                id: id,
                channelText: try $0.decode("channel"),
                secretText: try sealedText(of: id, in: scope, reader)
            )
        }
    }

    private func put(_ sealed: String, into webhook: Webhook, in scope: OrganizationScope) async throws -> Bool {
        // What is read of it is its server.
        let channel = try JSONText.decoded(DeliveryChannel.self, webhook.channelText, from: "target")
        let text = try JSONText.encoded(channel)
        return try await database.transaction(of: scope.id.rawValue) { transaction in
            guard try Self.webhook(webhook.id, in: scope, transaction) == webhook else { return false }
            try transaction.execute(
                """
                UPDATE delivery_target
                SET channel = \(text)
                WHERE organization_id = \(scope.id) AND id = \(webhook.id)
                """
            )
            try Self.keep(sealed, of: webhook.id, in: scope, transaction)
            return true
        }
    }
}
