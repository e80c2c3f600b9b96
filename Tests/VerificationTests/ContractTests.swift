import Testing

@testable import Verification

@Suite struct ContractTests {
    private let text = """
        info: {version: "7"}
        security: [{bearer: []}]
        paths:
          /open:
            get: {operationId: open, security: [], responses: {"200": {description: It.}}}
          /api/v1/notes/{id}/parts/{name}:
            parameters:
              - {$ref: "#/components/parameters/id"}
              - {name: name, in: path, required: true, schema: {type: string}}
            post:
              operationId: addPart
              x-permission: note:write
              parameters: [{name: Idempotency-Key, in: header, schema: {type: string}}]
              requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Part"}}}}
              responses: {"201": {description: It.}}
        components:
          parameters:
            id: {name: id, in: path, required: true, schema: {type: string, format: uuid}}
          schemas:
            Part:
              type: object
              required: [asset, reason, kind, size, owner]
              properties:
                asset: {type: string}
                reason: {type: string, maxLength: 9}
                kind: {type: string, enum: [first, second]}
                size: {type: integer, minimum: 5}
                owner: {type: string, format: uuid}
                targets: {type: array, items: {type: string}}
                inner: {$ref: "#/components/schemas/Part"}
        """

    private func voice() -> Voice {
        Voice(
            words: ["asset": "furnace", "target": "hook"],
            ids: ["owner": "11111111-1111-4111-8111-111111111111"],
            anyID: "22222222-2222-4222-8222-222222222222",
            text: "canary text",
            address: "https://127.0.0.1:9/",
            now: "2026-01-01T00:00:00Z",
            failureStart: "2026-01-01T00:00:00Z",
            password: "pass"
        )
    }

    @Test func `operations are read with what they take and who may`() throws {
        let contract = try APIContract(yaml: text)
        #expect(contract.version == "7")
        #expect(contract.digest.count == 64)
        #expect(contract.operations.map(\.id) == ["addPart", "open"])
        let part = try #require(contract.operation("addPart"))
        #expect(part.pathNames == ["id", "name"])
        #expect(part.collection(of: "id") == "/api/v1/notes")
        #expect(part.collection(of: "name") == "/api/v1/notes/{id}/parts")
        #expect(part.permission == "note:write")
        #expect(part.takesIdempotencyKey)
        #expect(part.isCreating)
        #expect(!part.isOpen)
        #expect(contract.operation("open")?.isOpen ?? false)
        #expect(part.path(with: ["id": "a/b", "name": "x y"]) == "/api/v1/notes/a%2Fb/parts/x%20y")
    }

    @Test func `a body is made of the schema, with names where names belong`() throws {
        let contract = try APIContract(yaml: text)
        let operation = try #require(contract.operation("addPart"))
        let request = RequestMaker(contract: contract).request(operation, voice())
        #expect(
            JSONValue(json: request.body) == [
                "asset": "furnace", "reason": "canary te", "kind": "first", "size": 5,
                "owner": "11111111-1111-4111-8111-111111111111",
            ]
        )
        let wide = RequestMaker(contract: contract).request(operation, voice(), isWide: true)
        #expect(JSONValue(json: wide.body)?["targets"] == ["hook"])
        #expect(JSONValue(json: wide.body)?["inner"]?["asset"] == "furnace")
    }

    @Test(arguments: ["", "just a text", "paths: 7", "paths: {}", "{"])
    func `what is no contract is an error`(text: String) {
        #expect(throws: VerificationError.self) { try APIContract(yaml: text) }
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"), ("https://eagle.example", "https://eagle.example:443"),
        ("http://[::1]:81/", "http://[::1]:81"), ("http://[::1]", "http://[::1]:80"),
    ])
    func `a server's address is read`(text: String, expected: String) {
        #expect(ServerAddress(text)?.description == expected)
    }

    @Test(arguments: [
        "", "eagle.example", "ftp://a", "http://", "http://a:0", "http://a:x", "http://a/b", "http://u@a",
    ])
    func `what is no address is refused`(text: String) {
        #expect(ServerAddress(text) == nil)
    }
}
