/// The samples that a row's features are made from.
struct FeatureSupport {
    var goodSamples = 0
    private(set) var oldest: Int64?

    mutating func include(_ instant: Int64) { oldest = min(oldest ?? instant, instant) }
}
