import Alarms
import Foundation

/// What is said to a mail server, reply by reply, until it has the message or has refused it.
///
/// Submission after RFC 5321 and 6409, with STARTTLS (RFC 3207) and AUTH (RFC 4954). Secrets are said only once TLS
/// stands, or where the operator has set that there is none.
///
/// A server takes as many receivers at a time as it likes: those that it puts off are told to it again in a transaction
/// of their own, as long as each brings the message to somebody. What it refuses before it knows a receiver is for its
/// operator and this server's to settle, and no receiver's fault: it is never final.
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

        /// Whether the answer may repeat a secret.
        var isLogin: Bool { [.plainAsked, .loginAsked, .userTold, .passwordTold].contains(self) }
    }

    let settings: MailSettings
    /// Valid ones, at least one.
    let receivers: [String]
    /// By which this machine calls itself.
    let name: String
    /// Whether others have had the message in an earlier attempt.
    let isRest: Bool
    /// Those that have the message now.
    private(set) var delivered: [String] = []
    private var state = State.greeting
    /// Of this transaction.
    private var asked: [String] = []
    private var accepted: [String] = []
    private var refused: [(address: String, reason: String)] = []
    private var delay: SMTPReply?
    private var status = 250

    init(settings: MailSettings, receivers: [String], name: String, isRest: Bool = false) {
        self.settings = settings
        self.receivers = receivers
        self.name = name
        self.isRest = isRest
    }

    mutating func received(_ reply: SMTPReply) -> Action {
        // 421: the server closes, whatever was asked.
        if reply.code == 421, !state.isLogin { return fail(reply) }
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
        case .dataAsked: return reply.code == 354 ? sendMessage() : refuseMessage(reply)
        case .messageSent: return reply.code / 100 == 2 ? deliver(reply) : refuseMessage(reply)
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
        return .fail(
            error(.receiverFailed, nil, "the mail server offers neither AUTH PLAIN nor AUTH LOGIN: \(Self.whoHelps)")
        )
    }

    /// Not in the server's words: some repeat what they were told.
    private mutating func refuseLogin(_ reply: SMTPReply) -> Action {
        state = .over
        let what = reply.code / 100 == 5 ? "refuses user name or password" : "takes no login now"
        return .fail(error(.receiverFailed, reply.code, "the mail server \(what): \(Self.whoHelps)"))
    }

    private static let whoHelps = "the server's operator looks after delivery.smtp"

    private mutating func tellSender() -> Action {
        asked = rest
        accepted = []
        return say("MAIL FROM:<\(settings.from)>", .senderTold)
    }

    private mutating func tellReceiver(_ index: Int) -> Action {
        say("RCPT TO:<\(asked[index])>", .receiverTold(index))
    }

    private mutating func received(_ reply: SMTPReply, for index: Int) -> Action {
        switch reply.code {
        case 200..<300: accepted.append(asked[index])
        // 552 is what some say for 452: too many receivers (RFC 5321, 4.5.3.1.10).
        case 500..<600 where reply.code != 552: refused.append((address: asked[index], reason: reply.text))
        default: delay = reply
        }
        if index + 1 < asked.count { return tellReceiver(index + 1) }
        return accepted.isEmpty ? conclude(reply) : say("DATA", .dataAsked)
    }

    private mutating func sendMessage() -> Action {
        state = .messageSent
        return .sendMessage
    }

    private mutating func deliver(_ reply: SMTPReply) -> Action {
        delivered += accepted
        status = reply.code
        return rest.isEmpty ? conclude(reply) : tellSender()
    }

    private mutating func refuseMessage(_ reply: SMTPReply) -> Action {
        if reply.code / 100 == 5 {
            refused += accepted.map { (address: $0, reason: reply.text) }
        } else {
            delay = reply
        }
        return conclude(reply)
    }

    /// Nothing more is to be had: whoever is still without the message gets it in a further attempt.
    private mutating func conclude(_ reply: SMTPReply) -> Action {
        guard rest.isEmpty else { return fail(delay ?? reply) }
        state = .over
        guard isRest || !delivered.isEmpty else {
            return .fail(error(.rejected, reply.code, "the mail server answers \(reply.text)"))
        }
        return .finish(DeliveryReceipt(status: status, refused: refusals), goodbye: "QUIT")
    }

    private mutating func fail(_ reply: SMTPReply) -> Action {
        state = .over
        let isPart = isRest || rest.count < receivers.count
        let to = isPart ? " for \(rest.joined(separator: ", "))" : ""
        return .fail(error(.receiverFailed, reply.code, "the mail server answers \(reply.text)\(to)"))
    }

    /// Those that neither have the message nor will ever have it.
    private var rest: [String] {
        receivers.filter { address in
            !delivered.contains(address) && !refused.contains { $0.address == address }
        }
    }

    private var refusals: [String] { refused.map { "\($0.address): \($0.reason)" } }

    private func error(_ code: DeliveryError.Code, _ status: Int?, _ reason: String) -> DeliveryError {
        DeliveryError(code, status: status, refused: refusals, delayed: rest, reason)
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
