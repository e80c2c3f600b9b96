extension Collection<UInt8> {
    /// Whether the bytes are the others, found out in the same time wherever they differ.
    ///
    /// For whatever proves somebody: hashes of passwords and keys, authentication codes. Only their number is told by
    /// the time it takes.
    package func isEqualInConstantTime(to other: some Collection<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return zip(self, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
