package import Plant

/// What an organization says of how LightGBM grows its failure head, checked against the library's names and ranges.
///
/// Source of names, aliases and ranges: LightGBM 4, `docs/Parameters.rst`.
package struct BoosterParameters: Hashable, Sendable {
    /// Canonical name to value, as LightGBM reads it.
    package private(set) var values: [String: String] = [:]

    package init() {}

    /// - Throws: ``Plant/SchemaProblem`` at the name that LightGBM does not know, or whose value is out of range.
    package init(_ given: [String: String]) throws(SchemaProblem) {
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            guard let parameter = Self.all.first(where: { $0.name == name || $0.aliases.contains(name) }) else {
                let near = NearMisses.of(name, among: Self.all.flatMap { [$0.name] + $0.aliases }, countMax: 1).first
                throw SchemaProblem(
                    path: [name],
                    message: "is no parameter that may be set here: "
                        + (near.map { "did you mean '\($0)'?" }
                            ?? "there are \(Self.all.map(\.name).sorted().joined(separator: ", "))")
                )
            }
            guard parameter.range.admits(value) else {
                throw SchemaProblem(path: [name], message: "must be \(parameter.range.words), not '\(value)'")
            }
            guard values.updateValue(value, forKey: parameter.name) == nil else {
                throw SchemaProblem(path: [name], message: "is another name of '\(parameter.name)', which is set too")
            }
        }
    }

    private struct Parameter {
        let name: String
        var aliases: [String] = []
        let range: Range
    }

    private enum Range {
        case integer(ClosedRange<Int>)
        /// Both ends included, but for a lower end of 0 that is `open`.
        case real(ClosedRange<Double>, isOpen: Bool = false)
        case flag

        func admits(_ text: String) -> Bool {
            switch self {
            case .integer(let range): Int(text).map(range.contains) ?? false
            case .real(let range, let isOpen):
                Double(text).map { range.contains($0) && !(isOpen && $0 == range.lowerBound) } ?? false
            case .flag: text == "true" || text == "false"
            }
        }

        var words: String {
            switch self {
            case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
            case .real(let range, isOpen: false): "a number from \(range.lowerBound) to \(range.upperBound)"
            case .real(let range, isOpen: true): "a number above \(range.lowerBound), at most \(range.upperBound)"
            case .flag: "true or false"
            }
        }
    }

    private static let all = [
        Parameter(name: "learning_rate", aliases: ["shrinkage_rate", "eta"], range: .real(0...1, isOpen: true)),
        Parameter(
            name: "num_leaves",
            aliases: ["num_leaf", "max_leaves", "max_leaf", "max_leaf_nodes"],
            range: .integer(2...4_096)
        ),
        Parameter(name: "max_depth", range: .integer(-1...64)),
        Parameter(
            name: "min_data_in_leaf",
            aliases: ["min_data_per_leaf", "min_data", "min_child_samples", "min_samples_leaf"],
            range: .integer(0...1_000_000)
        ),
        Parameter(
            name: "min_sum_hessian_in_leaf",
            aliases: ["min_sum_hessian_per_leaf", "min_sum_hessian", "min_hessian", "min_child_weight"],
            range: .real(0...1e9)
        ),
        Parameter(
            name: "bagging_fraction",
            aliases: ["sub_row", "subsample", "bagging"],
            range: .real(0...1, isOpen: true)
        ),
        Parameter(name: "bagging_freq", aliases: ["subsample_freq"], range: .integer(0...1_000)),
        Parameter(
            name: "feature_fraction",
            aliases: ["sub_feature", "colsample_bytree"],
            range: .real(0...1, isOpen: true)
        ),
        Parameter(
            name: "feature_fraction_bynode",
            aliases: ["sub_feature_bynode", "colsample_bynode"],
            range: .real(0...1, isOpen: true)
        ),
        Parameter(name: "extra_trees", aliases: ["extra_tree"], range: .flag),
        Parameter(name: "lambda_l1", aliases: ["reg_alpha", "l1_regularization"], range: .real(0...1e6)),
        Parameter(name: "lambda_l2", aliases: ["reg_lambda", "lambda", "l2_regularization"], range: .real(0...1e6)),
        Parameter(name: "min_gain_to_split", aliases: ["min_split_gain"], range: .real(0...1e6)),
        Parameter(name: "max_delta_step", aliases: ["max_tree_output", "max_leaf_output"], range: .real(0...1e6)),
        Parameter(name: "path_smooth", range: .real(0...1e6)),
        Parameter(name: "max_bin", aliases: ["max_bins"], range: .integer(2...255)),
        Parameter(name: "min_data_in_bin", range: .integer(1...1_000_000)),
        Parameter(name: "bin_construct_sample_cnt", aliases: ["subsample_for_bin"], range: .integer(1_000...200_000)),
        Parameter(name: "is_unbalance", aliases: ["unbalance", "unbalanced_sets"], range: .flag),
        Parameter(name: "scale_pos_weight", range: .real(0...1e6, isOpen: true)),
    ]
}

extension BoosterParameters: Codable {
    private enum Value: Codable {
        case flag(Bool), number(Double), text(String)

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let flag = try? value.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? value.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try value.decode(String.self))
            }
        }

        init(_ text: String) {
            if text == "true" || text == "false" {
                self = .flag(text == "true")
            } else {
                self = Double(text).map { .number($0) } ?? .text(text)
            }
        }

        func encode(to encoder: any Encoder) throws {
            var value = encoder.singleValueContainer()
            switch self {
            case .flag(let flag): try value.encode(flag)
            case .number(let number): try value.encode(number)
            case .text(let text): try value.encode(text)
            }
        }

        var text: String {
            switch self {
            case .flag(let flag): String(flag)
            case .number(let number): Int(exactly: number).map(String.init) ?? String(number)
            case .text(let text): text
            }
        }
    }

    /// Reads an object of names and numbers, flags or texts.
    ///
    /// - Throws: ``Plant/SchemaProblem`` with the path to what means nothing.
    package init(from decoder: any Decoder) throws {
        let given = try decoder.singleValueContainer().decode([String: Value].self)
        do throws(SchemaProblem) { self = try BoosterParameters(given.mapValues(\.text)) } catch {
            throw SchemaProblem(path: decoder.codingPath.map(\.stringValue) + error.path, message: error.message)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(values.mapValues { Value($0) })
    }
}
