import Foundation

/// Proves, against a running server and by nothing but what it answers, that one organization sees nothing of another's.
///
/// Makes two organizations, fills both with what no other text in the world holds, tries every operation of the
/// server's own contract as the one with all that is the other's, and looks through whatever comes back.
package actor IsolationWalk {
    let client: APIClient
    let options: Options
    private let progress: Progress
    private let onFurnished: @Sendable (Organizations) async throws -> Void

    /// What is under way, how far, and out of how much.
    package typealias Progress = @Sendable (_ step: String, _ share: Double, _ counted: String) -> Void

    /// The two canary organizations, once they are there.
    package struct Organizations: Sendable {
        /// Ids: of the one that asks, and of the one whose things must not be seen.
        package let mine: String
        package let theirs: String
        /// What B's texts hold.
        package let secret: String
    }

    var report: IsolationReport
    var rows: [String: IsolationReport.Row] = [:]
    var requestCounts: [Identity: Int] = [:]
    var contract: APIContract?
    var root: Session?
    var mine: Party?
    var theirs: Party?
    var judge: Judge?
    private var serial = 0
    private let startedAt = Date()
    /// Where the log stood; nil where there was none.
    let logStart: LogPosition?
    /// Held open, so that no file that takes its place is given its number.
    private let logAtStart: FileHandle?
    /// What the keys begin with under which B's answers are kept.
    let keyPrefix: String
    var usedKeys: Set<String> = []

    /// - Parameters:
    ///   - client: Speaks with the server.
    ///   - options: Who judges, and where else to look.
    ///   - onFurnished: Told once both organizations are there; may add to them what the API alone can't make.
    ///   - progress: Told how far it is.
    package init(
        client: APIClient,
        options: Options,
        onFurnished: @escaping @Sendable (Organizations) async throws -> Void = { _ in },
        progress: @escaping Progress = { _, _, _ in }
    ) {
        self.client = client
        self.options = options
        self.onFurnished = onFurnished
        self.progress = progress
        logAtStart = options.log.flatMap { FileHandle(forReadingAtPath: $0) }
        logStart = options.log.flatMap { LogPosition($0) }
        var generator = SystemRandomNumberGenerator()
        keyPrefix = Canary.token("k", using: &generator)
        report = IsolationReport(
            server: client.server.description,
            verifierVersion: options.verifierVersion,
            startedAt: startedAt.rfc3339
        )
    }

    /// Walks, and reports; whatever it made stays until ``cleanUp()``.
    ///
    /// - Throws: ``VerificationError`` where it can't be done at all, `CancellationError` where it was interrupted.
    package func run() async throws {
        let contract = try await readContract()
        try await signIn()
        var mine = try await furnished(.mine, share: 0.02)
        var theirs = try await furnished(.theirs, share: 0.05)
        try await onFurnished(
            Organizations(mine: mine.organization, theirs: theirs.organization, secret: theirs.canary.secret)
        )
        _ = try await view(of: &mine)
        _ = try await view(of: &theirs)
        (self.mine, self.theirs) = (mine, theirs)
        judge = try makeJudge()
        try await hearing {
            let (before, mask) = try await self.settledView()
            try await self.judgeAnew()
            try await self.walk(contract)
            try await self.compare(with: before, except: mask)
        }
        try await stirLog()
        try await search()
        finish(contract)
    }

    /// What is known so far; whole once ``run()`` has returned.
    package var result: IsolationReport { report }

    func show(_ step: String, _ share: Double, _ counted: String = "") { progress(step, share, counted) }

    /// Another number than ever before.
    func nextSerial() -> Int {
        serial += 1
        return serial
    }

    /// Whatever time the server has, told by one of its own answers.
    var now: String { mine?.failureStart ?? startedAt.rfc3339 }

    /// With all that looking at B has told of its ids.
    private func judgeAnew() throws { judge = try makeJudge() }

    private func makeJudge() throws -> Judge {
        guard let mine, let theirs else {
            throw VerificationError(.notFurnished, "there are no organizations to judge")
        }
        var generator = SystemRandomNumberGenerator()
        let ids = theirs.inventory.ids.subtracting(mine.inventory.ids)
        return Judge(
            search: MarkerSearch(theirs.canary, ids: ids, credentials: theirs.credentials),
            twins: Twins(bait: theirs.canary.bait, ids: ids, using: &generator)
        )
    }

    private func finish(_ contract: APIContract) {
        report.endedAt = Date().rfc3339
        report.operations = contract.operations.map { operation in
            var row = rows[operation.id] ?? row(of: operation)
            if row.unreached == nil { row.unreached = row.silence(isOpen: operation.isOpen) }
            return row
        }
        for operation in contract.operations where !operation.isOpen { noteOwn(operation) }
        report.identities = Identity.allCases.compactMap { identity in
            requestCounts[identity].map { IsolationReport.Count(name: identity.rawValue, requests: $0) }
        }
        report.findings = report.findings.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        report.exemptions = Exemption.all.filter { contract.operations.contains(where: $0.isOf) }
    }

    /// An operation that has never done for A what it is for has shown less than the others.
    private func noteOwn(_ operation: APIOperation) {
        let statuses = rows[operation.id]?.statuses[Aim.own.rawValue] ?? []
        guard !statuses.isEmpty, !statuses.contains(where: { $0.hasPrefix("2") }) else { return }
        guard let admin = mine?.admin, operation.permission.map(admin.permissions.contains) ?? true else { return }
        guard statuses != ["403"] else { return }
        note("\(operation.label): A's own request was answered \(statuses.joined(separator: ", ")), never done")
    }

    func row(of operation: APIOperation) -> IsolationReport.Row {
        IsolationReport.Row(operation: operation.id, method: operation.method, path: operation.path)
    }
}

extension IsolationWalk {
    /// Who judges, and where else to look.
    package struct Options: Sendable {
        /// A super admin's.
        package var email: String
        package var password: String
        /// Of his second factor, where he has one.
        package var code: String?
        /// An artifact to give to organization B, so that a model is among the things that must not be seen.
        package var model: [UInt8]?
        /// The server's own, where this machine can read it.
        package var dataDirectory: String?
        package var log: String?
        /// A token whose time is over; without one that is not tried.
        package var expiredToken: String?
        /// What to walk instead of the contract that the server gives.
        package var contract: String?
        /// How far apart two looks at what should not change are, to learn what changes by itself.
        package var settling = Duration.milliseconds(1_500)
        /// How long an alarm, or a frame of the stream, is waited for.
        package var patience = Duration.seconds(120)
        package var verifierVersion = "unknown"

        package init(email: String, password: String) {
            self.email = email
            self.password = password
        }
    }
}

extension APIContract {
    func operation(_ id: String) -> APIOperation? { operations.first { $0.id == id } }
}

extension Date {
    /// In UTC, to the second.
    var rfc3339: String { ISO8601Format() }
}
