import Foundation

/// One failure of one asset, from the wear that announces it to the end of its repair.
struct WearEpisode: Sendable {
    let asset: Int
    let component: Int
    /// Unix seconds, all of them.
    let onset, failure, repaired: Int64
    /// How far the wear goes: around 1.
    let severity: Double
    /// How it gets there: below 1 early, above 1 late.
    let exponent: Double

    /// 0 before the onset, around 1 at the failure and after it.
    func wear(at second: Int64) -> Double {
        guard second > onset else { return 0 }
        let progress = min(1, Double(second - onset) / Double(failure - onset))
        return severity * pow(progress, exponent)
    }
}
