/// What an organization's admin sees, before and after.
extension IsolationWalk {
    /// Every reading operation as the admin of the party, whose inventory grows by what is told.
    func view(of party: inout Party) async throws -> View {
        guard let contract, let admin = party.admin else { return View() }
        let session = try await renewed(admin)
        party.admin = session
        let maker = RequestMaker(contract: contract)
        var view = View()
        // Lists first: they say what there is to look at one by one.
        let operations = contract.operations.filter { $0.isReading && !$0.isOpen && !$0.isStream }
        for operation in operations.sorted(by: { $0.pathNames.count < $1.pathNames.count }) {
            let voice = Voice.of(party, texts: party, now: party.failureStart ?? now)
            for path in paths(of: operation, party) {
                let request = maker.request(operation, voice, path: path).with(token: session.access)
                let answer = try await ask(request)
                party.inventory.note(answer, of: operation)
                if !Self.growsByItself(operation) { view.note(answer, of: "\(operation.method) \(request.target)") }
                guard operation.query.contains(where: { $0.name == "limit" }) else { continue }
                var short = request
                short.query.append(APIRequest.Pair("limit", "1"))
                party.inventory.noteCursor(try await ask(short), of: operation)
            }
        }
        return view
    }

    /// Those that the party has things for; none for what another kind of id belongs to.
    private func paths(of operation: APIOperation, _ party: Party) -> [[String: String]] {
        operation.pathNames.reduce([[:]]) { paths, name in
            paths.flatMap { path in
                party.inventory.values(at: name, of: operation).prefix(3).map { path.merging([name: $0]) { $1 } }
            }
        }
    }

    /// What is added to by those who look at it, or only try to.
    private static func growsByItself(_ operation: APIOperation) -> Bool {
        operation.path.contains("audit") || operation.path.hasPrefix("/api/v1/auth/")
    }

    /// B's view, once two looks at it are the same but for what changes by itself.
    func settledView() async throws -> (view: View, mask: Set<String>) {
        guard var party = theirs else { return (View(), []) }
        show("looking at organization B", 0.1)
        var last = try await view(of: &party)
        var mask: Set<String> = []
        for _ in 0..<Self.settlingCount {
            if options.settling > .zero { try await Task.sleep(for: options.settling) }
            let next = try await view(of: &party)
            let differences = next.differences(from: last)
            last = next
            // Nothing new changes: what does is what changes by itself.
            if mask.isSuperset(of: differences) { break }
            mask.formUnion(differences)
        }
        theirs = party
        return (last, mask)
    }

    private static let settlingCount = 6

    /// Everything of B's must be as it was.
    func compare(with before: View, except mask: Set<String>) async throws {
        guard var party = theirs, let mine else { return }
        show("looking at organization B again", 0.95)
        let after = try await view(of: &party)
        theirs = party
        for place in after.differences(from: before).subtracting(mask).sorted().prefix(100) {
            report.findings.append(
                Finding(.changed, at: place, expected: "organization B as it was before", found: "another value")
            )
        }
        // And nothing of A's has come to B, though B itself never asked for it.
        let search = MarkerSearch([Marker(.text, mine.canary.secret), Marker(.reading, mine.canary.readingText)])
        for (label, values) in after.values {
            let text = values.values.joined(separator: "\n")
            guard !search.matches(in: Array(text.utf8)).isEmpty else { continue }
            report.findings.append(
                Finding(
                    .leak,
                    at: label,
                    expected: "nothing of organization A",
                    found: "a stored text of organization A"
                )
            )
        }
    }
}
