import Foundation
import Plant

@testable import Web

/// What there is to be asked of a server, and with what one may ask.
struct FuzzTarget: Sendable {
    struct Operation: Sendable {
        let method: String
        let path: String
        /// The names that its query knows.
        let query: [String]
        /// Whether only those who run the server may.
        let isOfServer: Bool

        var key: String { "\(method) \(path)" }

        /// Whether it may end the session of whoever asks: then nobody asks with a good token, or all others would be
        /// worth nothing.
        var endsSessions: Bool {
            method != "GET" && path.hasPrefix("/api/v1/auth/")
                && !["login", "refresh", "logout"].contains { path.hasSuffix("/" + $0) }
        }
    }

    let operations: [Operation]
    /// By person: good ones.
    let tokens: [TestServer.Person: String]
    /// Of things of both organizations, and of none.
    let ids: [String]
    let organizations: [String]
    /// What else one can have in hand.
    let means: FuzzMeans

    /// - Parameters:
    ///   - server: Whose contract says what there is.
    ///   - ids: Of things that are there, whosever they are.
    ///   - means: What was given out beforehand.
    init(_ server: TestServer, ids: [String], means: FuzzMeans) {
        operations =
            server.contract.document["paths"]?.map.flatMap { path, item -> [Operation] in
                let common = Self.queryNames(item["parameters"])
                return item.map.compactMap { method, operation in
                    guard ["get", "put", "post", "delete", "patch"].contains(method) else { return nil }
                    return Operation(
                        method: method.uppercased(),
                        path: path,
                        query: common + Self.queryNames(operation["parameters"]),
                        isOfServer: ["organization:manage", "system:read"].contains(
                            operation["x-permission"]?.string ?? ""
                        )
                    )
                }
            }.sorted { $0.key < $1.key } ?? []
        tokens = Dictionary(uniqueKeysWithValues: TestServer.Person.allCases.map { ($0, server.token(of: $0)) })
        self.ids = ids + [UUID().uuidString, "nonsense", String(repeating: "0", count: 64)]
        self.means = means
        organizations = [
            server.north.slug, server.south.slug, server.north.id.description, server.south.id.description, "nowhere",
        ]
    }

    private static func queryNames(_ parameters: Tree?) -> [String] {
        (parameters?.list ?? []).compactMap { $0["in"]?.string == "query" ? $0["name"]?.string : nil }
    }

