import Features
import Models

/// Rows with what a head is to say of them.
struct TargetRows {
    let set: TrainingSet
    let indices: [Int]
    let targets: [Float]

    init(set: TrainingSet, indices: [Int], targets: [Float]) {
        self.set = set
        self.indices = indices
        self.targets = targets
    }

    init(_ set: TrainingSet, indices: [Int], target: (TrainingSet.Row) -> Float) {
        self.init(set: set, indices: indices, targets: indices.map { target(set.rows[$0]) })
    }
}

extension TrainingSet {
    /// The features of some rows, contiguous, row-major.
    func values(of indices: [Int]) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(indices.count * view.count)
        for index in indices { values.append(contentsOf: matrix[index]) }
        return values
    }
}

/// Rows for the component head, which learns components against health.
///
/// Class 0 is "no failure within the horizon". Only the other classes' scores are kept, whose softmax is the
/// component's probability given a failure; rows without one are what teaches that a sign which healthy
/// machines show too is no sign.
struct NamedRows {
    /// Sorted; component `i` is class `i + 1`.
    let components: [String]
    let rows: TargetRows

    init(_ set: TrainingSet, indices: [Int]) {
        var named: [(row: Int, component: String?)] = []
        for index in indices {
            switch set.rows[index].label {
            case .negative: named.append((index, nil))
            // A row whose asset then failed in two components speaks for both.
            case .positive(_, let components): named += components.sorted().map { (index, $0) }
            case .unknown: continue
            }
        }
        let names = Set(named.compactMap(\.component)).sorted()
        let classes = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Float($0 + 1)) })
        components = names
        rows = TargetRows(
            set: set,
            indices: named.map(\.row),
            targets: named.map { $0.component.flatMap { classes[$0] } ?? 0 }
        )
    }
}

/// Rows for the survival head: those before a failure, by how long before.
struct TimedRows {
    /// Nil without such rows.
    let bins: SurvivalBins?
    let rows: TargetRows

    init(_ set: TrainingSet, indices: [Int], binsMax: Int) {
        let minutes = indices.map { index -> Double in
            guard case .positive(let minutes, _) = set.rows[index].label else { return 0 }
            return minutes
        }
        let bins = minutes.isEmpty ? nil : SurvivalBins(dividing: minutes, countMax: binsMax)
        self.bins = bins
        rows = TargetRows(
            set: set,
            indices: indices,
            targets: minutes.map { Float(bins?.bin(of: $0) ?? 0) }
        )
    }
}
