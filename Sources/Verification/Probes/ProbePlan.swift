/// Which requests an operation is tried with, made of the contract alone: what a server adds to it is tried too.
struct ProbePlan: Sendable {
    let contract: APIContract
    let mine: Party
    let theirs: Party
    let twins: Twins
    /// The server's present, RFC 3339.
    let now: String
    /// What the keys begin with under which B's answers are kept.
    let keyPrefix: String

    private var maker: RequestMaker { RequestMaker(contract: contract) }
    private var ownVoice: Voice { .of(mine, texts: mine, now: now) }

    private static let choiceCountMax = 16

    // MARK: - What nobody may

    /// By those who have proven nothing, about B's things.
    func unproven(_ operation: APIOperation) -> [Probe] {
        guard !operation.isOpen else { return [] }
        let request = maker.request(operation, ownVoice, path: choices(operation, theirs).first ?? [:])
        return Identity.allCases.filter(\.isUnproven).map { Probe(operation, $0, .unproven, request) }
    }

    /// B's ids in the path, each beside one that nobody has.
    func foreignPath(_ operation: APIOperation) -> [Probe] {
        guard !operation.pathNames.isEmpty, !operation.isOpen else { return [] }
        let paths = foreignPaths(operation)
        // A super admin may see what is not within an organization, whosever it is.
        let isRootHeld = operation.isWithinOrganization && !operation.path.hasPrefix("/api/v1/organizations")
        return (Identity.members + (isRootHeld ? [.root] : [])).flatMap { identity in
            paths.map { path in
                var request = maker.request(operation, ownVoice, path: path)
                if identity == .root { request = request.with("Eagle-Organization", mine.canary.slug) }
                return probe(operation, identity, .foreignPath, request)
            }
        }
    }

    /// The other organization named in the header, by its slug and by its id, with its things in the path.
    func foreignHeader(_ operation: APIOperation) -> [Probe] {
        // Where the header means nothing, the request would be about one's own.
        guard operation.isWithinOrganization else { return [] }
        let path = choices(operation, theirs).first ?? [:]
        let names = [theirs.canary.slug, theirs.organization, theirs.canary.slug]
        return zip(Identity.members, names).map { identity, name in
            let request = maker.request(operation, ownVoice, path: path).with("Eagle-Organization", name)
            return probe(operation, identity, .foreignHeader, request)
        }
    }

    /// B's names and ids wherever the query and the body have a place for them.
    func foreignNames(_ operation: APIOperation) -> [Probe] {
        let voice = Voice.of(theirs, texts: mine, now: now)
        let path = ownPath(operation) ?? [:]
        guard ownPath(operation) != nil else { return [] }
        let identities = operation.isOpen ? [Identity.nobody] : Identity.members
        let narrow = maker.request(operation, voice, path: path)
        let wide = maker.request(operation, voice, path: path, isWide: true)
        var requests = [narrow, wide]
        // What narrows a list is tried one by one: together they may contradict each other.
        if operation.isReading {
            requests += wide.query.filter { !narrow.query.contains($0) }.map { pair in
                var request = narrow
                request.query.append(pair)
                return request
            }
        }
        return requests.enumerated().filter { index, request in
            twins.twin(of: request) != nil && !requests[..<index].contains(request)
        }.flatMap { _, request in identities.map { probe(operation, $0, .foreignNames, request) } }
    }

    /// Where B's lists and its stream went on.
    func foreignCursors(_ operation: APIOperation) -> [Probe] {
        guard let after = operation.query.first(where: { $0.name == "after" }), !operation.isStream else { return [] }
        var cursors = theirs.inventory.cursors[operation.id] ?? []
        if after.schema["type"]?.string == "integer" { cursors.append("\(max(0, theirs.inventory.lastSequence - 1))") }
        return cursors.flatMap { cursor in
            [Identity.admin, .operator].map { identity in
                var request = maker.request(operation, ownVoice, path: ownPath(operation) ?? [:])
                request.query.append(APIRequest.Pair("after", cursor))
                return Probe(operation, identity, .foreignCursor, request)
            }
        }
    }

    /// A's own wishes under a key that B has used.
    func foreignKeys(_ operation: APIOperation, path: [String: String], serial: Int) -> [Probe] {
        guard operation.takesIdempotencyKey else { return [] }
        return [Identity.admin, .apiKey].enumerated().compactMap { index, identity in
            own(operation, identity, path: path, serial: serial + index).map {
                Probe(operation, identity, .foreignKey, $0.request.with("Idempotency-Key", key(of: operation)))
            }
        }
    }

    func key(of operation: APIOperation) -> String { "\(keyPrefix)-\(operation.id)" }

    // MARK: - What is one's own

    /// About A's own things; nil where A has none such.
    func own(_ operation: APIOperation, _ identity: Identity, path: [String: String]? = nil, serial: Int = 0) -> Probe?
    {
        guard let path = path ?? ownPath(operation) else { return nil }
        var voice = Voice.of(mine, texts: mine, now: now, serial: serial)
        // A new user's address is nobody's yet.
        voice.words["email"] = "new-\(serial)-\(mine.canary.bait)@canary.invalid"
        if operation.isOpen { voice.words["email"] = mine.canary.operatorEmail }
        return Probe(operation, identity, .own, maker.request(operation, voice, path: path))
    }

    private func ownPath(_ operation: APIOperation) -> [String: String]? {
        var path: [String: String] = [:]
        for name in operation.pathNames {
            guard let value = mine.inventory.values(at: name, of: operation).first else { return nil }
            path[name] = value
        }
        return path
    }

    // MARK: - Paths

    private func probe(_ operation: APIOperation, _ identity: Identity, _ aim: Aim, _ request: APIRequest) -> Probe {
        Probe(operation, identity, aim, request, twin: twins.twin(of: request))
    }

    /// What B's things make of a path; ids of every kind where nobody knows which kind belongs there.
    func choices(_ operation: APIOperation, _ party: Party) -> [[String: String]] {
        operation.pathNames.reduce([[:]]) { paths, name in
            let known = party.inventory.values(at: name, of: operation)
            let values = known.isEmpty ? party.inventory.samples : Array(known.prefix(2))
            return Array(
                paths.flatMap { path in values.map { path.merging([name: $0]) { $1 } } }.prefix(Self.choiceCountMax)
            )
        }
    }

    /// All of B's, and, where a path names several things, B's behind one of A's.
    private func foreignPaths(_ operation: APIOperation) -> [[String: String]] {
        let foreign = choices(operation, theirs)
        guard operation.pathNames.count > 1, let first = operation.pathNames.first,
            let own = mine.inventory.values(at: first, of: operation).first
        else { return foreign }
        return foreign + foreign.map { $0.merging([first: own]) { $1 } }
    }
}
