/// Trying every operation as organization A with all that is B's.
extension IsolationWalk {
    func walk(_ contract: APIContract) async throws {
        // Reading before writing, and what takes away last: what is tried later must still find something.
        let order = ["GET": 0, "PUT": 1, "POST": 2, "PATCH": 3, "DELETE": 4]
        let operations = contract.operations.filter { !$0.isStream }
            .sorted { (order[$0.method] ?? 5, $0.path) < (order[$1.method] ?? 5, $1.path) }
        let steps: [(String, @Sendable (APIOperation) async throws -> Void)] = [
            ("trying B's things as A", { try await self.tryForeign($0) }),
            ("A's own things", { try await self.tryOwn($0) }),
            ("trying B's names as A", { try await self.tryNames($0) }),
            ("A's own things again", { if $0.isReading { try await self.tryOwn($0) } }),
        ]
        let total = operations.count * steps.count
        for (index, (name, step)) in steps.enumerated() {
            for (offset, operation) in operations.enumerated() {
                let done = index * operations.count + offset
                show(name, 0.15 + 0.8 * Double(done) / Double(total), "\(done)/\(total)")
                try await step(operation)
            }
        }
    }

    private func plan() -> ProbePlan? {
        guard let contract, let mine, let theirs, let judge else { return nil }
        return ProbePlan(
            contract: contract,
            mine: mine,
            theirs: theirs,
            twins: judge.twins,
            now: now,
            keyPrefix: keyPrefix
        )
    }

    // MARK: - Steps

    private func tryForeign(_ operation: APIOperation) async throws {
        guard let plan = plan() else { return }
        let probes = plan.unproven(operation) + plan.foreignPath(operation) + plan.foreignHeader(operation)
        for probe in probes { try await examine(probe) }
        if operation.isReading { for probe in plan.foreignCursors(operation) { try await examine(probe) } }
        noteUnknownThings(operation)
    }

    private func tryOwn(_ operation: APIOperation) async throws {
        guard Exemption.reason(operation, .own) == nil else { return }
        if operation.isOpen { return try await examineOwn(operation, .nobody, path: [:]) }
        if Exemption.isSelfChanging(operation) { return try await tryThrownAway(operation) }
        for identity in Identity.members where try await canSpeak(as: identity) {
            var path: [String: String]?
            if !operation.isReading, let spare = try await spare(for: operation) { path = spare }
            try await examineOwn(operation, identity, path: path)
        }
        if !operation.isReading { try await revive() }
    }

    private func tryNames(_ operation: APIOperation) async throws {
        guard let plan = plan() else { return }
        guard !Exemption.isSelfChanging(operation) else { return }
        for probe in plan.foreignNames(operation) { try await examine(probe) }
        guard operation.takesIdempotencyKey else { return }
        var path: [String: String] = [:]
        for name in operation.pathNames {
            guard let value = mine?.inventory.values(at: name, of: operation).first else { return }
            path[name] = value
        }
        let serial = nextSerial()
        _ = nextSerial()
        for probe in plan.foreignKeys(operation, path: path, serial: serial) { try await examine(probe) }
    }

    private func examineOwn(_ operation: APIOperation, _ identity: Identity, path: [String: String]?) async throws {
        guard let probe = plan()?.own(operation, identity, path: path, serial: nextSerial()) else {
            return note("\(operation.label): organization A has nothing that its path could name")
        }
        try await examine(probe)
    }

    // MARK: - One probe

    func examine(_ probe: Probe) async throws {
        guard try await canSpeak(as: probe.identity) else {
            return note("\(probe.identity.rawValue) could not be tried: there is none")
        }
        var answer = try await answer(to: probe.request, as: probe.identity)
        if answer.status == 401, !probe.operation.isOpen, !probe.identity.isUnproven {
            // Whose session has ended learns nothing of anybody's, and proves nothing.
            try await signInAnew(probe.identity)
            answer = try await self.answer(to: probe.request, as: probe.identity)
        }
        record(answer, of: probe)
        guard let judge else { return }
        report.findings += judge.findings(of: probe, answer)
        if let held = held(by: probe.identity), let finding = judge.permission(of: probe, answer, held: held) {
            report.findings.append(finding)
        }
        remember(probe, answer)
        if let twin = probe.twin { try await compare(probe, answer, with: twin) }
    }

    private func answer(to request: APIRequest, as identity: Identity) async throws -> APIAnswer {
        try await ask(request.with(token: try await token(of: identity)), as: identity)
    }

