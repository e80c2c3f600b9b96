/// Which model leaves first where not all find room.
package enum CachePolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// The one used longest ago.
    case lru
    /// The one used least often, of late.
    case lfu
    /// The one whose next use lies furthest away, as far as its uses so far tell; see ``UseHistory``.
    case auto
}

/// How much the cache may hold, and how long.
package struct CacheBudget: Hashable, Sendable {
    /// Of memory, as measured when each model was loaded.
    package var byteCountMax: Int
    package var modelCountMax: Int
    /// A model that nobody has used for so long leaves; nil keeps it.
    package var idleMax: Duration?
    /// Where the whole process holds more memory than this, models leave; nil never looks.
    package var residentBytesMax: Int?

    package init(
        byteCountMax: Int = 2 << 30,
        modelCountMax: Int = 4_096,
        idleMax: Duration? = .seconds(6 * 3_600),
        residentBytesMax: Int? = nil
    ) {
        self.byteCountMax = byteCountMax
        self.modelCountMax = modelCountMax
        self.idleMax = idleMax
        self.residentBytesMax = residentBytesMax
    }
}
