package import Alarms
import FoundationEssentials
package import Plant
package import Storage
import Synchronization

/// The tags of an organization's schema versions, which never change once they are written.
package final class SchemaTags: Sendable {
    private let schemas: SchemaStore
    private let scope: OrganizationScope
    private let known = Mutex<[Int: [Tag]]>([:])

    package init(_ schemas: SchemaStore, scope: OrganizationScope) {
        self.schemas = schemas
        self.scope = scope
    }

    package func tags(ofVersionsIn readings: [StoredReading]) async throws -> [Int: [Tag]] {
        var tags: [Int: [Tag]] = [:]
        for version in Set(readings.map(\.schemaVersion)) { tags[version] = try await self.tags(ofVersion: version) }
        return tags
    }

    private func tags(ofVersion version: Int) async throws -> [Tag] {
        if let tags = known.withLock({ $0[version] }) { return tags }
        guard let stored = try await schemas.version(version, in: scope) else {
            throw StorageError(.notFound, "schema version \(version) is missing from the store")
        }
        let tags = try SchemaText.document(stored.document).schema.tags
        known.withLock { $0[version] = tags }
        return tags
    }
}

/// Reads schema documents as the store keeps them: JSON that was checked when it came in.
package enum SchemaText {
    package static func document(_ text: String) throws -> SchemaDocument {
        try JSONDecoder().decode(SchemaDocument.self, from: Data(text.utf8))
    }

    package static func text(_ document: SchemaDocument) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }
}
