import Connectors
import Database
import Models
import Serving
import Storage
import Trust

/// What the rooms' own errors mean to a client.
extension Problem {
    init(_ error: AuthorizationError) {
        switch error.code {
        case .forbidden:
            let permission = error.permission.map { " '\($0.rawValue)'" } ?? ""
            self.init(.forbidden, "It takes the permission\(permission), which your role does not have.")
        case .notFound: self = .notFound("organization")
        case .organizationRequired:
            self.init(.organizationRequired, "Name the organization: 'Eagle-Organization: <slug or id>'.")
        }
    }

    /// Only of bodies: the path in it is a name that was given to the body.
    init(_ error: FileError) {
        let place = [error.line.map { "line \($0)" }, error.column.map { "column \($0)" }].compactMap(\.self)
        let prefix = place.isEmpty ? "" : place.joined(separator: ", ") + ": "
        self.init(.invalid, "The body \(prefix)\(error.message)", errors: [Detail(path: place, message: error.message)])
    }

    init(_ error: StorageError) {
        switch error.code {
        case .duplicate, .conflict:
            self.init(.conflict, "\(error.message.prefix(1).uppercased() + error.message.dropFirst()).", cause: error)
        case .notFound: self.init(.notFound, "There is no such thing.", cause: error)
        case .cursorMoved: self.init(.conflict, "It changed in the meantime. Try again.", cause: error)
        case .invalid: self.init(.invalid, error.message, cause: error)
        case .invalidKey: self.init(.badRequest, error.message, cause: error)
        case .unreadable: self.init(.internalError, "It was logged under the request's id.", cause: error)
        case .full: self = .diskFull(error)
        }
    }

    /// What is wrong with keys is the server's business: an organization is told what that means to it.
    init(_ error: KeyError) {
        switch error.code {
        case .destroyed:
            self.init(.conflict, "The organization's keys were destroyed: what was sealed is gone.", cause: error)
        case .exhausted, .masterMissing, .masterWeak, .masterUnavailable, .keyringLost, .readOnly:
            self.init(
                .unavailable,
                "The keys can't be had at present. Whoever runs the server finds the reason in its log.",
                retryAfterSeconds: 60,
                cause: error
            )
        case .notSealed, .unknownFormat, .unknownKey, .wrongKey, .tampered:
            self.init(.internalError, "It was logged under the request's id.", cause: error)
        }
    }

    init(_ error: DatabaseError) {
        switch error.code {
        case .unavailable, .busy:
            self.init(.unavailable, "Nothing of it was kept. Try again.", retryAfterSeconds: 5, cause: error)
        case .full:
            self = .diskFull(error)
        case .constraint, .corrupt, .tooNew, .readOnly, .unreadable, .statement:
            self.init(.internalError, "It was logged under the request's id.", cause: error)
        }
    }

    private static func diskFull(_ error: any Error) -> Problem {
        Problem(
            .storageFull,
            "The server's disk is full. Nothing of it was kept; try again once there is room.",
            retryAfterSeconds: 30,
            cause: error
        )
    }

    /// 429 where waiting helps, else 409: somebody has to make room, or to allow more.
    init(_ error: QuotaExceeded) {
        self.init(
            error.wait == nil ? .quotaExceeded : .tooManyRequests,
            error.description,
            retryAfterSeconds: error.waitSeconds,
            cause: error
        )
        quota = QuotaUse(name: error.quota.rawValue, use: error.use, limit: error.limit)
    }

    init(_ error: ModelError) {
        switch error.code {
        case .artifactCorrupt, .signatureMismatch, .goldenVectorsMismatch:
            self.init(.invalid, "The model is refused: \(error.message).", cause: error)
        case .runtimeMissing, .runtimeFailed, .outOfMemory, .outputInvalid:
            self.init(
                .unavailable,
                "The model can't be run here: \(error.message).",
                retryAfterSeconds: 60,
                cause: error
            )
        case .artifactMissing:
            self.init(.conflict, "It can't be done: \(error.message).", cause: error)
        }
    }

    /// Whoever asks is not to blame for it, and finds it served again once it is well.
    init(_ error: ModelUnwell) {
        self.init(
            .modelUnwell,
            "The model \(error.version) is not asked: \(error.reason).",
            retryAfterSeconds: 60,
            cause: error
        )
    }

    init(_ error: TooManyRows) {
        self.init(
            .tooManyRequests,
            "Too many rows wait for predictions already. Nothing of it was asked; try again.",
            retryAfterSeconds: error.retryAfterSeconds,
            cause: error
        )
    }

    init(_ error: Overdue) {
        self.init(
            .unavailable,
            "The model did not answer in time. Send fewer rows, or try again.",
            retryAfterSeconds: 2,
            cause: error
        )
    }

    init(_ error: HistoryError) {
        let sentence = error.description.prefix(1).uppercased() + error.description.dropFirst() + "."
        switch error.code {
        case .busy: self.init(.tooManyRequests, sentence, retryAfterSeconds: 10, cause: error)
        case .overdue: self.init(.unavailable, sentence, retryAfterSeconds: 60, cause: error)
        }
    }

    init(_ error: LaneError) {
        switch error.code {
        case .busy:
            self.init(.unavailable, "Too much waits for the lane. Try again.", retryAfterSeconds: 2, cause: error)
        case .storeFailing:
            self.init(
                .unavailable,
                "The store fails at the moment. Nothing of it was kept; try again.",
                retryAfterSeconds: 5,
                cause: error
            )
        case .stopped:
            self.init(
                .unavailable,
                "The server is stopping. Nothing of it was kept.",
                retryAfterSeconds: 10,
                cause: error
            )
        }
    }
}
