import Models
import Plant

/// A version that said what can't be, on its way back to being believed; or one of which nobody has heard since a
/// restart.
///
/// It gives the numbers that were recorded with it, so that only live rows tell whether it is well: it rests longer each
/// time, and is believed once it has been sound for as long as it last had to rest.
struct DoubtedModel: Sendable {
    let version: ModelVersion
    /// How long it last had to rest; nil where nothing wrong is known of it.
    private(set) var rest: Duration?
    private var backoff = Backoff(from: .seconds(120), upTo: .seconds(3_600))
    private var soundSince: Instant?

    init(_ version: ModelVersion) { self.version = version }

    /// It said what can't be.
    mutating func failed() {
        rest = backoff.next()
        soundSince = nil
    }

    /// It said what can be.
    ///
    /// - Returns: Whether it is believed now.
    mutating func answered(at now: Instant) -> Bool {
        let since = soundSince ?? now
        soundSince = since
        return now - since >= rest ?? .zero
    }
}
