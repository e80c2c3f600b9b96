/// Says of an answer whether it keeps organization B's things from whoever asked.
package struct Judge: Sendable {
    /// What is B's.
    let search: MarkerSearch
    let twins: Twins
    /// Names of B's that A has written into its own things by now: to read them there is no leak.
    var written: Set<String> = []
    /// Names and ids of B's that A has said in any request: the record of what A did may repeat them.
    var said: Set<String> = []

    package init(search: MarkerSearch, twins: Twins) {
        self.search = search
        self.twins = twins
    }

    // MARK: - One answer

    /// What is wrong with an answer, whatever the same request about something else would be answered.
    package func findings(of probe: Probe, _ answer: APIAnswer) -> [Finding] {
        leaks(of: probe, in: answer) + failures(of: probe, answer) + admissions(of: probe, answer)
    }

    /// B's markers in the body and in each header field, but for those that the request itself said.
    private func leaks(of probe: Probe, in answer: APIAnswer) -> [Finding] {
        var places = [("the body", answer.body)]
        places += answer.headers.map { ("the header \($0.name)", Array("\($0.name): \($0.value)".utf8)) }
        return places.flatMap { place, bytes in
            leaks(of: probe, in: bytes, at: place, id: answer.header("x-request-id"))
        }
    }

    /// B's markers in a frame of the stream.
    package func leaks(of probe: Probe, inFrame frame: [UInt8]) -> [Finding] {
        leaks(of: probe, in: frame, at: "a frame of the stream", id: nil)
    }

    private func leaks(of probe: Probe, in bytes: [UInt8], at place: String, id: String?) -> [Finding] {
        let matches = search.matches(in: bytes)
        guard !matches.isEmpty else { return [] }
        let said = Set(search.matches(in: probe.request.said).map(\.marker.value))
        let isRecord = probe.operation.path.contains("audit")
        return matches.filter { !isKnown($0.marker, said: isRecord ? said.union(self.said) : said) }.map { match in
            Finding(
                .leak,
                probe,
                expected: "nothing of organization B",
                found: "\(match.marker.kind.rawValue) of organization B, \(match.form.rawValue), in \(place)",
                requestID: id
            )
        }
    }

    private func isKnown(_ marker: Marker, said: Set<String>) -> Bool {
        switch marker.kind {
        case .text, .reading, .credential: false
        case .name, .id: said.contains(marker.value) || written.contains(marker.value)
        }
    }

    private func failures(of probe: Probe, _ answer: APIAnswer) -> [Finding] {
        guard answer.status >= 500, answer.status != 503 else { return [] }
        return [
            Finding(
                .failed,
                probe,
                expected: "an answer",
                found: answer.reason,
                requestID: answer.header("x-request-id")
            )
        ]
    }

    private func admissions(of probe: Probe, _ answer: APIAnswer) -> [Finding] {
        let expected: String
        if probe.identity.isUnproven {
            guard !probe.operation.isOpen, answer.status != 401 else { return [] }
            expected = "401"
        } else if probe.aim == .foreignHeader, probe.operation.isWithinOrganization {
            guard answer.status != 404 else { return [] }
            expected = "404, as for an organization that is not there"
        } else if probe.aim == .foreignKey {
            let isKnownKey = answer.status == 422 && answer.text.contains("Idempotency-Key")
            guard isKnownKey || answer.header("idempotency-replayed") != nil else { return [] }
            expected = "an answer of its own: B's key is B's alone"
        } else {
            return []
        }
        let id = answer.header("x-request-id")
        return [Finding(.admitted, probe, expected: expected, found: answer.reason, requestID: id)]
    }

    /// Somebody who lacks the permission that the contract names, and is let in all the same.
    package func permission(of probe: Probe, _ answer: APIAnswer, held: Set<String>) -> Finding? {
        guard let needed = probe.operation.permission, !held.contains(needed) else { return nil }
        guard ![401, 403, 404, 429].contains(answer.status) else { return nil }
        return Finding(
            .admitted,
            probe,
            expected: "403: it takes the permission \(needed)",
            found: answer.reason,
            requestID: answer.header("x-request-id")
        )
    }

    // MARK: - Two answers

    /// How an answer about B's thing differs from that about a thing that is not there; nil where it does not.
    package func difference(of probe: Probe, _ answer: APIAnswer, _ missing: APIAnswer) -> String? {
        guard answer.status == missing.status else { return "\(answer.reason), and not \(missing.reason)" }
        // What was done or told in both cases is no refusal, and bears ids and times of its own.
        guard answer.status >= 400 else { return nil }
        let (left, right) = (neutral(answer, of: probe.request), neutral(missing, of: probe.request))
        guard left == right else { return "another text: \(left.prefix(300)), and not \(right.prefix(300))" }
        let names = (fieldNames(answer), fieldNames(missing))
        guard names.0 == names.1 else {
            return "other header fields: \(names.0.symmetricDifference(names.1).sorted().joined(separator: ", "))"
        }
        return nil
    }

    /// What another's thing must be answered, held against what was answered.
    package func finding(of probe: Probe, _ answer: APIAnswer, missing: APIAnswer) -> Finding? {
        guard let difference = difference(of: probe, answer, missing) else { return nil }
        return Finding(
            answer.isSuccess && !missing.isSuccess ? .answered : .distinguishable,
            probe,
            expected: "what is answered about a thing that is not there: \(missing.reason)",
            found: difference,
            requestID: answer.header("x-request-id")
        )
    }

    /// The body without what each answer has of its own.
    private func neutral(_ answer: APIAnswer, of request: APIRequest) -> String {
        guard case .map(var members)? = answer.json else { return twins.neutral(answer.text, of: request) }
        members["requestId"] = nil
        return twins.neutral(String(decoding: JSONValue.map(members).json, as: UTF8.self), of: request)
    }

    private func fieldNames(_ answer: APIAnswer) -> Set<String> {
        Set(answer.headers.map { $0.name.lowercased() }).filter {
            !$0.contains("ratelimit") && $0 != "retry-after" && $0 != "date"
        }
    }
}
