import Connectors
import Database
import Plant
import TestSupport
import Testing

@Suite struct PlantDatabaseTests {
    @Test(arguments: SimulatedPlantTests.names)
    func `a span is written once, however often`(name: String) async throws {
        let plant = SimulatedPlantTests.plant(name)
        let database = try SQLiteDatabase(.memory)
        let scada = PlantDatabase(plant, in: database)
        try await scada.create()
        try await scada.create()
        let middle = plant.historyStart + .seconds(10_800)
        let to = plant.historyStart + .seconds(21_600)
        let rows = Array(plant.rows(from: plant.historyStart, to: to))
        let first = try await scada.append(from: plant.historyStart, to: middle)
        let second = try await scada.append(from: plant.historyStart, to: to)
        #expect(first > 0 && first + second == rows.count)
        let key = plant.columns[0].name
        let answer = try await database.query(
            "SELECT * FROM \(identifier: plant.table) ORDER BY \(identifier: key)"
        )
        #expect(answer.first?.columns == plant.columns.map(\.name))
        for (written, row) in zip(answer, rows) {
            for (stored, value) in zip(written.values, row.values) { #expect(Self.isSame(stored, value)) }
        }
    }

    @Test func `only the primary key is indexed`() async throws {
        let database = try SQLiteDatabase(.memory)
        try await PlantDatabase(.furnaceLine(seed: 1), in: database).create()
        let indices = try await database.query("SELECT name FROM sqlite_master WHERE type = 'index'")
        #expect(indices.isEmpty)
        let keys = try await database.query("SELECT name FROM pragma_table_info('jk2') WHERE pk > 0")
        #expect(try keys.map { try $0.decode("name", as: String.self) } == ["id"])
    }

    private static func isSame(_ stored: SQLValue, _ value: SourceValue) -> Bool {
        switch (stored, value) {
        case (.null, .missing): true
        case (.integer(let stored), .number(let number)): Double(stored) == number
        case (.real(let stored), .number(let number)): stored == number
        case (.integer(let stored), .boolean(let flag)): stored == (flag ? 1 : 0)
        case (.text(let stored), .text(let text)): stored == text
        default: false
        }
    }
}
