/// SQL on organizations' tables says whose rows it means, and stands in Storage.
struct TenantSQL {
    /// Tables of the server itself, which `SystemScope` opens: the only ones that may lack `organization_id`, or be
    /// read without it.
    static let serverTables: Set<String> = [
        "organization", "account", "refresh_session", "login_session", "api_key", "lease", "keyring",
        "training_work", "delivery_work", "second_factor", "recovery_code", "keyring_identity", "wrapping_master",
        "data_key", "erasure", "audit_erasure", "server_audit_entry", "server_audit_head",
    ]

    /// Where tables are named by code, and why each such statement means one organization's rows all the same.
    static let tablesByCode: [String: String] = [
        "Sources/Storage/Tables/OrganizationTable.swift": "each has `rows(of: scope)`, made there and nowhere else",
        "Sources/Storage/Backup/BackupMaker.swift": "each has `rows(of: scope)`",
        "Sources/Storage/Backup/RestorePlan.swift": "it compares each row's own organization before it is put in",
        "Sources/Storage/Keys/SealedRows.swift": "each has `organization_id = \\(scope.id)`",
    ]

    /// What an organization may be compared with: the scope's, and by file what is as good, and why.
    private static let proven: Set<String> = ["scope.id"]
    static let alsoProven: [String: (code: String, reason: String)] = [
        "Sources/Storage/Keys/": ("holder", "the organization whose keys a caller with a scope asks for"),
        "Sources/Storage/Erasure/ErasureStore.swift": (
            "organization", "the one that is being erased, by a system scope"
        ),
        "Sources/Storage/UserStore.swift": ("organization", "the one that the server's own scope looks for"),
        "Sources/Storage/UserStore+Sessions.swift": ("organization", "that of the account whose login begins"),
    ]

    private static func proven(in file: SourceFile) -> Set<String> {
        proven.union(alsoProven.filter { file.path.hasPrefix($0.key) }.values.map(\.code))
    }

    /// The tables whose rows belong to organizations.
    let organizationTables: Set<String>

    init(organizationTables: Set<String>) { self.organizationTables = organizationTables }

    /// The tables are those that the migrations make with an `organization_id`.
    init(storage: [SourceFile]) {
        let created = storage.flatMap(\.statements).compactMap(\.statement.createdTable)
        organizationTables = Set(created.filter(\.hasOrganization).map(\.name))
    }

    func violations(in file: SourceFile) -> [Violation] {
        file.statements.flatMap { entry -> [Violation] in
            let statement = entry.statement
            if let table = statement.createdTable {
                guard !table.hasOrganization, !Self.serverTables.contains(table.name) else { return [] }
                return [file.violation(at: entry.line, "table \(table.name) has no organization_id")]
            }
            let exempt = entry.takesSystemScope ? Self.serverTables : []
            let read = statement.tablesRead.filter { organizationTables.contains($0) && !exempt.contains($0) }
            let written = statement.tablesWritten.filter { organizationTables.contains($0) }
            var problems: [Violation] = []
            let conditions = statement.organizationConditions(proven: Self.proven(in: file))
            if statement.namesTableByCode, Self.tablesByCode[file.path] == nil {
                problems.append(
                    file.violation(at: entry.line, "names its table by code: whose rows it means can't be read")
                )
            }
            if conditions.count < read.count {
                let message =
                    "reads \(read.joined(separator: ", ")) with \(conditions.count) conditions on "
                    + "organization_id: each table needs its own, with the scope's id, and no OR beside it"
                problems.append(file.violation(at: entry.line, message))
            } else if !read.isEmpty, conditions.anchors == 0, statement.looksWhole, !file.isMigration {
                let message = "compares the organizations of \(read.joined(separator: ", ")) with each other alone"
                problems.append(file.violation(at: entry.line, message))
            }
            if !written.isEmpty && !statement.insertsNameOrganization {
                problems.append(
                    file.violation(
                        at: entry.line,
                        "inserts into \(written.joined(separator: ", ")) without organization_id"
                    )
                )
            }
            return problems
        }
    }

    /// SQL outside the rooms that speak it.
    static func strays(in file: SourceFile) -> [Violation] {
        guard file.path.hasPrefix("Sources/"), !["Storage", "Database", "Connectors"].contains(file.room) else {
            return []
        }
        return file.statements.filter(\.statement.looksWhole).map {
            file.violation(at: $0.line, "SQL stands in Storage, behind a scope")
        }
    }
}

extension SourceFile {
    /// The SQL statements in the file's literals, with the line they begin at and whether the function around them
    /// takes a `SystemScope`.
    var statements: [(statement: SQLStatement, line: Int, takesSystemScope: Bool)] {
        tokens.indices.flatMap { index -> [(statement: SQLStatement, line: Int, takesSystemScope: Bool)] in
            guard tokens[index].kind == .string,
                let text = SQLText(
                    tokens[index].text,
                    interpolations: tokens[index].interpolations,
                    asPart: room == "Storage"
                )
            else { return [] }
            let isSystem = takesSystemScope(at: index)
            return text.statements.map { ($0, tokens[index].line, isSystem) }
        }
    }

    /// Migrations change all organizations' rows alike.
    fileprivate var isMigration: Bool { path.hasPrefix("Sources/Storage/Migrations/") }

    private func takesSystemScope(at index: Int) -> Bool {
        guard let function = tokens[..<index].lastIndex(where: { $0.isWord("func") }) else { return false }
        let signature = tokens[function...].prefix { !$0.isMark("{") }
        return signature.contains { $0.isWord("SystemScope") }
    }
}

extension SQLStatement {
    /// Whether it is a statement and not prose that begins like one.
    fileprivate var looksWhole: Bool {
        switch words.first {
        case "select", "delete": words.contains("from")
        case "insert", "replace": words.contains("into")
        case "update": words.contains("set")
        case "create", "alter", "drop": words.contains("table") || words.contains("index")
        case "with": words.contains("select")
        case _: false
        }
    }
}
