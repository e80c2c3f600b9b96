extension IsolationWalk {
    /// Takes both canary organizations away again; what it can't is named in the report.
    ///
    /// To be called however ``run()`` ended, also where it was interrupted.
    package func cleanUp() async {
        show("cleaning up", 0.99)
        report.leftBehind = []
        for slug in report.organizations {
            do {
                if let reason = try await removal(of: slug) { left(slug, reason) }
            } catch {
                left(slug, "\(error)")
            }
        }
        guard let root, !root.refresh.isEmpty else { return }
        // Nothing is lost where it is refused: the session ends by itself.
        _ = try? await ask(
            APIRequest("POST", "/api/v1/auth/logout").with(token: root.access)
                .with(json: ["refreshToken": .text(root.refresh)])
        )
    }

    /// Why an organization is still there; nil where it is not.
    private func removal(of slug: String) async throws -> String? {
        let token = try await rootToken()
        let place = APIRequest("GET", "/api/v1/organizations/\(slug)").with(token: token)
        let found = try await ask(place)
        if found.status == 404 { return nil }
        guard let id = found.json?["id"]?.string else { return found.reason }
        let answer = try await ask(
            APIRequest("DELETE", "/api/v1/organizations/\(id)").with(token: token).with("Eagle-Confirm", slug)
                .with(json: ["slug": .text(slug)])
        )
        guard answer.isSuccess else { return answer.reason }
        // Nothing of it is to be had from the answer on: it is gone once that says that it has ended.
        let erasure = APIRequest("GET", "/api/v1/organizations/\(id)/erasure").with(token: token)
        for _ in 0..<Self.lookCount {
            let state = try await ask(erasure).json?["state"]?.string
            if state == "ENDED" { return nil }
            if state == nil, try await ask(place).status == 404 { return nil }
            try await Task.sleep(for: .milliseconds(500))
        }
        return "erasing it has begun, and has not ended"
    }

    private static let lookCount = 240

    private func left(_ slug: String, _ reason: String) {
        report.leftBehind.append("organization \(slug) is still there (\(reason))")
    }
}
