/// What each kind of line must be, after all before it.
extension AuditVerification {
    mutating func take(_ entry: AuditEntry) {
        let expected = last.number + 1
        settle(followedBy: entry.isWhole ? entry.previous : nil)
        guard finding == nil else { return }
        guard entry.isWhole else {
            return find(.altered, entry: expected, "its hash is not the hash of what it says")
        }
        guard entry.chain == chain ?? entry.chain else {
            return find(.foreign, entry: expected, "an entry of \(entry.chain.text) stands in its place")
        }
        chain = entry.chain
        guard entry.number >= expected else {
            return find(.doubled, entry: entry.number, "it stands once more behind entry \(last.number)")
        }
        guard entry.number == expected else {
            return find(.missing, entry: expected, "entry \(entry.number) stands in its place")
        }
        if entry.previous != last.hash {
            guard expected > 1 else {
                return find(.altered, entry: expected, "it names an entry before it, but is the first")
            }
            doubt = Doubt(number: expected, hash: entry.hash, line: lineCount)
        }
        last = Place(number: entry.number, hash: entry.hash)
        entryCount += doubt == nil ? 1 : 0
        firstAt = firstAt ?? entry.at
        lastAt = entry.at
    }

    mutating func take(_ head: AuditHead) {
        let isSigned = head.isSigned && head.publicKey == publicKey ?? head.publicKey
        let isOfDoubtful = isSigned && head.number == last.number
        settle(followedBy: isOfDoubtful ? head.hash : nil)
        guard finding == nil else { return }
        guard isSigned else {
            let detail =
                head.isSigned
                ? "the head behind it is signed by another key: \(AuditHexadecimal.text(head.publicKey))"
                : "the head behind it is not signed by the key it names, or was changed"
            return find(.badSignature, entry: last.number, detail)
        }
        publicKey = head.publicKey
        guard head.chain == chain ?? head.chain else {
            return find(.foreign, entry: last.number, "the head behind it is one of \(head.chain.text)")
        }
        chain = head.chain
        guard head.number <= last.number else {
            return find(.missing, entry: last.number + 1, "the signed head of entry \(head.number) stands in its place")
        }
        guard head.number == last.number else {
            let detail = "the signed head of entry \(head.number) stands only behind entry \(last.number)"
            return find(.added, entry: head.number + 1, detail)
        }
        guard head.hash == last.hash else {
            let first = min(vouchedNumber + 1, head.number)
            let detail =
                "the signed head of entry \(head.number) has another hash: something from entry \(first) to entry "
                + "\(head.number) was changed, and what follows it hashed anew"
            return find(.rewritten, entry: first, detail)
        }
        vouchedNumber = head.number
        headCount += 1
        if head.purpose == .end { end = head }
    }

    /// Says which of two entries that don't fit was changed: the later one, unless what follows continues from it.
    ///
    /// - Parameter next: What the line behind them says is the hash of the entry before it; nil where it says nothing.
    mutating func settle(followedBy next: AuditHash?) {
        guard let doubt else { return }
        self.doubt = nil
        let isLaterGood = next == doubt.hash
        find(
            .altered,
            entry: isLaterGood ? doubt.number - 1 : doubt.number,
            isLaterGood
                ? "it was changed and hashed anew: the entry behind it names another hash"
                : "it names another hash than that of the entry before it",
            line: isLaterGood ? doubt.line - 1 : doubt.line
        )
    }
}
