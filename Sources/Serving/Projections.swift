package import Plant
package import Storage

/// Reads stored readings, whatever schema version they came under, as samples of one list of tags.
package struct Projections {
    private let target: [Tag]
    private var byVersion: [Int: TagProjection] = [:]

    package init(to target: [Tag]) { self.target = target }

    /// The sample of a reading that has a value per tag of its schema version.
    package mutating func sample(_ stored: StoredReading, tags: [Int: [Tag]]) -> Sample {
        let version = stored.schemaVersion
        if let projection = byVersion[version] { return projection(Sample(stored.reading)) }
        let projection = TagProjection(from: tags[version] ?? [], to: target)
        byVersion[version] = projection
        return projection(Sample(stored.reading))
    }
}
