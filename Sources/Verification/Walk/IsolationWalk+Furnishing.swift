import Foundation

/// Filling a canary organization with something of everything.
extension IsolationWalk {
    private enum Who { case root, admin, `operator` }

    /// A new organization with its people and its things; what could not be made is told in the report.
    func furnished(_ side: Canary.Side, share: Double) async throws -> Party {
        show("furnishing organization \(side.rawValue)", share)
        var generator = SystemRandomNumberGenerator()
        let canary = Canary(side, using: &generator)
        report.organizations.append(canary.slug)
        var party = try await organization(canary)
        try await people(&party)
        // Known from here on, so that it is taken away whatever comes.
        if side == .mine { mine = party } else { theirs = party }
        try await plant(&party)
        try await alarm(&party)
        try await models(&party)
        try await others(&party)
        if side == .mine { mine = party } else { theirs = party }
        try requireThings(of: party)
        return party
    }

    /// Where B has next to nothing, that nothing of it was told would prove nothing.
    private func requireThings(of party: Party) throws(VerificationError) {
        let missing = ["alarms", "users", "delivery-targets"].filter { collection in
            contract?.operations.contains { $0.path == "/api/v1/\(collection)" && $0.isReading } ?? false
                && party.inventory.id(in: "/api/v1/\(collection)") == nil
        }
        let isKeyless = party.apiKey == nil && contract?.operation("createAPIKey") != nil
        guard !missing.isEmpty || isKeyless else { return }
        let things = missing + (isKeyless ? ["API key"] : [])
        throw VerificationError(
            .notFurnished,
            "organization \(party.canary.side.rawValue) could not be given any \(things.joined(separator: ", ")): "
                + report.notExercised.joined(separator: "; ")
        )
    }

    private func organization(_ canary: Canary) async throws -> Party {
        let answer = try await ask(
            APIRequest("POST", "/api/v1/organizations").with(token: try await rootToken())
                .with(json: ["slug": .text(canary.slug), "name": .text(canary.title)])
        )
        guard answer.isSuccess, let id = answer.json?["id"]?.string else {
            throw VerificationError(.notFurnished, "no canary organization can be made (\(answer.reason))")
        }
        return Party(canary, organization: id)
    }

    private func people(_ party: inout Party) async throws {
        let canary = party.canary
        for (email, role) in [(canary.adminEmail, "ADMIN"), (canary.operatorEmail, "OPERATOR")] {
            let body: JSONValue = ["email": .text(email), "password": .text(canary.password), "role": .text(role)]
            let answer = try await tell("createUser", .root, &party, body: body)
            guard answer?.isSuccess ?? false else {
                let reason = answer?.reason ?? "the contract has no createUser"
                throw VerificationError(.notFurnished, "no canary user can be made (\(reason))")
            }
        }
        party.admin = try await login(canary.adminEmail, canary.password)
        party.operator = try await login(canary.operatorEmail, canary.password)
    }

    private func plant(_ party: inout Party) async throws {
        try await made("putSchema", .admin, &party)
        let system = try await tell("getSystem", .admin, &party)
        // The server's own present: a simulated plant's may run ahead of this machine's.
        if let version = system?.json?["version"]?.string { report.serverVersion = version }
        party.failureStart = system?.json?["now"]?.string ?? Date().rfc3339
        try await made("createDeliveryTarget", .admin, &party)
        try await made("putDeliveryPolicy", .admin, &party)
        try await made("createPushSubscription", .admin, &party)
        // Two of what comes in pages: so that a page has a next one.
        for asset in [party.canary.secondAsset, party.canary.asset] {
            var voice = Voice.of(party, texts: party, now: party.failureStart ?? now)
            voice.words["asset"] = asset
            try await made("postFailures", .admin, &party, body: KnownBody.json(of: "postFailures", voice))
        }
        try await made("correctFailure", .admin, &party)
    }

    /// Rows that raise an alarm, and what people do with it.
    private func alarm(_ party: inout Party) async throws {
        var voice = Voice.of(party, texts: party, now: party.failureStart ?? now)
        var rows = [KnownBody.row(voice, temperature: party.canary.reading, at: voice.now)]
        voice.words["asset"] = party.canary.secondAsset
        rows.append(KnownBody.row(voice, temperature: party.canary.reading, at: voice.now))
        try await made("postReadings", .admin, &party, body: ["readings": .list(rows)])
        guard let operation = contract?.operation("listAlarms") else { return }
        let deadline = ContinuousClock.now + options.patience
        while party.inventory.id(in: "/api/v1/alarms") == nil {
            guard ContinuousClock.now < deadline else {
                return note("organization \(party.canary.side.rawValue) has no alarm: its readings raised none in time")
            }
            let answer = try await ask(APIRequest("GET", "/api/v1/alarms").with(token: party.admin?.access))
            party.inventory.note(answer, of: operation)
            if party.inventory.id(in: "/api/v1/alarms") == nil { try await Task.sleep(for: .milliseconds(100)) }
        }
        for id in ["giveFeedback", "shelveAlarm", "putSuppression"] { try await made(id, .admin, &party) }
    }