    /// Bodies that the southern organization's operations take, or nearly.
    static let bodies: [String: String] = [
        "POST /api/v1/auth/login": #"{"email":"southAdmin@example.com","password":"a good password"}"#,
        "POST /api/v1/auth/refresh": #"{"refreshToken":"0000"}"#,
        "POST /api/v1/auth/logout": #"{"refreshToken":"0000"}"#,
        "POST /api/v1/auth/password": #"{"password":"a good password","newPassword":"another password"}"#,
        "POST /api/v1/auth/totp": #"{"email":"southAdmin@example.com","password":"a good password"}"#,
        "POST /api/v1/auth/totp/confirm":
            #"{"email":"southAdmin@example.com","password":"a good password","code":"000000"}"#,
        "POST /api/v1/auth/totp/remove":
            #"{"email":"southAdmin@example.com","password":"a good password","code":"000000"}"#,
        "POST /api/v1/auth/oidc/exchange": #"{"code":"0000"}"#,
        "PUT /api/v1/sign-in-policy": #"{"secondFactorRequired":false}"#,
        "PUT /api/v1/users/{id}/role": #"{"role":"OPERATOR"}"#,
        "PUT /api/v1/users/{id}/password": #"{"password":"long enough"}"#,
        "POST /api/v1/api-keys":
            #"{"name":"a","permissions":["reading:write"],"expiresAt":"2027-01-01T00:00:00Z"}"#,
        "POST /api/v1/organizations": #"{"slug":"east","name":"East Works"}"#,
        "PUT /api/v1/organizations/{id}/quota": #"{"models":900,"users":900}"#,
        "POST /api/v1/users": #"{"email":"new@example.com","password":"long enough","role":"OPERATOR"}"#,
        "PUT /api/v1/schema": TestServer.schema(
            "south",
            rules: #"""
                {"id":"hot","kind":"limit","tag":"temp","high":100,"deadband":1,"onDelaySeconds":5},
                {"id":"open","kind":"binary","tag":"door","severity":"WARNING"},
                {"id":"fast","kind":"rateOfChange","tag":"temp","rise":5,"overSeconds":60},
                {"id":"quiet","kind":"stale","tag":"temp","afterSeconds":600,"severity":"WARNING"}
                """#
        ),
        "PUT /api/v1/source": #"{"kind":"sqlite","path":"/srv/south/none.sqlite","table":"t","orderColumn":"id"}"#,
        "POST /api/v1/readings": #"""
        {"readings":[{"machine":"m","timestamp":"2026-01-01T00:00:00Z","temp":20.5,"door":false,
        "quality":{"temp":"uncertain"}},{"machine":"m","timestamp":"2026-01-01T00:00:01Z","temp":"21","door":1}]}
        """#,
        "POST /api/v1/failures":
            #"{"failures":[{"asset":"m","start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z","component":"belt"}]}"#,
        "PUT /api/v1/failures": #"{"failure":{"asset":"m","start":"2026-01-01T00:00:00Z"},"reason":"wrong"}"#,
        "POST /api/v1/alarms/{id}/acknowledge": #"{"note":"seen"}"#,
        "POST /api/v1/alarms/{id}/shelve": #"{"minutes":5,"reason":"a test"}"#,
        "POST /api/v1/alarms/{id}/feedback": #"{"isAccurate":true,"reason":"so","component":"belt"}"#,
        "PUT /api/v1/suppressions": #"{"asset":"m","condition":"rule:hot","kind":"shelved","minutes":5,"reason":"a"}"#,
        "POST /api/v1/rules/rehearsal":
            #"{"rules":[{"id":"hot","kind":"limit","tag":"temp","high":9}],"from":"2026-01-01T00:00:00Z"}"#,
        "POST /api/v1/models/rollback": #"{"reason":"a test"}"#,
        "POST /api/v1/models/{hash}/deploy": #"{"reason":"a test"}"#,
        "PUT /api/v1/prediction-switch": #"{"predictionEnabled":true}"#,
        "POST /api/v1/predictions":
            #"{"rows":[{"asset":"m","at":"2026-01-01T00:00:00Z","features":{"temp":1,"door":null}}]}"#,
        "POST /api/v1/training-runs": #"{"configuration":{"days":7,"components":["belt"]}}"#,
        "PUT /api/v1/training-configuration":
            #"{"days":7,"judgedShare":0.3,"treesMax":50,"horizonMinutes":60,"tags":["temp"],"lagSeconds":[60]}"#,
        "PUT /api/v1/schedule":
            #"{"cron":"17 3 * * 1-5","timeZone":"Asia/Kolkata","jitterSeconds":60,"feedbackCount":9}"#,
        "PUT /api/v1/delivery-policy": #"""
        {"routes":[{"id":"all","targets":["*"],"quietHours":{"timeZone":"UTC","from":"22:00","to":"06:00"},
        "escalation":[{"afterMinutes":5,"targets":["*"]}]}],"perMinuteMax":5}
        """#,
        "POST /api/v1/delivery-targets": #"{"name":"a","kind":"email","to":["a@south.example"]}"#,
        "PUT /api/v1/delivery-targets/{id}": #"{"name":"a","kind":"email","to":["a@south.example"]}"#,
        "POST /api/v1/push-subscriptions":
            #"{"endpoint":"https://127.0.0.1:1/","keys":{"p256dh":"AAAA","auth":"AAAA"}}"#,
    ]

    static let csv =
        "machine,timestamp,temp,door\r\nm,2026-01-01T00:00:02Z,20,0\r\nm,2026-01-01T00:00:03Z,\"2\"\"1\",1\r\n"

    static let yaml = """
        organization: south
        assetColumn: machine
        continuousColumns: [temp]
        booleanColumns: [door]
        horizonMinutes: 1440
        timeZone: Asia/Kolkata
        rules:
          - {id: hot, kind: limit, tag: temp, high: 100}
          - id: open
            kind: binary
            tag: door
            severity: WARNING
        """
}
