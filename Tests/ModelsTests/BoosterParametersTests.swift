import Foundation
import Models
import Plant
import TestSupport
import Testing

@Suite struct BoosterParametersTests {
    @Test func `names and aliases of LightGBM's are taken, and come back under their first name`() throws {
        let json = #"{"eta": 0.1, "num_leaf": 31, "extra_trees": true, "lambda_l2": "2.5"}"#
        let parameters = try JSONDecoder().decode(BoosterParameters.self, from: Data(json.utf8))
        #expect(
            parameters.values == [
                "learning_rate": "0.1", "num_leaves": "31", "extra_trees": "true", "lambda_l2": "2.5",
            ]
        )
        let again = try JSONDecoder().decode(BoosterParameters.self, from: JSONEncoder().encode(parameters))
        #expect(again == parameters)
    }

    @Test(arguments: [
        (["num_leavs": "31"], "did you mean 'num_leaves'?"), (["num_leaves": "1"], "from 2 to 4096"),
        (["learning_rate": "0"], "above 0.0"), (["learning_rate": "nan"], "above 0.0"),
        (["num_leaves": "3.5"], "whole number"), (["extra_trees": "yes"], "true or false"),
        (["eta": "0.1", "learning_rate": "0.2"], "another name of"), (["device_type": "gpu"], "no parameter"),
        (["machines": "10.0.0.1"], "no parameter"), (["num_leaves": "31 objective=none"], "whole number"),
    ])
    func `what LightGBM would not take is refused by name`(given: [String: String], words: String) {
        let problem = #expect(throws: SchemaProblem.self) { try BoosterParameters(given) }
        #expect(problem?.message.contains(words) ?? false, "\(problem?.message ?? "")")
    }
}
