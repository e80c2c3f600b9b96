import Crypto
package import Plant

/// One-time codes of a shared secret: HOTP (RFC 4226) whose counter is the time (TOTP, RFC 6238).
package struct TOTP: Sendable {
    /// What the codes are made with; authenticators of people know the first.
    package enum Algorithm: Sendable, CaseIterable { case sha1, sha256, sha512 }

    /// How long a step lasts, in seconds (RFC 6238, section 4.1).
    package static let period: Int64 = 30
    /// How many steps before and after the present one count, for clocks that differ (RFC 6238, section 5.2).
    package static let window: Int64 = 1

    private let secret: [UInt8]
    private let algorithm: Algorithm
    private let digitCount: Int

    package init(_ secret: TOTPSecret, algorithm: Algorithm = .sha1, digitCount: Int = 6) {
        precondition((6...8).contains(digitCount), "codes have 6 to 8 digits (RFC 4226, section 5.3)")
        self.secret = secret.bytes
        self.algorithm = algorithm
        self.digitCount = digitCount
    }

    /// The number of steps since 1970.
    package static func step(at instant: Instant) -> Int64 {
        let (steps, rest) = instant.microseconds.quotientAndRemainder(dividingBy: period * 1_000_000)
        return rest < 0 ? steps - 1 : steps
    }

    /// The step's code (RFC 4226, section 5.3).
    package func code(at step: Int64) -> String {
        let mac = mac(of: step)
        let offset = Int(mac[mac.count - 1] & 15)
        let number = mac[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let modulus = (0..<digitCount).reduce(UInt32(1)) { product, _ in product * 10 }
        let digits = String(number % modulus)
        return String(repeating: "0", count: digitCount - digits.count) + digits
    }

    /// Which step's code was given, within the window.
    ///
    /// - Parameters:
    ///   - code: What somebody typed.
    ///   - now: The present instant.
    ///   - last: The last step whose code was accepted: neither it nor an earlier one is accepted again.
    /// - Returns: The step to remember; nil for a code that is wrong, old or used.
    package func step(of code: String, at now: Instant, after last: Int64?) -> Int64? {
        let given = Array(code.utf8)
        let current = Self.step(at: now)
        var found: Int64?
        // All of the window, whichever it is, in the same time.
        for step in (current - Self.window)...(current + Self.window) {
            let isEqual = Self.isEqual(given, Array(self.code(at: step).utf8))
            if isEqual, step > last ?? .min { found = step }
        }
        return found
    }

    private func mac(of step: Int64) -> [UInt8] {
        let message = withUnsafeBytes(of: step.bigEndian) { Array($0) }
        let key = SymmetricKey(data: secret)
        return switch algorithm {
        case .sha1: Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: key))
        case .sha256: Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
        case .sha512: Array(HMAC<SHA512>.authenticationCode(for: message, using: key))
        }
    }

    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
