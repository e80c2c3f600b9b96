import TestSupport
import Testing

@testable import Verification

/// What must be caught is, and what is told by whoever asks himself is not.
@Suite struct JudgeTests {
    private static let alarm = "0f8fad5b-d9cb-469f-a165-70867728950e"
    private let theirs: Canary
    private let judge: Judge
    private let operation: APIOperation

    init() throws {
        var generator = SeededGenerator(seed: 7)
        theirs = Canary(.theirs, using: &generator)
        judge = Judge(
            search: MarkerSearch(theirs, ids: [Self.alarm], credentials: ["whsec_0123456789abcdef"]),
            twins: Twins(bait: theirs.bait, ids: [Self.alarm], using: &generator)
        )
        let contract = try APIContract(
            yaml: """
                security: [{bearer: []}]
                paths:
                  /api/v1/alarms/{id}:
                    parameters:
                      - {name: Eagle-Organization, in: header, schema: {type: string}}
                      - {name: id, in: path, required: true, schema: {type: string, format: uuid}}
                    get:
                      operationId: getAlarm
                      x-permission: alarm:read
                      responses: {"200": {description: It.}}
                """
        )
        operation = try #require(contract.operations.first)
    }

    private func probe(_ aim: Aim = .own, _ identity: Identity = .admin, path: String = "/api/v1/alarms/1") -> Probe {
        Probe(operation, identity, aim, APIRequest("GET", path))
    }

    private func problem(_ detail: String, _ status: Int = 404, instance: String = "/api/v1/alarms/1") -> APIAnswer {
        APIAnswer(
            status: status,
            headers: [APIRequest.Pair("Content-Type", "application/problem+json")],
            body: JSONValue.map([
                "detail": .text(detail), "instance": .text(instance), "requestId": .text("r-\(detail.count)-\(status)"),
            ]).json
        )
    }

    // MARK: - Mutations

    @Test func `the other's text in a header is caught`() {
        let answer = APIAnswer(status: 200, headers: [APIRequest.Pair("ETag", "\"\(theirs.secret)-1\"")])
        let findings = judge.findings(of: probe(), answer)
        #expect(findings.map(\.kind) == [.leak])
        #expect(findings.first?.found.contains("the header ETag") ?? false)
    }

    @Test func `the other's text in a header's name is caught`() {
        let answer = APIAnswer(status: 200, headers: [APIRequest.Pair("X-\(theirs.secret)", "1")])
        #expect(judge.findings(of: probe(), answer).map(\.kind) == [.leak])
    }

    @Test func `the other's text in an error is caught`() {
        let findings = judge.findings(of: probe(), problem("row '\(theirs.secret)' is in the way", 409))
        #expect(findings.map(\.kind) == [.leak])
        #expect(findings.first?.found.contains("a stored text of organization B") ?? false)
    }

