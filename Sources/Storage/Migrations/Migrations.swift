package import Database

/// The tables' history, oldest first: append, never change.
package enum Migrations {
    package static let all = [
        Migration(
            number: 1,
            name: "the river",
            statements: organizations + plant + readings + alarms + models
        ),
        Migration(number: 2, name: "what a rollback took back", statements: rollbacks),
        Migration(number: 3, name: "training runs", statements: training),
        Migration(number: 4, name: "live evidence", statements: live),
        Migration(number: 5, name: "kinds of predictions", statements: kinds),
        Migration(number: 6, name: "system alarms", statements: system),
        Migration(number: 7, name: "suppression and latching", statements: suppression),
        Migration(number: 8, name: "long alarm lists", statements: longLists),
        Migration(number: 9, name: "judging alarms", statements: judging),
        Migration(number: 10, name: "explanations", statements: explanations),
        Migration(number: 11, name: "alerts by time, causes by rule version", statements: alertTimes),
        Migration(number: 12, name: "deliveries", statements: delivery),
        Migration(number: 13, name: "audit", statements: audit + serverAudit + auditedPredictions),
        Migration(number: 14, name: "who", statements: who),
        Migration(number: 15, name: "sso", statements: signIn),
        Migration(number: 16, name: "quotas", statements: quotas),
        Migration(number: 17, name: "erasures", statements: erasures),
        Migration(number: 18, name: "the keyring's mark", statements: keys),
        Migration(number: 19, name: "idempotency", statements: idempotency),
        Migration(number: 20, name: "webhooks' URLs", statements: openURLs),
        Migration(number: 21, name: "digests that wait, foretold alarms in lists", statements: digests + foretoldLists),
        Migration(number: 22, name: "notices of system alarms", statements: systemNotices),
        Migration(number: 23, name: "alarms by what models and people said", statements: foretoldKinds),
        Migration(number: 24, name: "authors of schemas", statements: schemaAuthors),
    ]
}
