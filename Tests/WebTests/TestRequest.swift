import Foundation
import Plant
import Testing

@testable import Web

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What came back, already held against the contract.
struct Answer: Sendable {
    let status: Int
    let headers: [String: String]
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }
    /// The body as JSON; null where it is none.
    var json: Tree { (try? JSONDecoder().decode(Tree.self, from: body)) ?? .null }
    /// The stable code of a problem document.
    var code: String? { json["code"]?.string }
    /// Where the first thing is that a problem document finds wrong in the body.
    var errorPath: String? { json["errors"]?.list.first?["path"]?.list.compactMap(\.string).joined(separator: ".") }
    var items: [Tree] { json["items"]?.list ?? [] }

    func header(_ name: String) -> String? { headers[name.lowercased()] }
}

extension TestServer {
    /// Asks the server, and expects of every answer that the contract allows it.
    @discardableResult
    func ask(
        _ method: String,
        _ path: String,
        as person: Person? = nil,
        token: String? = nil,
        body: String? = nil,
        data: Data? = nil,
        type: String = "application/json",
        headers: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.timeoutInterval = 600
        if let token = token ?? person.map({ self.token(of: $0) }) {
            request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        }
        if let data = data ?? body.map({ Data($0.utf8) }) {
            request.httpBody = data
            request.setValue(type, forHTTPHeaderField: "Content-Type")
        }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (received, response) = try await Self.session.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        let pairs = http.allHeaderFields.map { (String(describing: $0.key).lowercased(), String(describing: $0.value)) }
        let answer = Answer(
            status: http.statusCode,
            headers: Dictionary(pairs, uniquingKeysWith: { first, _ in first }),
            body: received
        )
        let problems = contract.problems(of: answer, to: method, path)
        #expect(
            problems.isEmpty,
            "\(method) \(path) answered \(answer.status), \(problems): \(answer.text.prefix(500))",
            sourceLocation: sourceLocation
        )
        return answer
    }

    /// All servers here share one name, and would share their cookies.
    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        return URLSession(configuration: configuration)
    }()

    /// The id of somebody who belongs to an organization, as an admin sees it.
    func id(of person: Person) async throws -> String {
        let admin: Person = person == .southAdmin || person == .southOperator ? .southAdmin : .northAdmin
        let users = try await ask("GET", "/api/v1/users", as: admin)
        let user = users.items.first { $0["email"]?.string == email(of: person) }
        return try #require(user?["id"]?.string)
    }

    /// Signs somebody in.
    func login(
        _ person: Person,
        password: String = password,
        userAgent: String = "a test"
    ) async throws -> (status: Int, access: String, refresh: String) {
        let answer = try await ask(
            "POST",
            "/api/v1/auth/login",
            body: #"{"email":"\#(email(of: person))","password":"\#(password)"}"#,
            headers: ["User-Agent": userAgent]
        )
        return (
            answer.status, answer.json["accessToken"]?.string ?? "", answer.json["refreshToken"]?.string ?? ""
        )
    }

    /// Gives the organization a schema, as its admin.
    func prepare(_ person: Person = .northAdmin, rules: String = defaultRules) async throws {
        let slug = person == .southAdmin ? south.slug : north.slug
        let answer = try await ask("PUT", "/api/v1/schema", as: person, body: Self.schema(slug, rules: rules))
        #expect(answer.status == 200)
    }

    /// Pushes temperatures of one machine.
    @discardableResult
    func push(
        _ temperatures: [Double],
        machine: String = "furnace-1",
        from second: Int = 0,
        as person: Person = .northAdmin
    ) async throws -> Answer {
        try await ask(
            "POST",
            "/api/v1/readings",
            as: person,
            data: rows(temperatures, machine: machine, from: second)
        )
    }
}
