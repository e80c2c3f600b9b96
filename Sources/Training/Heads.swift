import Features
import LightGBM
import Models

/// The boosters of one model: for the failure, for its component, and for its time.
final class Heads {
    private let failure: Booster
    private let component: Booster?
    private let survival: Booster?
    /// In the order of the component booster's classes; fewer than two where there is no such booster.
    let components: [String]
    let bins: SurvivalBins?
    /// The failure head's log-loss after each tree, over the rows it was validated on; empty without such rows.
    let losses: [Double]

    /// What the heads say of rows, in row order.
    struct Outputs {
        /// Raw, before calibration.
        private(set) var scores: [Double]
        private(set) var components: [String?]
        private(set) var timesToFailure: [Double?]

        mutating func append(_ other: Outputs) {
            scores += other.scores
            components += other.components
            timesToFailure += other.timesToFailure
        }
    }

    /// Grows all heads from the rows at `indices`, whose labels are known and of both kinds.
    ///
    /// `validation` are rows to watch the failure head's log-loss on, none for a model that is to be used; `trees`
    /// counts the failure head's; `grown` is called after each tree, and what it throws ends the growing.
    init(
        of data: TrainingData,
        indices: [Int],
        validation: [Int],
        trees: Int,
        configuration: TrainingConfiguration,
        library: LightGBMLibrary,
        grown: () throws -> Void
    ) throws {
        var losses: [Double] = []
        let binary = configuration.parameters
        failure = try Self.grow(
            library,
            TargetRows(data, indices: indices) { $0.label.isPositive ? 1 : 0 },
            validation: TargetRows(data, indices: validation) { $0.label.isPositive ? 1 : 0 },
            parameters: binary.merging(["metric": "binary_logloss"]) { $1 },
            rounds: trees
        ) { booster in
            if !validation.isEmpty { losses.append(try booster.evaluations(ofValidation: 0).first?.value ?? .nan) }
            try grown()
        }
        self.losses = losses
        let positives = indices.filter { data.rows[$0].label.isPositive }
        let named = NamedRows(data, indices: indices)
        components = named.components
        component = try Self.componentHead(named, configuration, library, grown)
        let times = TimedRows(data, indices: positives, binsMax: configuration.survivalBinsMax)
        bins = times.bins
        survival = try Self.survivalHead(times, configuration, library, grown)
    }

    /// The texts from which the graph is made, by head, with so many trees of the failure head.
    func texts(trees: Int) throws -> [String: String] {
        var texts = ["failure": try failure.modelText(iterations: trees)]
        texts["component"] = try component?.modelText()
        texts["survival"] = try survival?.modelText()
        return texts
    }

    /// What the heads say of some rows, with so many trees of the failure head.
    func outputs(of data: TrainingData, indices: [Int], trees: Int) throws -> Outputs {
        var outputs = Outputs(scores: [], components: [], timesToFailure: [])
        try data.forEachPage(of: indices) { places, values in
            outputs.append(try self.outputs(for: values, rows: places.count, columns: data.view.count, trees: trees))
        }
        return outputs
    }

    private func outputs(for values: [Float], rows: Int, columns: Int, trees: Int) throws -> Outputs {
        let scores = try failure.predict(.rawScore, values: values, rows: rows, columns: columns, iterations: trees)
        let shares = try component?.predict(.rawScore, values: values, rows: rows, columns: columns)
        let masses = try survival?.predict(.response, values: values, rows: rows, columns: columns)
        return Outputs(
            scores: scores,
            components: (0..<rows).map { row in
                guard let shares else { return nil }
                let width = components.count + 1
                let ofRow = shares[row * width + 1..<(row + 1) * width]  // The first is health.
                return ofRow.indices.max { ofRow[$0] < ofRow[$1] }.map { components[$0 - ofRow.startIndex] }
            },
            timesToFailure: (0..<rows).map { row in
                guard let bins else { return nil }
                guard let masses else { return bins.quantile(0.5, survival: [0]) }
                let ofRow = Array(masses[row * bins.count..<(row + 1) * bins.count])
                let curve = ofRow.indices.map { ofRow[($0 + 1)...].reduce(0, +) }
                return bins.quantile(0.5, survival: curve)
            }
        )
    }

    private static func componentHead(
        _ named: NamedRows,
        _ configuration: TrainingConfiguration,
        _ library: LightGBMLibrary,
        _ grown: () throws -> Void
    ) throws -> Booster? {
        guard named.components.count > 1 else { return nil }
        return try grow(
            library,
            named.rows,
            validation: nil,
            parameters: configuration.componentParameters(classes: named.components.count + 1),
            rounds: configuration.componentRounds,
            grown: { _ in try grown() }
        )
    }

    private static func survivalHead(
        _ times: TimedRows,
        _ configuration: TrainingConfiguration,
        _ library: LightGBMLibrary,
        _ grown: () throws -> Void
    ) throws -> Booster? {
        guard let bins = times.bins, bins.count > 1 else { return nil }
        return try grow(
            library,
            times.rows,
            validation: nil,
            parameters: configuration.survivalParameters(bins: bins.count),
            rounds: configuration.survivalRounds(bins: bins.count),
            grown: { _ in try grown() }
        )
    }

    private static func grow(
        _ library: LightGBMLibrary,
        _ rows: TargetRows,
        validation: TargetRows?,
        parameters: [String: String],
        rounds: Int,
        grown: (borrowing Booster) throws -> Void
    ) throws -> Booster {
        let parameters = Parameters(parameters)
        let dataset = try rows.dataset(library, parameters: parameters)
        var booster = try Booster(training: dataset, parameters: parameters)
        if let validation, !validation.indices.isEmpty {
            try booster.addValidation(try validation.dataset(binnedAs: dataset))
        }
        for _ in 0..<rounds {
            if try booster.update() { break }
            try grown(booster)
        }
        return booster
    }
}
