package import Models
package import Plant

/// How an organization's models fare in the cache since the server started.
package struct CacheFigures: Hashable, Sendable, Codable {
    package struct Resident: Hashable, Sendable, Codable {
        package let version: ModelVersion
        /// Of memory, as measured when it was loaded.
        package let byteCount: Int
        package let since: Instant
    }

    /// Models that are in memory now, oldest first.
    package internal(set) var resident: [Resident] = []
    /// Lookups that found the model in memory, and that did not.
    package private(set) var hitCount = 0
    package private(set) var missCount = 0
    package private(set) var loadCount = 0
    /// Of the newest load, from file to proven.
    package private(set) var loadMilliseconds: Double?
    package private(set) var loadedAt: Instant?
    package private(set) var evictionCount = 0
    /// How long the model that was evicted last had been in memory.
    package private(set) var ageAtEvictionSeconds: Double?
    package private(set) var evictedAt: Instant?

    /// Adds another organization's counts; what is of one model is left out.
    mutating func add(_ other: CacheFigures) {
        hitCount += other.hitCount
        missCount += other.missCount
        loadCount += other.loadCount
        evictionCount += other.evictionCount
    }

    mutating func asked(found: Bool) {
        if found { hitCount += 1 } else { missCount += 1 }
    }

    mutating func loaded(in duration: Duration, at instant: Instant) {
        loadCount += 1
        loadMilliseconds = duration.seconds * 1_000
        loadedAt = instant
    }

    mutating func evicted(at instant: Instant, after age: Duration) {
        evictionCount += 1
        ageAtEvictionSeconds = age.seconds
        evictedAt = instant
    }
}
