import FoundationEssentials
import Plant

/// One sealed part's place in a backup: in the clear before it, and bound to it by its seal.
struct BackupFrame: Hashable, Sendable {
    static let byteCount = 16 + 8 + 1 + 8

    let backup: ID<Backup>
    /// From 0, which is the header's.
    let number: UInt64
    let isLast: Bool
    let sealedByteCount: Int

    /// What the part is sealed as: nothing else opens it elsewhere.
    var subject: String { "\(backup)/\(number)/\(isLast ? "last" : "more")" }

    var encoded: [UInt8] {
        let id = withUnsafeBytes(of: backup.rawValue.uuid) { Array($0) }
        return id + Self.bytes(number) + [isLast ? 1 : 0] + Self.bytes(UInt64(sealedByteCount))
    }

    init(backup: ID<Backup>, number: UInt64, isLast: Bool, sealedByteCount: Int) {
        self.backup = backup
        self.number = number
        self.isLast = isLast
        self.sealedByteCount = sealedByteCount
    }

    /// The frame that follows in a backup.
    ///
    /// - Throws: ``BackupError`` that says what is in the place of it.
    init(_ bytes: [UInt8], of backup: ID<Backup>, expected number: UInt64) throws(BackupError) {
        precondition(bytes.count == Self.byteCount, "a frame has \(Self.byteCount) bytes")
        let id = bytes.prefix(16)
        self.backup = backup
        self.number = Self.number(bytes[16..<24])
        guard bytes[24] <= 1, let count = Int(exactly: Self.number(bytes[25..<33])) else {
            throw BackupError(.tampered, "where part \(number) should begin is something else: it was changed")
        }
        isLast = bytes[24] == 1
        sealedByteCount = count
        guard id.elementsEqual(withUnsafeBytes(of: backup.rawValue.uuid) { Array($0) }) else {
            throw BackupError(.mixed, "part \(number) is not of this backup: another's stands in its place")
        }
        guard self.number == number else {
            throw BackupError(
                .rearranged,
                "part \(self.number) stands where part \(number) belongs: parts were moved, left out or repeated"
            )
        }
    }

    private static func bytes(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
