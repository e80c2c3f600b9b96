/// Whose names a request holds.
struct Voice: Sendable {
    /// By the key or parameter at which they stand, lower case.
    var words: [String: String]
    /// Ids, likewise.
    var ids: [String: String] = [:]
    /// What stands at an id of which nobody knows what it names.
    var anyID: String
    /// What stands where the schema wants a model's version or another hash.
    var hash = String(repeating: "0", count: 64)
    /// Free text, always that of whoever asks.
    var text: String
    var address: String
    /// The server's present, RFC 3339.
    var now: String
    /// When the organization's recorded failure began.
    var failureStart: String
    /// Tells new things from those made before.
    var serial = 0
    var password: String
    /// What a machine's key is made for.
    var permissions: [String] = []

    /// Organization and names of the one, texts of the other.
    static func of(_ names: Party, texts: Party, now: String, serial: Int = 0) -> Voice {
        var ids: [String: String] = [:]
        for (name, collection) in collections { ids[name] = names.inventory.id(in: "/api/v1/" + collection) }
        let version = names.inventory.first(in: "/api/v1/models")?["version"]?.string
        return Voice(
            words: names.canary.words,
            ids: ids,
            anyID: ids["alarm"] ?? names.organization,
            hash: version ?? String(repeating: "0", count: 64),
            text: texts.canary.text,
            address: texts.canary.address,
            now: now,
            failureStart: names.failureStart ?? now,
            serial: serial,
            password: texts.canary.password,
            permissions: (texts.operator?.permissions ?? []).sorted()
        )
    }

    private static let collections = [
        "asset": "assets", "alarm": "alarms", "target": "delivery-targets", "user": "users", "run": "training-runs",
        "trainingrun": "training-runs", "delivery": "deliveries", "key": "api-keys", "apikey": "api-keys",
    ]

    /// What stands at a key of that name.
    func word(_ name: String, _ schema: JSONValue) -> JSONValue? {
        let key = name.lowercased()
        switch schema["format"]?.string {
        case "uuid": return .text(ids[key] ?? anyID)
        case "date-time": return .text(key == "start" ? failureStart : now)
        default: break
        }
        switch schema["type"]?.string {
        case "string", nil: break
        case "integer", "number": return Self.numbers[key].map { .number($0) }
        default: return nil
        }
        if let word = words[key] { return .text(word) }
        if ["hash", "model", "version"].contains(key) { return .text(hash) }
        if key.contains("password") { return .text(password) }
        if key.contains("url") || ["endpoint", "issuer", "server"].contains(key) { return .text(address) }
        if let constant = Self.constants[key] { return .text(constant) }
        guard schema["pattern"] == nil, schema["format"] == nil else { return nil }
        return .text(String(text.prefix(Int(schema["maxLength"]?.number ?? 200))))
    }

    private static let numbers: [String: Double] = ["minutes": 60, "days": 30, "afterminutes": 60]
    private static let constants = [
        "timezone": "UTC", "cron": "17 3 * * *", "tag": "temp", "code": "000000", "from": "22:00", "to": "06:00",
    ]
}
