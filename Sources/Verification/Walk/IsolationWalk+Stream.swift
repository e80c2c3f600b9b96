/// The stream: who may open it, and what its frames hold.
extension IsolationWalk {
    private static let opening = [
        APIRequest.Pair("Sec-WebSocket-Protocol", "eagle.v1")
    ]

    /// Walks while both organizations' streams are open, and looks through their frames at the end.
    func hearing(_ body: @escaping @Sendable () async throws -> Void) async throws {
        guard let operation = contract?.operations.first(where: \.isStream) else { return try await body() }
        show("opening the stream", 0.12)
        try await tryOpening(operation)
        let (mineFrames, theirFrames) = (FrameBook(), FrameBook())
        let position = max(0, (theirs?.inventory.lastSequence ?? 1) - 1)
        let wishes = [
            (mine?.admin, [APIRequest.Pair]()), (mine?.operator, [APIRequest.Pair("after", "\(position)")]),
            (theirs?.admin, []),
        ]
        var streams: [StreamClient.Stream] = []
        do {
            for (session, query) in wishes {
                if let stream = try await opened(operation, session, query: query) { streams.append(stream) }
            }
        } catch {
            for stream in streams { await stream.abandon() }
            throw error
        }
        guard streams.count == wishes.count else {
            for stream in streams { await stream.abandon() }
            try await body()
            var row = rows[operation.id] ?? row(of: operation)
            row.unreached = "the stream could not be opened: no frame was looked at"
            rows[operation.id] = row
            return
        }
        let books = [mineFrames, mineFrames, theirFrames]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (stream, book) in zip(streams, books) { group.addTask { await stream.listen(into: book) } }
            do {
                try await self.cause(mineFrames)
                try await body()
            } catch {
                for stream in streams { await stream.leave() }
                throw error
            }
            for stream in streams { await stream.leave() }
            try await group.waitForAll()
        }
        judgeFrames(operation, mineFrames, theirFrames)
    }

    /// Opens it as all those who may not, and as A with all that is B's.
    private func tryOpening(_ operation: APIOperation) async throws {
        guard let theirs, let judge else { return }
        let plain = APIRequest("GET", operation.path)
        var probes = Identity.allCases.filter(\.isUnproven).map { Probe(operation, $0, .stream, plain) }
        for identity in Identity.members {
            for name in [theirs.canary.slug, theirs.organization] {
                let header = plain.with("Eagle-Organization", name)
                var query = plain
                query.query = [APIRequest.Pair("organization", name)]
                probes += [header, query].map {
                    Probe(operation, identity, .foreignHeader, $0, twin: judge.twins.twin(of: $0))
                }
            }
        }
        for probe in probes where try await canSpeak(as: probe.identity) {
            let answer = try await knocked(probe.request, as: probe.identity)
            record(answer, of: probe)
            report.findings += judge.findings(of: probe, answer)
            remember(probe, answer)
            guard let twin = probe.twin else { continue }
            let missing = try await knocked(twin, as: probe.identity)
            if let finding = judge.finding(of: probe, answer, missing: missing) { report.findings.append(finding) }
        }
    }

    /// What a knock was answered; 101 where it was let in.
    private func knocked(_ request: APIRequest, as identity: Identity) async throws -> APIAnswer {
        try Task.checkCancellation()
        report.requestCount += 1
        requestCounts[identity, default: 0] += 1
        var request = request.with(token: try await token(of: identity))
        request.headers += Self.opening
        switch try await StreamClient(client: client).open(request) {
        case .refused(let answer): return answer
        case .open(let stream):
            await stream.abandon()
            return APIAnswer(status: 101)
        }
    }

    private func opened(
        _ operation: APIOperation,
        _ session: Session?,
        query: [APIRequest.Pair]
    ) async throws -> StreamClient.Stream? {
        guard let session else { return nil }
        var request = APIRequest("GET", operation.path).with(token: try await renewed(session).access)
        request.headers += Self.opening
        request.query = query
        report.requestCount += 1
        guard case .open(let stream) = try await StreamClient(client: client).open(request) else { return nil }
        return stream
    }

    /// Makes something happen in B and then in A, and waits until A has heard of its own.
    private func cause(_ frames: FrameBook) async throws {
        guard let mine, let theirs, let operation = contract?.operation("acknowledgeAlarm") else {
            return note("nothing could be made to happen on the stream")
        }
        for party in [theirs, mine] {
            guard let id = party.inventory.id(in: "/api/v1/alarms") else {
                return note("nothing could be made to happen on the stream: there is no alarm")
            }
            let answer = try await ask(
                APIRequest("POST", operation.path(with: ["id": id])).with(token: party.admin?.access)
                    .with(json: ["note": .text(party.canary.text)])
            )
            guard answer.isSuccess else { return note("an alarm could not be acknowledged (\(answer.reason))") }
        }
        let deadline = ContinuousClock.now + options.patience
        let own = MarkerSearch([Marker(.text, mine.canary.secret)])
        while !frames.all.contains(where: { !own.matches(in: $0).isEmpty }) {
            guard ContinuousClock.now < deadline else {
                return note("the stream told A nothing of its own: that it tells nothing of B's proves little")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func judgeFrames(_ operation: APIOperation, _ mineFrames: FrameBook, _ theirFrames: FrameBook) {
        guard let judge, let mine else { return }
        let probe = Probe(operation, .admin, .stream, APIRequest("GET", operation.path))
        for frame in mineFrames.all { report.findings += judge.leaks(of: probe, inFrame: frame) }
        let search = MarkerSearch([Marker(.text, mine.canary.secret), Marker(.reading, mine.canary.readingText)])
        for frame in theirFrames.all where !search.matches(in: frame).isEmpty {
            report.findings.append(
                Finding(
                    .leak,
                    at: operation.label,
                    expected: "nothing of organization A in B's stream",
                    found: "a stored text of organization A"
                )
            )
        }
        report.searched.append("\(mineFrames.all.count + theirFrames.all.count) frames of the stream")
        var row = rows[operation.id] ?? row(of: operation)
        row.requestCount += 3
        row.statuses[Aim.stream.rawValue, default: []].append("101")
        rows[operation.id] = row
    }
}