    private func models(_ party: inout Party) async throws {
        for id in ["putTrainingConfiguration", "putSchedule"] { try await made(id, .admin, &party) }
        // Queued and called off: a run that goes on would change by itself.
        for _ in 0..<2 {
            try await made("startTraining", .admin, &party)
            _ = try await tell("cancelTraining", .admin, &party)
        }
        guard party.canary.side == .theirs else { return }
        guard let model = options.model, let operation = contract?.operation("uploadModel") else {
            return note(
                "no model was given: organization B has none, and ids of models were made up (--model brings one)"
            )
        }
        var request = APIRequest("POST", operation.path).with(token: party.admin?.access)
        (request.mediaType, request.body) = ("application/octet-stream", model)
        let answer = try await ask(request)
        party.inventory.note(answer, of: operation)
        if !answer.isSuccess { note("organization B's model was not taken (\(answer.reason))") }
    }

    /// Whatever else the contract says can be made; then a source, which only who runs the server may set anywhere.
    private func others(_ party: inout Party) async throws {
        let known: Set<String> = [
            "createUser", "createDeliveryTarget", "createPushSubscription", "startTraining", "giveFeedback",
            "createOrganization", "uploadModel",
        ]
        for operation in contract?.operations ?? [] where operation.isCreating && !known.contains(operation.id) {
            guard !operation.isOpen, !Exemption.isSelfChanging(operation) else { continue }
            let answer = try await tell(operation.id, .admin, &party)
            guard let answer, answer.isSuccess else {
                if let answer, answer.status != 403 {
                    note(
                        "organization \(party.canary.side.rawValue): \(operation.label) made nothing (\(answer.reason))"
                    )
                }
                continue
            }
            guard operation.path.contains("api-key"), party.apiKey == nil else { continue }
            party.apiKey = Self.secret(in: answer)
        }
        if party.apiKey == nil { note("no API key of organization \(party.canary.side.rawValue) could be made") }
        _ = try await tell("putSource", .root, &party)
    }

    /// The key that an answer tells once.
    static func secret(in answer: APIAnswer) -> String? {
        let json = answer.json
        return ["key", "secret", "token", "apiKey"].lazy.compactMap { json?[$0]?.string }.first { $0.count >= 20 }
    }

    // MARK: - Parts

    func note(_ text: String) {
        if !report.notExercised.contains(text) { report.notExercised.append(text) }
    }

    /// As ``tell``, and says in the report where it was in vain.
    private func made(_ id: String, _ who: Who, _ party: inout Party, body: JSONValue? = nil) async throws {
        guard let answer = try await tell(id, who, &party, body: body), !answer.isSuccess else { return }
        note("organization \(party.canary.side.rawValue): \(id) was refused (\(answer.reason))")
    }

    /// Asks for an operation with the party's own names; nil where the contract has none such, or nothing to name.
    @discardableResult
    private func tell(
        _ id: String,
        _ who: Who,
        _ party: inout Party,
        body: JSONValue? = nil
    ) async throws -> APIAnswer? {
        guard let contract, let operation = contract.operation(id) else { return nil }
        var path: [String: String] = [:]
        for name in operation.pathNames {
            guard let value = party.inventory.values(at: name, of: operation).first else { return nil }
            path[name] = value
        }
        let voice = Voice.of(party, texts: party, now: party.failureStart ?? now)
        var request = RequestMaker(contract: contract).request(operation, voice, path: path)
        if let body { request = request.with(json: body) }
        switch who {
        case .root:
            request = request.with(token: try await rootToken()).with("Eagle-Organization", party.canary.slug)
        case .admin: request = request.with(token: party.admin?.access)
        case .operator: request = request.with(token: party.operator?.access)
        }
        let key = "\(keyPrefix)-\(operation.id)"
        if operation.takesIdempotencyKey, party.canary.side == .theirs, usedKeys.insert(key).inserted {
            request = request.with("Idempotency-Key", key)
        }
        let answer = try await ask(request)
        party.inventory.note(answer, of: operation)
        if let key = answer.json?["signingKey"]?.string { party.credentials.append(key) }
        if operation.path.contains("api-key"), let key = Self.secret(in: answer) { party.credentials.append(key) }
        return answer
    }
}
