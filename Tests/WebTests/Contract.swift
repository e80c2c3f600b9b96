import Foundation
import Yams

@testable import Web

/// `openapi.yaml` as something to hold answers against: the part of JSON Schema that it uses.
struct Contract: Sendable {
    let document: Tree
    /// Method and path of every operation.
    let operations: Set<String>

    /// Read once for all tests.
    static let served = Result { try Contract() }

    init() throws {
        let text = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
        document = try YAMLDecoder().decode(Tree.self, from: text)
        operations = Set(
            (document["paths"]?.map ?? [:]).flatMap { path, item in
                item.map.keys.filter { ["get", "put", "post", "delete", "patch"].contains($0) }
                    .map { "\($0.uppercased()) \(path)" }
            }
        )
    }

    /// What the contract does not allow of an answer; empty where it fits.
    func problems(of answer: Answer, to method: String, _ target: String) -> [String] {
        let path = String(target.prefix { $0 != "?" })
        guard let operation = operation(method, path) else { return [] }
        guard let response = resolved(operation["responses"]?[String(answer.status)]) else {
            return ["the status \(answer.status) is not in the contract"]
        }
        let content = response["content"]?.map ?? [:]
        if content.isEmpty { return answer.body.isEmpty ? [] : ["a body where there should be none"] }
        let type = String((answer.header("content-type") ?? "").prefix { $0 != ";" })
        guard let media = content[type] else { return ["the media type '\(type)' is not in the contract"] }
        guard type.hasSuffix("json"), type != "application/x-ndjson" else { return [] }
        guard let value = try? JSONDecoder().decode(Tree.self, from: answer.body) else {
            return ["the body is not JSON"]
        }
        return problems(of: value, against: media["schema"], at: "")
    }

    /// What does not fit one of the contract's named schemas.
    func problems(of value: Tree, againstSchema name: String) -> [String] {
        problems(of: value, against: document["components"]?["schemas"]?[name], at: "")
    }

    private func operation(_ method: String, _ path: String) -> Tree? {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        let paths = document["paths"]?.map ?? [:]
        let matching = paths.keys.filter { pattern in
            let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count == segments.count && zip(parts, segments).allSatisfy { $0.first == "{" || $0 == $1 }
        }
        let item = matching.min { $0.filter { $0 == "{" }.count < $1.filter { $0 == "{" }.count }
        return item.flatMap { paths[$0]?[method.lowercased()] }
    }

    private func resolved(_ value: Tree?) -> Tree? {
        guard let reference = value?["$ref"]?.string else { return value }
        return reference.dropFirst(2).split(separator: "/").reduce(document as Tree?) { $0?[String($1)] }
    }

    private func problems(of value: Tree, against schema: Tree?, at path: String) -> [String] {
        guard let schema = resolved(schema) else { return ["\(path): the contract has no schema here"] }
        if let choices = schema["oneOf"]?.list {
            return choices.contains { problems(of: value, against: $0, at: path).isEmpty } ? [] : ["\(path): fits none"]
        }
        let types = schema["type"].map { $0.string.map { [$0] } ?? $0.list.compactMap(\.string) } ?? []
        if !types.isEmpty, !types.contains(where: { Self.isOf(type: $0, value) }) {
            return ["\(path): is not \(types.joined(separator: " or "))"]
        }
        if let allowed = schema["enum"]?.list, !allowed.contains(value) {
            return ["\(path): '\(value)' is none of the allowed"]
        }
        if let items = schema["items"] {
            return value.list.enumerated().flatMap {
                problems(of: $0.element, against: items, at: "\(path)[\($0.offset)]")
            }
        }
        let properties = schema["properties"]?.map ?? [:]
        let required = schema["required"]?.list.compactMap(\.string) ?? []
        let missing = required.filter { value[$0] == nil }.map { "\(path).\($0): is missing" }
        return missing
            + value.map.flatMap { key, member -> [String] in
                let place = "\(path).\(key)"
                if let property = properties[key] { return problems(of: member, against: property, at: place) }
                guard let additional = schema["additionalProperties"] else { return [] }
                if additional == .flag(false) { return ["\(place): is not in the contract"] }
                return problems(of: member, against: additional, at: place)
            }
    }

    private static func isOf(type: String, _ value: Tree) -> Bool {
        switch value {
        case .null: type == "null"
        case .flag: type == "boolean"
        case .number: type == "number" || (type == "integer" && value.int != nil)
        case .text: type == "string"
        case .list: type == "array"
        case .map: type == "object"
        }
    }
}