    /// What is B's must be answered like what is nobody's.
    private func compare(_ probe: Probe, _ answer: APIAnswer, with twin: APIRequest) async throws {
        guard let judge else { return }
        let missing = try await self.answer(to: twin, as: probe.identity)
        if probe.aim == .foreignPath, !answer.isSuccess, ![403, 404].contains(answer.status) {
            note("\(probe.operation.label): \(answer.status) comes before the id is looked at")
        }
        guard let finding = judge.finding(of: probe, answer, missing: missing) else { return }
        guard Exemption.reason(probe.operation, probe.aim) == nil else { return }
        // What the first of the two has changed may be why the second was answered otherwise.
        let again = try await self.answer(to: probe.request, as: probe.identity)
        guard judge.difference(of: probe, again, missing) != nil else { return }
        report.findings.append(finding)
    }

    private func held(by identity: Identity) -> Set<String>? {
        switch identity {
        case .admin: mine?.admin?.permissions
        // The key is made for what the operator may.
        case .operator, .apiKey: mine?.operator?.permissions
        case .nobody, .garbled, .forged, .unsigned, .expired, .root: nil
        }
    }

    /// What A has said of B's, and what it has put into its own things.
    func remember(_ probe: Probe, _ answer: APIAnswer) {
        guard let said = judge?.search.matches(in: probe.request.said).map(\.marker.value), !said.isEmpty else {
            return
        }
        judge?.said.formUnion(said)
        if probe.aim == .foreignNames, answer.isSuccess, !probe.operation.isReading { judge?.written.formUnion(said) }
    }

    func record(_ answer: APIAnswer, of probe: Probe) {
        var row = rows[probe.operation.id] ?? row(of: probe.operation)
        row.requestCount += 1
        let status = "\(answer.status)"
        if !(row.statuses[probe.aim.rawValue] ?? []).contains(status) {
            row.statuses[probe.aim.rawValue, default: []].append(status)
        }
        if answer.status == 401, !probe.operation.isOpen, !probe.identity.isUnproven {
            row.unreached = "\(probe.identity.rawValue) was not let in any more"
        }
        rows[probe.operation.id] = row
    }

    private func noteUnknownThings(_ operation: APIOperation) {
        guard let theirs, !operation.isOpen else { return }
        for name in operation.pathNames where theirs.inventory.values(at: name, of: operation).isEmpty {
            note("\(operation.label): organization B has none such, so that ids of its other things were tried")
        }
    }

    // MARK: - What is used up

    /// A thing of A's to be changed or taken away, made for it; nil where nothing makes such.
    private func spare(for operation: APIOperation) async throws -> [String: String]? {
        guard let contract, let name = operation.pathNames.last, let plan = plan() else { return nil }
        let maker = contract.operations.first {
            $0.isCreating && $0.path == operation.collection(of: name) && $0.pathNames.isEmpty && !$0.isOpen
        }
        guard let maker, let probe = plan.own(maker, .admin, serial: nextSerial()) else { return nil }
        let answer = try await self.answer(to: probe.request, as: .admin)
        guard answer.isSuccess, let id = answer.json?["id"]?.string else { return nil }
        return [name: id]
    }

    /// Operations upon whoever asks are tried by somebody who is made for it.
    private func tryThrownAway(_ operation: APIOperation) async throws {
        guard let contract, let maker = contract.operation("createUser"), let plan = plan(),
            let probe = plan.own(maker, .admin, serial: nextSerial())
        else { return }
        let made = try await answer(to: probe.request, as: .admin)
        guard made.isSuccess, let email = made.json?["email"]?.string, let mine else {
            return note("\(operation.label): nobody could be made to try it (\(made.reason))")
        }
        let session = try await login(email, mine.canary.password)
        guard let own = plan.own(operation, .operator, path: try await ownPath(operation, session)) else {
            return note("\(operation.label): there is nothing of one's own that its path could name")
        }
        let answer = try await ask(own.request.with(token: session.access), as: .operator)
        record(answer, of: own)
        if let judge { report.findings += judge.findings(of: own, answer) }
    }

    /// What somebody's own lists name.
    private func ownPath(_ operation: APIOperation, _ session: Session) async throws -> [String: String]? {
        guard let name = operation.pathNames.first else { return [:] }
        guard
            let list = contract?.operations.first(where: {
                $0.isReading && $0.path == operation.collection(of: name)
            })
        else { return nil }
        let answer = try await ask(APIRequest("GET", list.path).with(token: session.access))
        var inventory = Inventory(organization: "", slug: "")
        inventory.note(answer, of: list)
        return inventory.values(at: name, of: operation).first.map { [name: $0] }
    }
}
