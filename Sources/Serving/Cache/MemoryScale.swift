/// Weighs loaded models by what the allocator holds more than before.
///
/// Growth tells one model's weight only while no other is loaded; those that were not alone are weighed by what the
/// ones before took for each byte of their graph.
struct MemoryScale: Sendable {
    /// Which loads had begun, and how many went on, at a moment.
    struct Turn: Hashable, Sendable {
        var begun = 0
        var ongoing = 0
    }

    private(set) var turn = Turn()
    /// Bytes per byte of the graph; the first guess is what ONNX Runtime was measured to take.
    private var ratio = 6.5

    private static let newestWeight = 0.1
    private static let firstWeighedCount = 64
    private static let weighedEvery = 16
    /// What else was allocated meanwhile shows as a ratio outside of these.
    private static let ratios = 1.0...20

    var loadCount: Int { turn.ongoing }

    /// Whether the load that begins is to be weighed by growth: asking the allocator what it holds stops all threads
    /// that allocate, for a time that grows with what they hold.
    var wantsGrowth: Bool { turn.begun <= Self.firstWeighedCount || turn.begun % Self.weighedEvery == 0 }

    mutating func loadBegins() {
        turn.begun += 1
        turn.ongoing += 1
    }

    /// - Returns: Whether no other load went on since that turn.
    mutating func loadEnds(begunAt start: Turn) -> Bool {
        defer { turn.ongoing -= 1 }
        return start.ongoing == 1 && start.begun == turn.begun
    }

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
