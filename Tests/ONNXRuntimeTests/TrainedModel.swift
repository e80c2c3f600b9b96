import LightGBM
import Models
import Testing

/// The kinds of model whose splits treat values differently.
enum ModelKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// NaN is missing, and goes left at some splits, right at others.
    case missingNaN
    /// No split knows missing values, though there are some.
    case missingIgnored
    /// No row has a missing value in training.
    case missingNever
    /// 0 is missing.
    case missingZero
    /// Few leaves, many trees.
    case stumps
    /// Large trees.
    case deep

    var testDescription: String { rawValue }

    var parameters: [String: String] {
        switch self {
        case .missingNaN, .missingNever: [:]
        case .missingIgnored: ["use_missing": "false"]
        case .missingZero: ["zero_as_missing": "true"]
        case .stumps: ["num_leaves": "2"]
        case .deep: ["num_leaves": "127", "min_data_in_leaf": "2"]
        }
    }
}

/// Heads trained on a plant's rows.
final class TrainedModel {
    static let calibration = PlattCalibration(slope: 1.3, intercept: -0.4)
    static let componentCount = 3
    /// Of five bins.
    static let links = (1..<5).map { SurvivalLink(slope: 0.5 + Double($0) / 4, intercept: 1 - Double($0) / 2) }

    let failure: Booster
    let component: Booster
    let survival: Booster
    let texts: [BoosterText]

    init(_ library: LightGBMLibrary, _ kind: ModelKind, iterations: Int = 30) throws {
        failure = try Self.failure(library, kind, iterations: iterations)
        component = try Self.multiclass(Self.componentCount, library, kind, iterations: iterations / 3)
        survival = try Self.late(library, kind, iterations: iterations / 3)
        texts = [
            try BoosterText(try failure.modelText()), try BoosterText(try component.modelText()),
            try BoosterText(try survival.modelText()),
        ]
    }

    func graph() throws -> ModelGraph {
        try ModelGraph(
            featureCount: PlantRows.columns,
            failure: texts[0],
            calibration: Self.calibration,
            component: texts[1],
            survival: ModelGraph.SurvivalHead(texts[2], links: Self.links)
        )
    }

    static func failure(
        _ library: LightGBMLibrary,
        _ kind: ModelKind,
        rows: Int = 2_000,
        iterations: Int
    ) throws -> Booster {
        let plant = PlantRows(count: rows, seed: 11, hasMissing: kind != .missingNever)
        let parameters = kind.parameters.merging(["objective": "binary"]) { $1 }
        return try grow(library, plant, plant.failures, parameters, iterations)
    }

    /// Learns shares, as a survival head does.
    private static func late(_ library: LightGBMLibrary, _ kind: ModelKind, iterations: Int) throws -> Booster {
        let plant = PlantRows(count: 1_000, seed: 12, hasMissing: kind != .missingNever)
        let parameters = kind.parameters.merging(["objective": "cross_entropy"]) { $1 }
        return try grow(library, plant, plant.classes(5).map { $0 / 4 }, parameters, iterations)
    }

    private static func multiclass(
        _ classCount: Int,
        _ library: LightGBMLibrary,
        _ kind: ModelKind,
        iterations: Int
    ) throws -> Booster {
        let plant = PlantRows(count: 1_000, seed: 12, hasMissing: kind != .missingNever)
        let parameters = kind.parameters.merging(["objective": "multiclass", "num_class": "\(classCount)"]) { $1 }
        return try grow(library, plant, plant.classes(classCount), parameters, iterations)
    }

    private static func grow(
        _ library: LightGBMLibrary,
        _ plant: PlantRows,
        _ labels: [Float],
        _ special: [String: String],
        _ iterations: Int
    ) throws -> Booster {
        let usual = [
            "num_leaves": "15", "learning_rate": "0.1", "num_threads": "1", "seed": "3", "deterministic": "true",
            "force_row_wise": "true",
        ]
        let parameters = Parameters(usual.merging(special) { $1 })
        var dataset = try Dataset(
            library,
            values: plant.values,
            rows: plant.count,
            columns: PlantRows.columns,
            parameters: parameters
        )
        try dataset.setLabels(labels)
        var booster = try Booster(training: dataset, parameters: parameters)
        for _ in 0..<iterations where try booster.update() { break }
        return booster
    }
}
