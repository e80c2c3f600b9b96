/// What is wrong with a secret that should be chance, as far as one can see that.
struct KeyWeakness: Error, Hashable, Sendable {
    /// As what follows "the key": "is one byte over and over".
    let text: String

    /// Nil for what may be chance.
    ///
    /// Of 32 bytes of chance 30 differ; fewer than 16, or counting, chance does not do in the age of the universe. A
    /// text has fewer kinds of bytes, so that more of them must differ.
    ///
    /// - Parameter bytes: The secret, at least 32 bytes of it.
    init?(of bytes: [UInt8]) {
        let variety = Set(bytes).count
        let isText = bytes.allSatisfy { (32..<127).contains($0) }
        if variety <= 1 {
            text = "is one byte over and over"
        } else if Set(zip(bytes, bytes.dropFirst()).map { $1 &- $0 }).count <= 1 {
            text = "only counts"
        } else if variety < 16 {
            text = "has only \(variety) different bytes"
        } else if isText, variety < 20 {
            text = "is a text with only \(variety) different characters, and not the bytes of chance it should be"
        } else {
            return nil
        }
    }
}
