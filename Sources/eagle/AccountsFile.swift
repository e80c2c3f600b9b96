import Connectors
import Storage
import Trust

/// People of another system, as a CSV file: `email,role,hash`, with bcrypt hashes.
struct AccountsFile {
    struct Row {
        let line: Int
        let account: ImportedAccount
    }

    private(set) var rows: [Row] = []
    /// What is wrong in it, row by row.
    private(set) var problems: [FileError] = []

    private static let columns = ["email", "role", "hash"]
    private static let roles = ["ADMIN": Role.admin, "OPERATOR": .operator]

    /// - Throws: `FileError` where the file can't be read at all, or lacks a column.
    init(path: String) throws(FileError) {
        var reader = try CSVReader.open(path: path)
        let header = reader.columns
        var places: [Int] = []
        for name in Self.columns {
            guard let place = header.firstIndex(of: name) else {
                throw FileError(
                    .columnMissing,
                    path: path,
                    line: 1,
                    "there is no column '\(name)': the columns are \(Self.columns.joined(separator: ","))"
                )
            }
            places.append(place)
        }
        var lines: [String: Int] = [:]
        while try reader.next() {
            let line = reader.line
            let texts = places.map { reader.text($0).trimmed }
            var wrong: [(field: Int, message: String)] = []
            if !User.isEmail(texts[0]) { wrong.append((0, "the email '\(texts[0])' is no e-mail address")) }
            if let first = lines.updateValue(line, forKey: texts[0].lowercased()) {
                wrong.append((0, "the email '\(texts[0])' stands on line \(first) already"))
            }
            let role = Self.roles[texts[1].uppercased()]
            if role == nil { wrong.append((1, "the role '\(texts[1])' is neither ADMIN nor OPERATOR")) }
            var hash: BcryptHash?
            do {
                hash = try BcryptHash(text: texts[2])
            } catch {
                // The hash itself has no place in an error.
                wrong.append((2, "the hash \(error)"))
            }
            for (field, message) in wrong {
                problems.append(reader.error(.valueUnreadable, field: places[field], message))
            }
            guard wrong.isEmpty, let role, let hash else { continue }
            rows.append(Row(line: line, account: ImportedAccount(email: texts[0], role: role, password: hash)))
        }
        if rows.isEmpty, problems.isEmpty {
            throw FileError(.empty, path: path, "there is nobody in it: a row for each user is wanted")
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
