/// The block cipher under bcrypt: Schneier, "Description of a New Variable-Length Key, 64-Bit Block Cipher" (1993).
///
/// Here for bcrypt's sake alone, with its expensive key schedule; nothing is encrypted with it.
struct Blowfish: Sendable {
    /// 18 round keys, then four boxes of 256 words each.
    private var words: [UInt32]

    private static let roundKeyCount = 18
    private static let wordCount = roundKeyCount + 4 * 256
    private static let initial = PiDigits.fraction(wordCount: wordCount)

    /// As the cipher begins: the digits of pi, behind the comma.
    init() { words = Self.initial }

    /// Mixes a key into the round keys, and replaces all words by what the cipher makes of the salt.
    ///
    /// Provos and Mazières, "A Future-Adaptable Password Scheme" (1999), section 4: ExpandKey.
    /// - Parameters:
    ///   - key: At least one byte, taken over and over.
    ///   - salt: 16 bytes; nil for zeros.
    mutating func expand(key: [UInt8], salt: [UInt8]? = nil) {
        var keyIndex = 0
        for index in 0..<Self.roundKeyCount { words[index] ^= Self.word(of: key, from: &keyIndex) }
        words.withUnsafeMutableBufferPointer { words in
            var (left, right): (UInt32, UInt32) = (0, 0)
            var saltIndex = 0
            for index in stride(from: 0, to: Self.wordCount, by: 2) {
                if let salt {
                    left ^= Self.word(of: salt, from: &saltIndex)
                    right ^= Self.word(of: salt, from: &saltIndex)
                }
                Self.encrypt(&left, &right, with: words)
                words[index] = left
                words[index + 1] = right
            }
        }
    }

    /// The next four bytes, most significant first; behind the last comes the first again.
    private static func word(of bytes: [UInt8], from index: inout Int) -> UInt32 {
        var word: UInt32 = 0
        for _ in 0..<4 {
            word = word << 8 | UInt32(bytes[index])
            index = index + 1 == bytes.count ? 0 : index + 1
        }
        return word
    }

    mutating func encrypt(_ left: inout UInt32, _ right: inout UInt32) {
        words.withUnsafeMutableBufferPointer { Self.encrypt(&left, &right, with: $0) }
    }

    /// Sixteen rounds of the Feistel network.
    @inline(__always)
    private static func encrypt(
        _ left: inout UInt32,
        _ right: inout UInt32,
        with words: UnsafeMutableBufferPointer<UInt32>
    ) {
        for round in 0..<16 {
            left ^= words[round]
            let boxes = (
                words[roundKeyCount + Int(left >> 24)], words[roundKeyCount + 256 + Int(left >> 16 & 255)],
                words[roundKeyCount + 512 + Int(left >> 8 & 255)], words[roundKeyCount + 768 + Int(left & 255)]
            )
            right ^= ((boxes.0 &+ boxes.1) ^ boxes.2) &+ boxes.3
            swap(&left, &right)
        }
        swap(&left, &right)
        right ^= words[16]
        left ^= words[17]
    }
}

/// Pi in base 2^32, by Machin's formula: pi = 16 arctan(1/5) - 4 arctan(1/239).
enum PiDigits {
    /// The words behind the comma, most significant first.
    ///
    /// - Complexity: Quadratic in the number of words; a tenth of a second for a thousand.
    static func fraction(wordCount: Int) -> [UInt32] {
        // Two words more, so that what was cut off on the way does not reach the last one.
        var sum = [UInt32](repeating: 0, count: 1 + wordCount + 2)
        add(arctangentSeries(of: 5, times: 16, wordCount: sum.count), to: &sum, sign: 1)
        add(arctangentSeries(of: 239, times: 4, wordCount: sum.count), to: &sum, sign: -1)
        return Array(sum[1...wordCount])
    }

    /// `times` times 1/x - 1/(3 x^3) + 1/(5 x^5) - ..., with one word before the comma.
    private static func arctangentSeries(of x: UInt64, times: UInt32, wordCount: Int) -> [UInt32] {
        var sum = [UInt32](repeating: 0, count: wordCount)
        var power = sum
        power[0] = times
        var start = divide(&power, by: x, from: 0)
        var divisor: UInt64 = 1
        var sign = 1
        while start < wordCount {
            var term = power
            _ = divide(&term, by: divisor, from: start)
            add(term, to: &sum, sign: sign, from: start)
            start = divide(&power, by: x * x, from: start)
            divisor += 2
            sign = -sign
        }
        return sum
    }

    /// - Returns: Where the first word is that is not zero.
    private static func divide(_ number: inout [UInt32], by divisor: UInt64, from start: Int) -> Int {
        var remainder: UInt64 = 0
        for index in start..<number.count {
            let part = remainder << 32 | UInt64(number[index])
            number[index] = UInt32(part / divisor)
            remainder = part % divisor
        }
        return number[start...].firstIndex { $0 != 0 } ?? number.count
    }

    /// Adds a number, or takes it away, as far as what it is added to is the greater.
    private static func add(_ number: [UInt32], to sum: inout [UInt32], sign: Int, from start: Int = 0) {
        var carry: Int64 = 0
        for index in sum.indices.reversed() {
            if index < start, carry == 0 { return }
            let part = Int64(sum[index]) + Int64(sign) * Int64(index < start ? 0 : number[index]) + carry
            sum[index] = UInt32(truncatingIfNeeded: part)
            carry = part >> 32
        }
    }
}
