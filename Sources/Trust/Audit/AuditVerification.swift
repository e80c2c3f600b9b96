import Plant

/// Goes over an export, line by line, and finds the first entry that is broken.
///
/// Needs no server and no database, and no more memory for a long export than for a short one.
package struct AuditVerification: Sendable {
    /// Of the last entry that was in order.
    struct Place: Sendable {
        var number: Int64 = 0
        var hash = AuditHash.none
    }

    /// An entry whose word on the one before is not what that one's hash is: what follows tells which of them was
    /// changed.
    struct Doubt: Sendable {
        let number: Int64
        let hash: AuditHash
        let line: Int
    }

    let isKeyKnown: Bool
    var publicKey: [UInt8]?
    var chain: AuditChain?
    var last = Place()
    var doubt: Doubt?
    var lineCount = 0
    var entryCount: Int64 = 0
    var headCount = 0
    /// Up to here a signed head vouches.
    var vouchedNumber: Int64 = 0
    var firstAt: Instant?
    var lastAt: Instant?
    var end: AuditHead?
    package private(set) var finding: AuditFinding?

    /// - Parameters:
    ///   - chain: Whose chain it should be; nil where the first line may say. The export's own last line says it best,
    ///     since it is signed.
    ///   - publicKey: The server's; nil where the export's own word is taken for it, which proves no more than that all
    ///     of it was signed by one key.
    package init(of chain: AuditChain? = nil, publicKey: [UInt8]? = nil) {
        self.chain = chain
        self.publicKey = publicKey
        isKeyKnown = publicKey != nil
    }

    /// Takes the next line.
    ///
    /// - Parameters:
    ///   - bytes: Without its end.
    ///   - isTerminated: Whether it had one.
    /// - Returns: The entry, where it is one and nothing broken has been found up to it.
    @discardableResult
    package mutating func take(_ bytes: [UInt8], isTerminated: Bool = true) -> AuditEntry? {
        lineCount += 1
        guard finding == nil else {
            reconsider(bytes)
            return nil
        }
        guard let line = AuditLine(bytes) else {
            settle(followedBy: nil)
            if isTerminated {
                find(.altered, entry: last.number + 1, "the line is not as an export writes it")
            } else {
                find(.truncated, entry: last.number + 1, "the export breaks off in the midst of a line")
            }
            return nil
        }
        if end != nil {
            find(.added, entry: last.number + 1, "something stands behind the export's signed end")
            return nil
        }
        switch line {
        case .entry(let entry):
            take(entry)
            return finding == nil ? entry : nil
        case .head(let head):
            take(head)
            return nil
        }
    }

    /// All lines were there: what came out.
    package mutating func finish() -> AuditReport {
        settle(followedBy: nil)
        if end == nil {
            let after = last.number == 0 ? "it holds no entry" : "whatever came after entry \(last.number) is missing"
            find(.truncated, entry: last.number + 1, "the export does not end in its signed end: \(after)")
        }
        return report
    }

    var report: AuditReport {
        AuditReport(
            isWhole: finding == nil,
            finding: finding,
            chain: chain?.text,
            entryCount: entryCount,
            headCount: headCount,
            firstAt: firstAt,
            lastAt: lastAt,
            signedAt: end?.at,
            publicKey: publicKey.map { AuditHexadecimal.text($0) },
            isKeyKnown: isKeyKnown
        )
    }

    /// Writes down something that is known from elsewhere, such as what is kept of predictions.
    package mutating func find(_ kind: AuditFinding.Kind, entry: Int64, _ detail: String, line: Int? = nil) {
        if finding == nil { finding = AuditFinding(kind, entry: entry, line: line ?? lineCount, detail) }
    }

    /// An entry that seemed to be missing is only out of order, if it comes later.
    private mutating func reconsider(_ bytes: [UInt8]) {
        guard let found = finding, found.kind == .missing, case .entry(let entry)? = AuditLine(bytes),
            entry.number == found.entry, entry.isWhole, entry.chain == chain, entry.previous == last.hash
        else { return }
        finding = AuditFinding(
            .outOfOrder,
            entry: found.entry,
            line: found.line,
            "another stands in its place; it stands in line \(lineCount)"
        )
    }
}
