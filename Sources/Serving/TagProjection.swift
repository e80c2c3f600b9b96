import Plant

/// Reads samples of one list of tags as samples of another; a tag that the first does not have is missing.
struct TagProjection: Hashable, Sendable {
    private let indices: [Int?]
    private let isIdentity: Bool

    init(from: [Tag], to: [Tag]) {
        let places = Dictionary(uniqueKeysWithValues: from.enumerated().map { ($1, $0) })
        indices = to.map { places[$0] }
        isIdentity = from == to
    }

    func callAsFunction(_ sample: Sample) -> Sample {
        if isIdentity { return sample }
        return Sample(
            asset: sample.asset,
            instant: sample.instant,
            values: indices.map { $0.map { sample.values[$0] } ?? .nan }
        )
    }
}
