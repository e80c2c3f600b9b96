import Alarms
import Foundation

/// What is said to a mail server, reply by reply, until it has the message or has refused it.
///
/// Submission after RFC 5321 and 6409, with STARTTLS (RFC 3207) and AUTH (RFC 4954). Secrets are said only once TLS
/// stands, or where the operator has set that there is none.
struct SMTPDialogue: Sendable {
    enum Action: Hashable, Sendable {
        /// A command, without the line's end.
        case say(String)
        case beginTLS
        /// The message, then its end.
        case sendMessage
        /// It is with the server; the command says goodbye.
        case finish(DeliveryReceipt, goodbye: String)
        case fail(DeliveryError)
    }

    private enum State: Hashable, Sendable {
        case greeting, hello, tlsAsked, helloAgain
        case plainAsked, loginAsked, userTold, passwordTold
        case senderTold, receiverTold(Int), dataAsked, messageSent
        case over
    }

    let settings: MailSettings
    /// Valid ones, at least one.
    let receivers: [String]
    /// By which this machine calls itself.
    let name: String
    private var state = State.greeting
    private var acceptedCount = 0
    private var refused: [String] = []
    private var delay: SMTPReply?

    init(settings: MailSettings, receivers: [String], name: String) {
        self.settings = settings
        self.receivers = receivers
        self.name = name
    }

    mutating func received(_ reply: SMTPReply) -> Action {
        // 421: the server closes, whatever was asked.
        if reply.code == 421 { return fail(reply) }
        switch state {
        case .greeting: return reply.code == 220 ? hello(then: .hello) : fail(reply)
        case .hello: return reply.code == 250 ? secured(by: reply) : fail(reply)
        case .tlsAsked: return beginTLS(reply)
        case .helloAgain: return reply.code == 250 ? logIn(by: reply) : fail(reply)
        case .plainAsked, .passwordTold: return reply.code == 235 ? tellSender() : refuseLogin(reply)
        case .loginAsked:
            return reply.code == 334 ? say(base64(settings.login?.username), .userTold) : refuseLogin(reply)
        case .userTold:
            return reply.code == 334 ? say(base64(settings.login?.password), .passwordTold) : refuseLogin(reply)
        case .senderTold: return reply.code / 100 == 2 ? tellReceiver(0) : fail(reply)
        case .receiverTold(let index): return received(reply, for: index)
        case .dataAsked: return reply.code == 354 ? sendMessage() : fail(reply)
        case .messageSent: return reply.code / 100 == 2 ? finish(reply) : fail(reply)
        case .over: return .fail(unexpected)
        }
    }

    /// TLS is asked for; the server is greeted anew under it, since what it said before could be anybody's.
    mutating func beganTLS() -> Action { hello(then: .helloAgain) }

    private mutating func hello(then next: State) -> Action { say("EHLO \(name)", next) }

    private mutating func say(_ command: String, _ next: State) -> Action {
        state = next
        return .say(command)
    }

    private mutating func secured(by reply: SMTPReply) -> Action {
        guard settings.security == .starttls else { return logIn(by: reply) }
        guard reply.keywords["STARTTLS"] != nil else {
            state = .over
            return .fail(DeliveryError(.notSecure, "the mail server offers no STARTTLS, and nothing is sent without"))
        }
        return say("STARTTLS", .tlsAsked)
    }

    private mutating func beginTLS(_ reply: SMTPReply) -> Action {
        guard reply.code == 220 else {
            state = .over
            return .fail(
                DeliveryError(.notSecure, status: reply.code, "the mail server refuses STARTTLS: \(reply.text)")
            )
        }
        return .beginTLS
    }

    private mutating func logIn(by reply: SMTPReply) -> Action {
        guard let login = settings.login else { return tellSender() }
        let ways = reply.keywords["AUTH"] ?? []
        if ways.contains("PLAIN") {
            return say("AUTH PLAIN \(base64("\0\(login.username)\0\(login.password)"))", .plainAsked)
        }
        if ways.contains("LOGIN") { return say("AUTH LOGIN", .loginAsked) }
        state = .over
        return .fail(DeliveryError(.misconfigured, "the mail server offers neither AUTH PLAIN nor AUTH LOGIN"))
    }

    private mutating func refuseLogin(_ reply: SMTPReply) -> Action {
        guard reply.code / 100 == 5 else { return fail(reply) }
        state = .over
        // Not the server's words: some repeat what they were told.
        return .fail(DeliveryError(.misconfigured, status: reply.code, "the mail server refuses user name or password"))
    }

    private mutating func tellSender() -> Action { say("MAIL FROM:<\(settings.from)>", .senderTold) }

    private mutating func tellReceiver(_ index: Int) -> Action {
        say("RCPT TO:<\(receivers[index])>", .receiverTold(index))
    }

    private mutating func received(_ reply: SMTPReply, for index: Int) -> Action {
        switch reply.code / 100 {
        case 2: acceptedCount += 1
        case 4: delay = delay ?? reply
        default: refused.append("\(receivers[index]): \(reply.text)")
        }
        if index + 1 < receivers.count { return tellReceiver(index + 1) }
        if acceptedCount > 0 { return say("DATA", .dataAsked) }
        if let delay { return fail(delay) }
        return fail(reply)
    }

    private mutating func sendMessage() -> Action {
        state = .messageSent
        return .sendMessage
    }

    private mutating func finish(_ reply: SMTPReply) -> Action {
        state = .over
        guard let delay else { return .finish(DeliveryReceipt(status: reply.code, refused: refused), goodbye: "QUIT") }
        // The others have it, and will have it again under the same Message-ID: better twice than not at all.
        return .fail(Self.error(delay))
    }

    private mutating func fail(_ reply: SMTPReply) -> Action {
        state = .over
        return .fail(Self.error(reply))
    }

    private static func error(_ reply: SMTPReply) -> DeliveryError {
        let text = "the mail server answers \(reply.text)"
        switch reply.code / 100 {
        case 4: return DeliveryError(.receiverFailed, status: reply.code, text)
        case 5: return DeliveryError(.rejected, status: reply.code, text)
        default: return DeliveryError(.receiverFailed, status: reply.code, text)
        }
    }

    private var unexpected: DeliveryError { DeliveryError(.receiverFailed, "the mail server speaks unasked") }

    private func base64(_ text: String?) -> String { Data((text ?? "").utf8).base64EncodedString() }
}

extension SMTPReply {
    /// The extensions that an EHLO's answer names, in upper case, each with its parameters.
    fileprivate var keywords: [String: [String]] {
        var keywords: [String: [String]] = [:]
        for line in lines.dropFirst() {
            // "AUTH=LOGIN PLAIN" is how some old servers write it.
            let words = line.uppercased().split { $0 == " " || $0 == "=" }.map(String.init)
            guard let first = words.first else { continue }
            keywords[first, default: []] += words.dropFirst()
        }
        return keywords
    }
}
