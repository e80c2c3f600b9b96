import Alarms
import Delivery
import TestSupport
import Testing

@Suite struct PushContactTests {
    @Test(arguments: [
        ("mailto:ops@plant.example", true), ("https://eagle.plant.example", true),
        ("https://eagle.plant.example:8443/console", true), ("mailto:ops@localhost", false), ("mailto:", false),
        ("mailto:o.ps@plant", false), ("https://", false), ("https://eagle", false),
        ("http://eagle.plant.example", false), ("ops@plant.example", false), ("", false),
    ])
    func `a contact is a whole address`(text: String, isContact: Bool) {
        #expect(VAPIDKey.isContact(text) == isContact)
    }

    @Test func `without a contact it says what is missing`() async throws {
        let messengers = Messengers(client: try Loopback.client())
        #expect(!messengers.canSend(by: .webPush))
        let target = Loopback.target(.webPush(host: "push.example", p256dh: ""))
        let error = await #expect(throws: DeliveryError.self) {
            try await messengers.send(Notices.notice(), to: target, secret: .none, at: .t0)
        }
        #expect(error?.code == .misconfigured)
        #expect(error?.reason.contains("delivery.contact") == true)
    }
}
