import Database
import FoundationEssentials

/// Tells rows apart by their content: FNV-1a in 64 bits, the same on every machine.
enum RowDigest {
    static func of(_ values: [SQLValue]) -> UInt64 {
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ byte: UInt8) { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
        func add(_ kind: UInt8, _ word: UInt64) {
            add(kind)
            for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        for value in values {
            switch value {
            case .null: add(0)
            case .integer(let number): add(1, UInt64(bitPattern: number))
            case .real(let number): add(2, number.bitPattern)
            case .text(let text):
                add(3, UInt64(text.utf8.count))
                for byte in text.utf8 { add(byte) }
            case .blob(let data):
                add(4, UInt64(data.count))
                for byte in data { add(byte) }
            }
        }
        return digest
    }
}
