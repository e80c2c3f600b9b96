import Alarms
import Plant

extension WebClient.Answer {
    /// What the answer means for the message.
    ///
    /// - Parameters:
    ///   - receiver: Who answered, for error texts: a host.
    ///   - now: What a date in `Retry-After` is counted from.
    /// - Returns: The receipt, for a status of 2xx.
    /// - Throws: ``DeliveryError``; transient for 408, 425, 429 and 5xx.
    func receipt(from receiver: String, at now: Instant) throws(DeliveryError) -> DeliveryReceipt {
        let patience = retryAfter.flatMap { Self.patience($0, at: now) }
        switch status {
        case 200..<300: return DeliveryReceipt(status: status)
        case 300..<400:
            throw DeliveryError(
                .rejected,
                status: status,
                "\(receiver) answers \(status), a redirect, which is not followed: give the address it leads to"
            )
        case 410: throw DeliveryError(.gone, status: 410, "\(receiver) answers 410: the target is no more")
        case 408, 425, 429, 503:
            throw DeliveryError(
                .busy,
                status: status,
                retryAfter: patience,
                "\(receiver) answers \(status): it asks to try again later"
            )
        case 400..<500: throw DeliveryError(.rejected, status: status, "\(receiver) answers \(status)")
        default:
            throw DeliveryError(.receiverFailed, status: status, retryAfter: patience, "\(receiver) answers \(status)")
        }
    }

    /// Seconds or an HTTP date (RFC 9110, 10.2.3); nil for anything else.
    private static func patience(_ text: String, at now: Instant) -> Duration? {
        if let seconds = Int(text) { return .seconds(min(max(seconds, 0), 86_400)) }
        // "Sun, 06 Nov 1994 08:49:37 GMT"; its obsolete forms are not worth a parser.
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Instant("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z").map { max($0 - now, .zero) }
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
