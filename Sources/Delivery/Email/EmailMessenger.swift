import Alarms
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Plant

/// Sends a notice as a mail, through the server's own mail server.
struct EmailMessenger: Messenger {
    let settings: MailSettings
    let dialer: Dialer
    /// For the mail server's name alone: no organization's slow names stand before it.
    let resolver: NameResolver
    private let progress = EmailProgress()

    init(settings: MailSettings, dialer: Dialer, lookup: @escaping NameResolver.Lookup) {
        self.settings = settings
        self.dialer = dialer
        resolver = NameResolver(threadCountMax: 1, lookup: lookup)
    }

    func send(
        _ notice: Notice,
        to target: DeliveryTarget,
        secret: DeliverySecret,
        at now: Instant
    ) async throws(DeliveryError) -> DeliveryReceipt {
        guard case .email(let receivers) = target.channel, !receivers.isEmpty,
            receivers.allSatisfy(EmailAddress.isValid)
        else { throw DeliveryError(.misconfigured, "the target's addresses are none") }
        let mail = EmailProgress.Mail(organization: notice.organization.slug, target: target.id, key: notice.key)
        let delivered = progress.delivered(of: mail)
        let rest = receivers.filter { !delivered.contains($0) }
        guard !rest.isEmpty else { return DeliveryReceipt(status: 250) }
        // All of them stand in its head: a mail is one, whoever gets it later.
        let message = EmailMessage(notice: notice, settings: settings, receivers: receivers, at: now)
        let dialogue = SMTPDialogue(
            settings: settings,
            receivers: rest,
            name: Self.ownName,
            isRest: rest.count < receivers.count
        )
        let receipt = try await submit(message.bytes, dialogue, of: mail)
        progress.forget(mail)
        return receipt
    }

    private func submit(
        _ message: [UInt8],
        _ dialogue: SMTPDialogue,
        of mail: EmailProgress.Mail
    ) async throws(DeliveryError) -> DeliveryReceipt {
        // A dialogue of a dozen turns takes longer than one request.
        let deadline = Deadline(host: settings.host, in: dialer.timeouts.whole * 2)
        let loop = dialer.group.any()
        // Under no organization's slug.
        let addresses = try await resolver.addresses(of: settings.host, for: "", until: deadline, on: loop)
        let promise = loop.makePromise(of: DeliveryReceipt.self)
        let (dialer, settings, progress) = (dialer, settings, progress)
        let channel: any Channel
        do throws(DeliveryError) {
            channel = try await dialer.connect(to: addresses, port: settings.port, until: deadline) { channel in
                let pipeline = channel.pipeline.syncOperations
                if settings.security == .tls { try pipeline.addHandler(dialer.tlsHandler(host: settings.host)) }
                try pipeline.addHandler(
                    SMTPHandler(dialogue, message: message, dialer: dialer, promise: promise) {
                        progress.note($0, of: mail)
                    }
                )
            }
        } catch {
            promise.fail(error)
            throw error
        }
        defer { channel.close(promise: nil) }
        return try await deadline.value(of: promise)
    }

    /// By which the machine calls itself, if that is a host's name.
    private static let ownName: String = {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
        let name = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return WebAddress.isHostName(name) ? name : "localhost"
    }()
}
