/// One of the two canary organizations: what it holds, and who its people are.
struct Party: Sendable {
    let canary: Canary
    /// Its id.
    let organization: String
    var inventory: Inventory
    var admin: Session?
    var `operator`: Session?
    var apiKey: String?
    var failureStart: String?
    /// What was told once and must never be seen again.
    var credentials: [String] = []

    init(_ canary: Canary, organization: String) {
        self.canary = canary
        self.organization = organization
        inventory = Inventory(organization: organization, slug: canary.slug)
    }
}

/// Somebody signed in.
struct Session: Sendable {
    let email: String
    let password: String
    var access: String
    var refresh: String
    /// Seconds of which the access token is good, from when it was got.
    var lifetime: Double
    var gotAt: ContinuousClock.Instant
    /// What its user may do, as the server says.
    var permissions: Set<String>

    /// Whether to get a new token before asking anything more.
    var isOld: Bool { ContinuousClock.now - gotAt > .seconds(lifetime * 0.7) }

    init?(_ answer: APIAnswer, email: String, password: String) {
        guard let json = answer.json, let access = json["accessToken"]?.string else { return nil }
        self.email = email
        self.password = password
        self.access = access
        refresh = json["refreshToken"]?.string ?? ""
        lifetime = json["expiresIn"]?.number ?? 600
        gotAt = .now
        permissions = Set(json["user"]?["permissions"]?.list.compactMap(\.string) ?? [])
    }
}
