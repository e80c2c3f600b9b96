import Features

extension ModelArtifact {
    /// Reads the boosters, which serving needs for nothing but explanations.
    ///
    /// - Throws: ``ModelError`` with `.artifactCorrupt` for one that is none.
    package func proveBoosters() throws(ModelError) {
        for (head, text) in boosters.sorted(by: { $0.key < $1.key }) {
            do {
                _ = try BoosterText(text)
                if head == "failure" { _ = try BoosterText.plain(text, featureCount: manifest.view.count) }
            } catch {
                throw ModelError(.artifactCorrupt, "the \(head) booster's text is broken", cause: error)
            }
        }
    }
}
