import Database
import FoundationEssentials
import Testing

@Suite struct SQLTests {
    @Test func `interpolation binds and never becomes text`() {
        let name = "x'; DROP TABLE alarm; --"
        let (text, bindings) = ("SELECT id FROM asset WHERE name = \(name) AND id = \(7)" as SQL).rendered(in: .sqlite)
        #expect(text == "SELECT id FROM asset WHERE name = $1 AND id = $2")
        #expect(bindings == [.text(name), .integer(7)])
    }

    @Test func `a statement within a statement keeps its bindings in order`() {
        let condition: SQL = "b = \(2) AND c = \("three")"
        let sql: SQL = "SELECT a FROM t WHERE a = \(1) AND \(condition) LIMIT \(4)"
        let (text, bindings) = sql.rendered(in: .sqlite)
        #expect(text == "SELECT a FROM t WHERE a = $1 AND b = $2 AND c = $3 LIMIT $4")
        #expect(bindings == [.integer(1), .integer(2), .text("three"), .integer(4)])
    }

    @Test func `joined statements stand one behind the other`() {
        let joined = SQL.joined(["a = \(1)", "b = \(2)"], by: " OR ")
        let (text, bindings) = ("WHERE \(joined)" as SQL).rendered(in: .sqlite)
        #expect(text == "WHERE a = $1 OR b = $2")
        #expect(bindings == [.integer(1), .integer(2)])
        #expect(SQL.joined([], by: ", ").rendered(in: .sqlite).text.isEmpty)
    }

    @Test func `an identifier is quoted, and can't end its quotes`() {
        let sql: SQL = "SELECT 1 FROM \(identifier: "odd \"name\"; --")"
        #expect(sql.rendered(in: .sqlite).text == "SELECT 1 FROM \"odd \"\"name\"\"; --\"")
    }

    @Test func `what is missing is NULL, and so is what is no number`() {
        let nothing: String? = nil
        let (_, bindings) = ("VALUES (\(nothing), \(Double.nan), \(1.5), \(true))" as SQL).rendered(in: .sqlite)
        #expect(bindings == [.null, .null, .real(1.5), .integer(1)])
    }

    @Test func `a row gives a column only as what it holds`() throws {
        let row = SQLRow(columns: ["a", "b", "c"], values: [.integer(3), .null, .text("x")])
        #expect(try row.decode("a", as: Int.self) == 3)
        #expect(try row.decode("a", as: Int?.self) == 3)
        #expect(try row.decode("b", as: Int?.self) == nil)
        #expect(throws: DatabaseError.self) { try row.decode("b", as: Int.self) }
        #expect(throws: DatabaseError.self) { try row.decode("c", as: Int.self) }
        #expect(throws: DatabaseError.self) { try row.decode("c", as: Int?.self) }
        #expect(throws: DatabaseError.self) { try row.decode("a", as: Bool.self) }
        #expect(throws: DatabaseError.self) { try row.decode("d", as: Int.self) }
        #expect(row["c"] == .text("x"))
        #expect(row["d"] == nil)
    }
}
