import Plant
package import Yams

/// Says in a reader's words, and at the place in his file, what a decoder complains about.
package enum SchemaTrouble {
    package static func syntax(_ error: any Error, path: String) -> FileError {
        guard let error = error as? YamlError else { return FileError(.syntax, path: path, "\(error)") }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let during = context.map { " \($0.text.trimmingSpaces)" } ?? ""
            let hint = "check indentation, quotes, brackets and that a space follows each colon"
            return FileError(
                .syntax,
                path: path,
                line: mark.line,
                column: mark.column,
                "is not YAML: \(problem)\(during): \(hint)"
            )
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.joined(separator: ", ")
            let mark = context.mark
            return FileError(
                .syntax,
                path: path,
                line: mark.line,
                column: mark.column,
                "names \(names) twice: keep one of them"
            )
        case .reader(let problem, _, _, _):
            return FileError(.syntax, path: path, "can't be read as YAML: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return FileError(.syntax, path: path, "can't be read as YAML: \(error)")
        }
    }

    /// What a decoder complains about, at its place in a document.
    package static func decoding(_ error: any Error, of root: Node, path: String) -> FileError {
        let problem = problem(error)
        let mark = mark(of: problem.path, in: root)
        return FileError(.schema, path: path, line: mark?.line, column: mark?.column, "\(problem)")
    }

    /// The path and the plain meaning of what a decoder throws.
    static func problem(_ error: any Error) -> SchemaProblem {
        if let problem = error as? SchemaProblem { return problem }
        guard let error = error as? DecodingError else { return SchemaProblem(path: [], message: "\(error)") }
        switch error {
        case .keyNotFound(let key, let context):
            return SchemaProblem(path: path(context) + [key.name], message: "is missing: add it")
        case .typeMismatch(let type, let context):
            return SchemaProblem(path: path(context), message: "must be \(name(of: type))")
        case .valueNotFound(let type, let context):
            return SchemaProblem(path: path(context), message: "is empty: it must be \(name(of: type))")
        case .dataCorrupted(let context):
            if let cause = context.underlyingError as? SchemaProblem { return cause }
            let path = path(context)
            if let allowed = allowed(at: path) { return SchemaProblem(path: path, message: "must be \(allowed)") }
            let detail = context.underlyingError.map { ": \($0)" } ?? ""
            return SchemaProblem(path: path, message: "\(context.debugDescription)\(path.isEmpty ? detail : "")")
        @unknown default:
            return SchemaProblem(path: [], message: "\(error)")
        }
    }

    /// Where a path leads in a document: its last key, else the nearest one above it.
    static func mark(of path: [String], in root: Node) -> Mark? {
        var node = root
        var mark = root.mark
        for step in path {
            switch node {
            case .mapping(let mapping):
                guard let pair = mapping.first(where: { $0.key.string == step }) else { return mark }
                mark = pair.key.mark ?? mark
                node = pair.value
            case .sequence(let sequence):
                guard let index = Int(step), sequence.indices.contains(index) else { return mark }
                node = sequence[index]
                mark = node.mark ?? mark
            case .scalar, .alias: return mark
            }
        }
        return mark
    }

    private static func path(_ context: DecodingError.Context) -> [String] { context.codingPath.map(\.name) }

    private static func allowed(at path: [String]) -> String? {
        switch path.last {
        case "doubledHour": SignalSchema.DoubledHour.allCases.map(\.rawValue).joined(separator: ", ")
        case "split": SignalSchema.Split.allCases.map(\.rawValue).joined(separator: " or ")
        default: nil
        }
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is Int.Type, is Int64.Type: "a whole number"
        case is Double.Type, is Float.Type: "a number"
        case is Bool.Type: "true or false"
        case is String.Type: "a text"
        case is SignalSchema.DoubledHour.Type: allowed(at: ["doubledHour"]) ?? ""
        case is SignalSchema.Split.Type: allowed(at: ["split"]) ?? ""
        case is any Collection.Type: "a list"
        default:
            switch "\(type)" {
            case "Scalar": "a single value"
            case "Sequence": "a list"
            case "Mapping": "a mapping, one key and its value a line"
            default: "of another kind"
            }
        }
    }
}

extension CodingKey {
    fileprivate var name: String { intValue.map(String.init) ?? stringValue }
}
