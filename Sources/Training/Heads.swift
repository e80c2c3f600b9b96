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
        let scores: [Double]
        let components: [String?]
        let timesToFailure: [Double?]
    }

    /// Grows all heads from the rows at `indices`, whose labels are known and of both kinds.
    ///
    /// `validation` are rows to watch the failure head's log-loss on, none for a model that is to be used; `trees`
    /// counts the failure head's; `grown` is called after each tree, and what it throws ends the growing.
    init(
        of set: TrainingSet,
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
            TargetRows(set, indices: indices) { $0.label.isPositive ? 1 : 0 },
            validation: TargetRows(set, indices: validation) { $0.label.isPositive ? 1 : 0 },
            parameters: binary.merging(["metric": "binary_logloss"]) { $1 },
            rounds: trees
        ) { booster in
            if !validation.isEmpty { losses.append(try booster.evaluations(ofValidation: 0).first?.value ?? .nan) }
            try grown()
        }
        self.losses = losses
        let positives = indices.filter { set.rows[$0].label.isPositive }
        let named = NamedRows(set, indices: indices)
        components = named.components
        component = try Self.componentHead(named, configuration, library, grown)
        let times = TimedRows(set, indices: positives, binsMax: configuration.survivalBinsMax)
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
    func outputs(of set: TrainingSet, indices: [Int], trees: Int) throws -> Outputs {
        let values = set.values(of: indices)
        let columns = set.view.count
        let scores = try failure.predict(
            .rawScore,
            values: values,
            rows: indices.count,
            columns: columns,
            iterations: trees
        )
        let shares = try component?.predict(.rawScore, values: values, rows: indices.count, columns: columns)
        let masses = try survival?.predict(.response, values: values, rows: indices.count, columns: columns)
        return Outputs(
            scores: scores,
            components: indices.indices.map { row in
                guard let shares else { return nil }
                let width = components.count + 1
                let ofRow = shares[row * width + 1..<(row + 1) * width]  // The first is health.
                return ofRow.indices.max { ofRow[$0] < ofRow[$1] }.map { components[$0 - ofRow.startIndex] }
            },
            timesToFailure: indices.indices.map { row in
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
        let columns = rows.set.view.count
        let parameters = Parameters(parameters)
        var dataset = try Dataset(
            library,
            values: rows.set.values(of: rows.indices),
            rows: rows.indices.count,
            columns: columns,
            parameters: parameters
        )
        try dataset.setLabels(rows.targets)
        var booster = try Booster(training: dataset, parameters: parameters)
        if let validation, !validation.indices.isEmpty {
            var judged = try Dataset(
                values: rows.set.values(of: validation.indices),
                rows: validation.indices.count,
                binnedAs: dataset,
                parameters: parameters
            )
            try judged.setLabels(validation.targets)
            try booster.addValidation(judged)
        }
        for _ in 0..<rounds {
            if try booster.update() { break }
            try grown(booster)
        }
        return booster
    }
}
