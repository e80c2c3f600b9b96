import Database

extension Migrations {
    /// What a prediction's number means: there are anomaly scores beside probabilities.
    static let kinds: [SQL] = [
        "ALTER TABLE prediction ADD COLUMN kind \(type: .text) NOT NULL DEFAULT 'FAILURE'"
    ]
}
