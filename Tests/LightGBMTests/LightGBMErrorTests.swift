import Testing

@testable import LightGBM

@Suite struct LightGBMErrorTests {
    let library: LightGBMLibrary

    init() throws { library = try LightGBMLibrary.load() }

    private func failure(_ body: () throws -> Void) -> LightGBMError? {
        do {
            try body()
            return nil
        } catch {
            return error as? LightGBMError
        }
    }

    @Test func `a library that is nowhere is named, with the places and the remedy`() throws {
        let error = try #require(failure { _ = try LightGBMLibrary(atFirstOf: ["/nowhere/lib_lightgbm.so"]) })
        #expect(error.code == .libraryMissing)
        #expect(error.description.contains("LightGBM: no library at /nowhere/lib_lightgbm.so"))
        #expect(error.description.contains("make deps"))
        #expect(error.description.contains("EAGLE_LIGHTGBM"))
    }

    @Test func `a file that is no library is an error with the loader's words`() throws {
        let error = try #require(failure { _ = try LightGBMLibrary(atFirstOf: ["/etc/passwd"]) })
        #expect(error.code == .libraryMissing)
        #expect(error.message.contains("/etc/passwd"))
    }

    @Test func `a library without LightGBM's functions is too old, and names the first`() throws {
        let error = try #require(
            failure {
                _ = try LightGBMLibrary(atFirstOf: [
                    "/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6",
                ])
            }
        )
        #expect(error.code == .libraryTooOld)
        #expect(error.message.contains("LGBM_GetLastError"))
    }

    @Test func `the library's version is known`() {
        #expect(library.version.hasPrefix("4."))
    }

    @Test func `what LightGBM refuses comes back in its own words`() throws {
        let training = SmallTraining(rows: 50)
        let error = try #require(
            failure {
                _ = try Booster(training: try training.dataset(library), parameters: ["objective": "nonsense"])
            }
        )
        #expect(error.code == .refused)
        #expect(error.message.contains("nonsense"))
        #expect(failure { _ = try Booster(library, modelText: "not a model") }?.code == .refused)
    }

    @Test func `shapes that do not fit never reach the library`() throws {
        let booster = try SmallTraining().booster(library, iterations: 1)
        for (count, rows, columns) in [(6, 2, 4), (6, 3, 3), (6, -2, -3), (8, 2, 4)] {
            let error = failure {
                _ = try booster.predict(
                    .rawScore,
                    values: [Float](repeating: 0, count: count),
                    rows: rows,
                    columns: columns
                )
            }
            #expect(error?.code == .invalidArgument)
        }
        var dataset = try SmallTraining(rows: 50).dataset(library)
        #expect(failure { try dataset.setLabels([1, 0]) }?.code == .invalidArgument)
        #expect(failure { _ = try booster.evaluations(ofValidation: 0) }?.code == .invalidArgument)
    }

    @Test(arguments: ["a b", "a=b", "a\tb"])
    func `a parameter can't smuggle in another`(value: String) {
        let error = failure { _ = try Parameters(["metric": value]).text() }
        #expect(error?.code == .invalidArgument)
    }

    @Test func `parameters are written in one order`() throws {
        #expect(try Parameters(["b": "2", "a": "1", "c": "3"]).text() == "a=1 b=2 c=3")
    }
}