    @Test func `the other's text in a frame is caught`() {
        let frame = Array(#"{"type":"alert","alarm":{"note":"\#(theirs.secret)"}}"#.utf8)
        #expect(judge.leaks(of: probe(.stream), inFrame: frame).map(\.kind) == [.leak])
        #expect(judge.leaks(of: probe(.stream), inFrame: Array(#"{"type":"heartbeat"}"#.utf8)).isEmpty)
    }

    @Test(arguments: [
        #"{"id":"0f8fad5b-d9cb-469f-a165-70867728950e"}"#, #"{"signingKey":"whsec_0123456789abcdef"}"#,
    ])
    func `the other's ids and keys are caught where nobody asked about them`(body: String) {
        let findings = judge.findings(of: probe(), APIAnswer(status: 200, body: Array(body.utf8)))
        #expect(findings.map(\.kind) == [.leak])
    }

    @Test func `the other's reading is caught`() {
        let body = #"{"values":{"temp":\#(theirs.readingText)}}"#
        #expect(judge.findings(of: probe(), APIAnswer(status: 200, body: Array(body.utf8))).count == 1)
    }

    // MARK: - What is no leak

    @Test func `an id or a name that the request itself said tells nothing`() {
        let asked = probe(.foreignPath, path: "/api/v1/alarms/\(Self.alarm)")
        #expect(judge.findings(of: asked, problem("none", instance: "/api/v1/alarms/\(Self.alarm)")).isEmpty)
        let named = probe(.foreignNames, path: "/api/v1/alarms?asset=\(theirs.asset)")
        #expect(judge.findings(of: named, problem("There is no \(theirs.asset).")).isEmpty)
        #expect(judge.findings(of: probe(), problem("There is no \(theirs.asset).")).count == 1)
        var later = judge
        later.written = [theirs.bait]
        #expect(later.findings(of: probe(), problem("There is no \(theirs.asset).")).isEmpty)
    }

    @Test func `the record of what was asked may repeat it, and nothing else of the other's`() throws {
        let contract = try APIContract(
            yaml: "paths: {/api/v1/audit: {get: {operationId: listAudit, responses: {\"200\": {description: It.}}}}}"
        )
        let audit = Probe(try #require(contract.operations.first), .admin, .own, APIRequest("GET", "/api/v1/audit"))
        let body = Array(#"{"items":[{"resource":"/api/v1/alarms/\#(Self.alarm)"}]}"#.utf8)
        #expect(judge.findings(of: audit, APIAnswer(status: 200, body: body)).count == 1)
        var later = judge
        later.said = [Self.alarm]
        #expect(later.findings(of: audit, APIAnswer(status: 200, body: body)).isEmpty)
        #expect(later.findings(of: probe(), APIAnswer(status: 200, body: body)).count == 1)
    }

    @Test func `a stored text is a leak even where the request said it`() {
        let asked = probe(.foreignNames, path: "/api/v1/alarms?asset=\(theirs.secret)")
        #expect(judge.findings(of: asked, problem(theirs.secret)).count == 1)
    }

    // MARK: - Who is let in

    @Test(arguments: [Identity.nobody, .garbled, .forged, .unsigned, .expired])
    func `whoever has proven nothing gets 401 and nothing else`(identity: Identity) {
        #expect(judge.findings(of: probe(.own, identity), problem("no", 401)).isEmpty)
        for status in [200, 403, 404, 422] {
            #expect(judge.findings(of: probe(.own, identity), problem("no", status)).map(\.kind) == [.admitted])
        }
    }

    @Test func `the other organization's name in the header is as if there were none`() {
        #expect(judge.findings(of: probe(.foreignHeader), problem("no", 404)).isEmpty)
        #expect(judge.findings(of: probe(.foreignHeader), problem("no", 403)).map(\.kind) == [.admitted])
    }

    @Test func `the other's idempotency key is no key of one's own`() {
        #expect(judge.findings(of: probe(.foreignKey), APIAnswer(status: 201)).isEmpty)
        #expect(judge.findings(of: probe(.foreignKey), problem("the name is taken", 409)).isEmpty)
        let replayed = APIAnswer(status: 201, headers: [APIRequest.Pair("Idempotency-Replayed", "true")])
        #expect(judge.findings(of: probe(.foreignKey), replayed).map(\.kind) == [.admitted])
        let used = problem("The Idempotency-Key was used for another request.", 422)
        #expect(judge.findings(of: probe(.foreignKey), used).map(\.kind) == [.admitted])
    }

    @Test func `who lacks the permission that the contract names is refused`() {
        let allowed = APIAnswer(status: 200)
        #expect(judge.permission(of: probe(), allowed, held: ["alarm:read"]) == nil)
        #expect(judge.permission(of: probe(), allowed, held: ["asset:read"])?.kind == .admitted)
        #expect(judge.permission(of: probe(), problem("no", 403), held: []) == nil)
    }

    @Test func `a server that fails is a finding, one that can't at the moment is none`() {
        #expect(judge.findings(of: probe(), problem("oops", 500)).map(\.kind) == [.failed])
        #expect(judge.findings(of: probe(), problem("later", 503)).isEmpty)
    }

    // MARK: - Two answers

    private func compared(_ answer: (String) -> APIAnswer, _ missing: (String) -> APIAnswer) throws -> Finding? {
        let asked = probe(.foreignPath, path: "/api/v1/alarms/\(Self.alarm)")
        let twin = try #require(judge.twins.twin(of: asked.request))
        #expect(twin.path != asked.request.path)
        #expect(twin.path.count == asked.request.path.count)
        return judge.finding(of: asked, answer(asked.request.path), missing: missing(twin.path))
    }

    @Test func `the other's thing is answered like one that is not there, but for its own id`() throws {
        let same = try compared(
            { problem("There is no such alarm.", instance: $0) },
            { problem("There is no such alarm.", instance: $0) }
        )
        #expect(same == nil)
        let answered = try compared({ _ in APIAnswer(status: 200) }, { problem("none", instance: $0) })
        #expect(answered?.kind == .answered)
        let forbidden = try compared({ problem("no", 403, instance: $0) }, { problem("no", instance: $0) })
        #expect(forbidden?.kind == .distinguishable)
        let worded = try compared({ problem("It is another's.", instance: $0) }, { problem("None.", instance: $0) })
        #expect(worded?.kind == .distinguishable)
    }

    @Test func `one header more tells the two apart`() throws {
        let more = try compared(
            { path in
                let answer = problem("none", instance: path)
                return APIAnswer(
                    status: 404,
                    headers: answer.headers + [APIRequest.Pair("ETag", "1")],
                    body: answer.body
                )
            },
            { problem("none", instance: $0) }
        )
        #expect(more?.kind == .distinguishable)
    }
}
