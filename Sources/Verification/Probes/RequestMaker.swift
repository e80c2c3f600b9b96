/// Makes requests of an operation, as valid as the contract lets one guess.
struct RequestMaker: Sendable {
    let contract: APIContract

    /// - Parameters:
    ///   - operation: What is asked for.
    ///   - voice: Whose names, whose texts.
    ///   - path: What stands at the names in braces.
    ///   - isWide: Whether all that may be said is said, as far as it names something.
    /// - Returns: A request of nobody: the token is added by who sends it.
    func request(
        _ operation: APIOperation,
        _ voice: Voice,
        path: [String: String] = [:],
        isWide: Bool = false
    ) -> APIRequest {
        var request = APIRequest(operation.method, operation.path(with: path))
        for parameter in operation.query {
            let names = voice.words[parameter.name.lowercased()] != nil || parameter.schema["format"]?.string == "uuid"
            let isNaming = names && parameter.schema["enum"] == nil
            // What is changed is named in full; what is read is not narrowed.
            guard parameter.isRequired || (isNaming && (isWide || !operation.isReading)) else { continue }
            guard let value = text(sample(parameter.schema, parameter.name, voice, isWide: false)) else { continue }
            request.query.append(APIRequest.Pair(parameter.name, value))
        }
        return withBody(request, operation, voice, isWide: isWide)
    }

    private func withBody(
        _ request: APIRequest,
        _ operation: APIOperation,
        _ voice: Voice,
        isWide: Bool
    ) -> APIRequest {
        if let known = KnownBody.json(of: operation.id, voice) { return request.with(json: known) }
        if let schema = operation.bodies["application/json"] {
            return request.with(json: sample(schema, "", voice, isWide: isWide))
        }
        guard let mediaType = operation.bodies.keys.min() else { return request }
        var request = request
        request.mediaType = mediaType
        request.body = Array("no such thing".utf8)
        return request
    }

    private func sample(_ schema: JSONValue, _ name: String, _ voice: Voice, isWide: Bool) -> JSONValue {
        SampleMaker(contract: contract, word: voice.word, isWide: isWide).value(of: schema, named: name)
    }

    private func text(_ value: JSONValue) -> String? {
        switch value {
        case .text(let text): text
        case .number(let number): Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        case .flag(let flag): "\(flag)"
        case .null, .list, .map: nil
        }
    }
}
