extension Idiom {
    /// What proves who somebody is must take as long to compare whatever differs: `==` stops at the first difference.
    static let comparedSecret = Idiom(
        name: "a secret compared by ==",
        places: ["Sources/Trust/", "Sources/Web/", "Sources/Storage/", "Sources/eagle/"],
        // An audit entry's hash is no secret: whoever may verify the chain reads it.
        exceptions: ["Sources/Trust/Audit", "Sources/Storage/Audit"],
        advice: "use isEqualInConstantTime(to:)"
    ) { tokens in
        (tokens.starts(of: "=", "=") + tokens.starts(of: "!", "=")).filter { place in
            let (before, after) = (place - 1, place + 2)
            guard tokens.indices.contains(before), tokens.indices.contains(after), tokens[place + 1].isAttached,
                !tokens[after].isWord("nil"), !tokens[before].isWord("nil"),
                tokens[after].kind == .word, tokens[before].kind == .word
            else { return false }
            return isSecret(tokens[before].text) || isSecret(lastName(from: after, in: tokens))
        }
    }

    private static let secrets = ["hash", "secret", "password", "token", "signature", "digest"]

    private static func isSecret(_ name: String) -> Bool { secrets.contains { name.lowercased().hasSuffix($0) } }

    /// The last name of `a.b.c`, which begins there.
    private static func lastName(from start: Int, in tokens: [Token]) -> String {
        var index = start
        while index + 2 < tokens.count, tokens[index + 1].isMark("."), tokens[index + 2].kind == .word { index += 2 }
        return tokens[index].text
    }
}
