import Features
import LightGBM
import Models

/// Rows with what a head is to say of them.
struct TargetRows {
    let data: TrainingData
    let indices: [Int]
    let targets: [Float]

    init(_ data: TrainingData, indices: [Int], targets: [Float]) {
        self.data = data
        self.indices = indices
        self.targets = targets
    }

    init(_ data: TrainingData, indices: [Int], target: (TrainingSet.Row) -> Float) {
        self.init(data, indices: indices, targets: indices.map { target(data.rows[$0]) })
    }

    /// Binned page by page.
    func dataset(_ library: LightGBMLibrary, parameters: Parameters) throws -> Dataset {
        var dataset = try Dataset(library, rows: indices.count, columns: data.view.count, parameters: parameters) {
            try data.features.values(of: $0.lazy.map { indices[$0] })
        }
        try dataset.setLabels(targets)
        return dataset
    }

    /// Binned by the limits of the rows that were learned from.
    func dataset(binnedAs reference: borrowing Dataset) throws -> Dataset {
        var dataset = try Dataset(rows: indices.count, binnedAs: reference) {
            try data.features.values(of: $0.lazy.map { indices[$0] })
        }
        try dataset.setLabels(targets)
        return dataset
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

    init(_ data: TrainingData, indices: [Int]) {
        var named: [(row: Int, component: String?)] = []
        for index in indices {
            switch data.rows[index].label {
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
            data,
            indices: named.map(\.row),
            targets: named.map { $0.component.flatMap { classes[$0] } ?? 0 }
        )
    }
}
