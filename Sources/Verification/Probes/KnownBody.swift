import Crypto
import Foundation

/// Bodies that are more than their schema says, by the operation's id.
///
/// They make something that is worth looking for; whatever is not here is made from its schema.
enum KnownBody {
    static func json(of operation: String, _ voice: Voice) -> JSONValue? {
        signingIn(operation, voice) ?? plant(operation, voice) ?? alarms(operation, voice) ?? delivery(operation, voice)
            ?? models(operation, voice)
    }

    private static func word(_ name: String, _ voice: Voice) -> JSONValue { .text(voice.words[name] ?? voice.text) }

    private static func signingIn(_ operation: String, _ voice: Voice) -> JSONValue? {
        switch operation {
        // Wrong on purpose: whether there is such a user must not be told.
        case "login": ["email": word("email", voice), "password": "not the password of anybody"]
        case "refresh", "logout": ["refreshToken": "bm90aGluZyB0aGF0IHRoaXMgc2VydmVyIGhhcyBtYWRlLi4"]
        case "createUser":
            ["email": word("email", voice), "password": .text(voice.password), "role": "OPERATOR"]
        case "setUserRole": ["role": "OPERATOR"]
        case "changePassword":
            ["password": .text(voice.password), "newPassword": .text(voice.password + " changed")]
        case "createOrganization": ["slug": word("slug", voice), "name": .text(voice.text)]
        case "createAPIKey":
            [
                "name": .text("key \(voice.serial) \(voice.text)"),
                "permissions": .list(voice.permissions.map { .text($0) }),
            ]
        default: nil
        }
    }

    private static func plant(_ operation: String, _ voice: Voice) -> JSONValue? {
        switch operation {
        case "putSchema": schema(voice)
        case "postReadings": ["readings": [row(voice, temperature: 20, at: voice.now)]]
        case "postFailures": ["failures": [failure(voice)]]
        case "correctFailure": ["failure": failure(voice), "reason": .text(voice.text)]
        case "putSource": ["kind": "sqlite", "path": word("path", voice), "table": "readings"]
        default: nil
        }
    }

    static func schema(_ voice: Voice) -> JSONValue {
        [
            "organization": word("organization", voice), "assetColumn": "machine", "timestampColumn": "timestamp",
            "continuousColumns": ["temp"], "booleanColumns": ["door"], "sourceStaleSeconds": 604_800,
            "rollingWindows": [3_600], "horizonMinutes": 60, "rules": [rule(voice)],
        ]
    }

    private static func rule(_ voice: Voice) -> JSONValue {
        [
            "id": word("rule", voice), "kind": "limit", "tag": "temp", "high": 100, "message": .text(voice.text),
        ]
    }

    static func row(_ voice: Voice, temperature: Double, at instant: String) -> JSONValue {
        [
            "machine": word("asset", voice), "timestamp": .text(instant), "temp": .number(temperature), "door": false,
        ]
    }

    private static func failure(_ voice: Voice) -> JSONValue {
        [
            "asset": word("asset", voice), "start": .text(voice.failureStart), "component": word("component", voice),
        ]
    }

    private static func alarms(_ operation: String, _ voice: Voice) -> JSONValue? {
        let reason = JSONValue.text(voice.text)
        return switch operation {
        case "acknowledgeAlarm": ["note": reason]
        case "shelveAlarm": ["minutes": 600, "reason": reason]
        case "putSuppression":
            [
                "asset": word("asset", voice), "condition": word("condition", voice), "kind": "outOfService",
                "minutes": 600, "reason": reason,
            ]
        case "giveFeedback": ["isAccurate": true, "reason": reason]
        case "rehearseRules": ["rules": [rule(voice)]]
        default: nil
        }
    }

    private static func delivery(_ operation: String, _ voice: Voice) -> JSONValue? {
        switch operation {
        case "createDeliveryTarget", "putDeliveryTarget":
            ["name": .text(targetName(voice)), "kind": "webhook", "url": .text(voice.address)]
        case "putDeliveryPolicy":
            ["routes": [["id": "canary", "severities": ["CRITICAL", "WARNING"], "targets": [word("target", voice)]]]]
        case "createPushSubscription":
            [
                "endpoint": .text(voice.address),
                "keys": ["p256dh": .text(point()), "auth": .text(base64URL(Array(repeating: 7, count: 16)))],
            ]
        default: nil
        }
    }

    private static func targetName(_ voice: Voice) -> String {
        let name = voice.words["target"] ?? "hook"
        return voice.serial == 0 ? name : "\(name)-\(voice.serial)"
    }

    /// A public key of P-256 that is nobody's (RFC 8291, section 3.1).
    private static func point() -> String {
        base64URL(Array(P256.KeyAgreement.PrivateKey().publicKey.x963Representation))
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func models(_ operation: String, _ voice: Voice) -> JSONValue? {
        let reason = JSONValue.text(voice.text)
        return switch operation {
        case "deployModel", "rollbackModel": ["reason": reason]
        case "predict":
            ["model": .text(voice.hash), "rows": [["asset": word("asset", voice), "features": [:]]]]
        case "putTrainingConfiguration": ["days": 30]
        case "startTraining": [:]
        case "putSchedule": ["cron": "17 3 * * *", "timeZone": "UTC"]
        case "putPredictionSwitch": ["predictionEnabled": false]
        default: nil
        }
    }
}
