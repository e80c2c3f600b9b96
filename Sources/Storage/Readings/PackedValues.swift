import FoundationEssentials
import Plant

/// A reading's values and quality as few bytes, bit for bit the same when they come back.
///
/// Version byte 1; the value count (16 bits, little endian); per value two bits of kind, four to a byte, the first
/// lowest; then each value as its kind says: nothing (the plain NaN), one byte (a small whole number, thus any
/// boolean), four bytes (a Float32 that is the value), or eight; then the indices of values that are not good,
/// ascending, 16 bits each. Equal readings have equal bytes.
enum PackedValues {
    static let countMax = Int(UInt16.max)
    private static let version: UInt8 = 1

    private enum Kind: UInt8 { case missing, byte, single, double }

    /// Bytes for at most ``countMax`` values, of which some, by index, are not good.
    static func packed(_ values: [Double], notGood: Set<Int>) -> Data {
        precondition(values.count <= countMax, "a reading has at most \(countMax) values")
        let kindsCount = (values.count + 3) / 4
        var bytes = [UInt8](repeating: 0, count: 3 + kindsCount)
        bytes.reserveCapacity(3 + kindsCount + 8 * values.count + 2 * notGood.count)
        bytes[0] = version
        bytes[1] = UInt8(truncatingIfNeeded: values.count)
        bytes[2] = UInt8(truncatingIfNeeded: values.count >> 8)
        for (index, value) in values.enumerated() {
            let kind = kind(of: value)
            bytes[3 + index / 4] |= kind.rawValue << (2 * UInt8(index % 4))
            switch kind {
            case .missing: break
            case .byte: bytes.append(UInt8(bitPattern: Int8(value)))
            case .single: withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            case .double: withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
        }
        for index in notGood.sorted() {
            bytes.append(UInt8(truncatingIfNeeded: index))
            bytes.append(UInt8(truncatingIfNeeded: index >> 8))
        }
        return Data(bytes)
    }

    private static func kind(of value: Double) -> Kind {
        if value.bitPattern == Double.nan.bitPattern { return .missing }
        if value >= -128, value <= 127 {
            let whole = Double(Int8(value.rounded(.towardZero)))
            if whole.bitPattern == value.bitPattern { return .byte }
        }
        // Only finite ones: what hardware makes of a NaN's payload is its own affair.
        return value.isFinite && Double(Float(value)).bitPattern == value.bitPattern ? .single : .double
    }

    /// - Throws: ``StorageError`` with `.unreadable` for bytes that were not packed here.
    static func unpacked(_ data: Data) throws(StorageError) -> (values: [Double], notGood: Set<Int>) {
        guard let unpacked = data.withUnsafeBytes({ Self.read($0) }) else {
            throw StorageError(.unreadable, "a stored reading's values are damaged")
        }
        return unpacked
    }

    private static func read(_ bytes: UnsafeRawBufferPointer) -> (values: [Double], notGood: Set<Int>)? {
        guard bytes.count >= 3, bytes[0] == version else { return nil }
        let count = Int(bytes[1]) | Int(bytes[2]) << 8
        var offset = 3 + (count + 3) / 4
        guard bytes.count >= offset else { return nil }
        var values: [Double] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            guard let kind = Kind(rawValue: bytes[3 + index / 4] >> (2 * UInt8(index % 4)) & 3) else { return nil }
            switch kind {
            case .missing: values.append(.nan)
            case .byte:
                guard offset + 1 <= bytes.count else { return nil }
                values.append(Double(Int8(bitPattern: bytes[offset])))
                offset += 1
            case .single:
                guard offset + 4 <= bytes.count else { return nil }
                let pattern = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                values.append(Double(Float(bitPattern: pattern)))
                offset += 4
            case .double:
                guard offset + 8 <= bytes.count else { return nil }
                let pattern = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                values.append(Double(bitPattern: pattern))
                offset += 8
            }
        }
        guard (bytes.count - offset) % 2 == 0 else { return nil }
        var notGood: Set<Int> = []
        var last = -1
        while offset < bytes.count {
            let index = Int(bytes[offset]) | Int(bytes[offset + 1]) << 8
            guard index > last, index < count else { return nil }
            notGood.insert(index)
            last = index
            offset += 2
        }
        return (values, notGood)
    }
}
