/// Reads plain decimal numbers out of bytes, to the very double that `Double(String)` gives.
enum DecimalText {
    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
        1e19, 1e20, 1e21, 1e22,
    ]

    /// The number, where at most 2^53 times or over a power of ten up to 22 makes its rounding exact
    /// (Clinger 1990, "How to Read Floating Point Numbers Accurately"); nil for all else, numbers or not.
    static func number(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        var position = 0
        let count = bytes.count
        var isNegative = false
        if position < count, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") {
            isNegative = bytes[position] == UInt8(ascii: "-")
            position += 1
        }
        var mantissa: UInt64 = 0
        var digitCount = 0
        var exponent = 0
        var isPastPoint = false
        while position < count {
            let byte = bytes[position]
            let digit = byte &- 48
            if digit <= 9 {
                digitCount += 1
                guard digitCount <= 18 else { return nil }
                mantissa = mantissa &* 10 &+ UInt64(digit)
                if isPastPoint { exponent -= 1 }
            } else if byte == UInt8(ascii: "."), !isPastPoint {
                isPastPoint = true
            } else {
                break
            }
            position += 1
        }
        // A point without digits on both sides is left to the full parser to judge.
        guard digitCount > 0, !isPastPoint || exponent < 0, digitCount > -exponent else { return nil }
        if position < count {
            guard let written = writtenExponent(bytes, from: position) else { return nil }
            exponent += written
        }
        guard mantissa <= 1 << 53, abs(exponent) <= 22 else { return nil }
        let magnitude =
            exponent < 0 ? Double(mantissa) / powersOfTen[-exponent] : Double(mantissa) * powersOfTen[exponent]
        return isNegative ? -magnitude : magnitude
    }

    private static func writtenExponent(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var position = start
        guard bytes[position] | 0x20 == UInt8(ascii: "e") else { return nil }
        position += 1
        var isNegative = false
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") {
            isNegative = bytes[position] == UInt8(ascii: "-")
            position += 1
        }
        guard position < bytes.count, bytes.count - position <= 3 else { return nil }
        var exponent = 0
        while position < bytes.count {
            let digit = bytes[position] &- 48
            guard digit <= 9 else { return nil }
            exponent = exponent * 10 + Int(digit)
            position += 1
        }
        return isNegative ? -exponent : exponent
    }
}
