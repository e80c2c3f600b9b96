import Alarms
import FoundationEssentials
import Plant
import Testing

@Suite struct CostWeightsTests {
    private func document(_ weights: String) throws -> SchemaDocument {
        let text = #"{"organization": "harbor", "continuousColumns": ["x"], "costWeights": \#(weights)}"#
        return try JSONDecoder().decode(SchemaDocument.self, from: Data(text.utf8))
    }

    @Test func `weights multiply, and what is not named weighs one`() throws {
        let weights = try document(#"{"assets": {"press": 3}, "components": {"heater": 2}}"#).costWeights
        #expect(weights.weight(asset: "press", component: "heater") == 6)
        #expect(weights.weight(asset: "press", component: nil) == 3)
        #expect(weights.weight(asset: "fan", component: "belt") == 1)
    }

    @Test func `a schema keeps its weights, and one without has none`() throws {
        let document = try document(#"{"assets": {"press": 3}}"#)
        let again = try JSONDecoder().decode(SchemaDocument.self, from: JSONEncoder().encode(document))
        #expect(again == document)
        let plain = try SchemaDocument(schema: document.schema)
        #expect(!String(decoding: try JSONEncoder().encode(plain), as: UTF8.self).contains("costWeights"))
    }

    @Test(arguments: [
        ("heeter", "heater"), ("Heater", "heater"), ("heater", nil), ("fan", nil), ("belt", nil), ("vat", nil),
        ("Van", "van"), ("haeter", "heater"), ("bearing-2", nil), ("bearing-b", nil), ("bearng-1", "bearing-1"),
        ("main-bearng", "main-bearing"), ("main-gear", nil), ("inlet valve", nil), ("outlet_valve", "outlet valve"),
    ])
    func `a component written almost like the schema's is told, one that failures or rules may name is not`(
        name: String,
        meant: String?
    ) throws {
        let text = #"""
            {"organization": "harbor", "continuousColumns": ["x"], "components": {"heater": ["x"], "van": ["x"], "bearing-1": ["x"],
              "main-bearing": ["x"], "outlet valve": ["x"]},
             "rules": [{"id": "hot", "kind": "limit", "tag": "x", "high": 1, "component": "fan"}],
             "costWeights": {"components": {"\#(name)": 2}}}
            """#
        // It is read all the same: it may have been kept before anybody looked at that.
        let problem = try JSONDecoder().decode(SchemaDocument.self, from: Data(text.utf8)).misspeltWeight
        #expect(problem?.path == meant.map { _ in ["costWeights", "components", name] })
        #expect(problem?.message.contains("did you mean '\(meant ?? "")'?") == meant.map { _ in true })
    }

    @Test(arguments: [
        (#"{"assets": {"press": -1}}"#, ["costWeights", "assets", "press"]),
        (#"{"components": {"seal": 1e9}}"#, ["costWeights", "components", "seal"]),
        (#"{"asset": {"press": 1}}"#, ["costWeights", "asset"]),
    ])
    func `a weight that means nothing is named with its place`(weights: String, path: [String]) throws {
        let problem = #expect(throws: SchemaProblem.self) { try document(weights) }
        #expect(problem?.path == path)
    }
}
