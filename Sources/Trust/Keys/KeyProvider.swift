/// Where master keys come from: the environment, a file, a program that fetches them from a vault.
package protocol KeyProvider: Sendable {
    /// For messages: a variable's name, a path, a program.
    var place: String { get }

    /// The keys as they are there now.
    ///
    /// - Throws: ``KeyError`` with `.masterUnavailable` or `.masterWeak`, which says what to do.
    func masterKeys() async throws -> MasterKeys
}

/// Keys that somebody has in hand.
package struct GivenKeys: KeyProvider {
    private let keys: MasterKeys

    package init(_ keys: MasterKeys) { self.keys = keys }

    package var place: String { "the keys in hand" }

    package func masterKeys() -> MasterKeys { keys }
}
