/// Weighs loaded models by what the allocator holds more than before.
///
/// Growth tells one model's weight only while no other is loaded; those that were not alone are weighed by what the
/// ones before took for each byte of their graph.
struct MemoryScale: Sendable {
    /// How many loads had begun, and how many went on, at a moment.
    struct Turn: Hashable, Sendable {
        let begun: Int
        let ongoing: Int
    }

    private var begunCount = 0
    /// Bytes per byte of the graph; the first guess is what ONNX Runtime was measured to take.
    private var ratio = 6.5

    private static let newestWeight = 0.1
    private static let firstWeighedCount = 64
    private static let weighedEvery = 16
    /// What else was allocated meanwhile shows as a ratio outside of these.
    private static let ratios = 1.0...20

    /// Whether the load that begins is to be weighed by growth: asking the allocator what it holds stops all threads
    /// that allocate, for a time that grows with what they hold.
    var wantsGrowth: Bool { begunCount <= Self.firstWeighedCount || begunCount % Self.weighedEvery == 0 }

    mutating func loadBegins() { begunCount += 1 }

    /// The present one, where so many loads go on, but for those that hang.
    func turn(ongoing: Int) -> Turn { Turn(begun: begunCount, ongoing: ongoing) }

    /// Whether no other load went on since that turn.
    func wasAlone(since start: Turn) -> Bool { start.ongoing == 1 && start.begun == begunCount }

    /// What a model weighs that was just loaded; the growth of what the allocator holds is nil where it says nothing
    /// of this one.
    mutating func byteCount(of model: LoadedModel, growth: Int?) -> Int {
        if let growth, case let measured = Double(growth) / Double(model.graphByteCount),
            Self.ratios.contains(measured)
        {
            ratio += Self.newestWeight * (measured - ratio)
            return growth
        }
        return Int(ratio * Double(model.graphByteCount))
    }
}
