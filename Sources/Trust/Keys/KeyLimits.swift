/// How often a data key may seal, and how its uses are counted.
///
/// Each sealing draws a nonce of 96 bits by chance: NIST SP 800-38D, section 8.3 allows 2^32 of them per key, so that
/// two are alike with a chance of at most 2^-32. Keys are changed long before that. Uses are written down in blocks
/// before the first of a block is made, so that no crash forgets one; what is left of a block at the end of a process
/// counts as used.
package struct KeyLimits: Hashable, Sendable {
    package enum Decision: Hashable, Sendable {
        /// So many more uses are the process's.
        case reserve(Int)
        /// A new version has to take over.
        case rotate
    }

    package let usesMax: Int
    package let blockSize: Int

    /// - Parameters:
    ///   - usesMax: At least 1; of one key, over all processes and its whole life.
    ///   - blockSize: At least 1; how many are written down at once.
    package init(usesMax: Int = 1 << 26, blockSize: Int = 1_024) {
        precondition(usesMax >= 1 && blockSize >= 1, "a key has uses")
        self.usesMax = usesMax
        self.blockSize = min(blockSize, usesMax)
    }

    package static let standard = KeyLimits()

    /// - Parameter reserved: How many uses of the key are written down.
    /// - Returns: What the next use takes.
    package func decision(reserved: Int) -> Decision {
        reserved < usesMax ? .reserve(min(blockSize, usesMax - reserved)) : .rotate
    }
}
