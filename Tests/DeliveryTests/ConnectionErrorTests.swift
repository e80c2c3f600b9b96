import Alarms
import NIOCore
import NIOSSL
import Testing

@testable import Delivery

@Suite struct ConnectionErrorTests {
    private static let errors: [(any Error, DeliveryError.Code)] = [
        (NIOSSLError.uncleanShutdown, .unreachable), (NIOSSLError.handshakeFailed(.noError), .notSecure),
        (NIOSSLExtraError.failedToValidateHostname, .notSecure), (ChannelError.eof, .unreachable),
    ]

    @Test func `the rest of an answer is waited for no longer than the deadline leaves time to tell its verdict`() {
        let soon = Deadline(host: "hook.example", in: .seconds(2))
        #expect(AnswerReader.rest(atMost: .seconds(60), before: soon) <= .seconds(1))
        let late = Deadline(host: "hook.example", in: .seconds(600))
        #expect(AnswerReader.rest(atMost: .seconds(60), before: late) == .seconds(60))
    }

    @Test(arguments: errors)
    func `only what TLS proves or doesn't is a matter of trust`(error: any Error, code: DeliveryError.Code) {
        #expect(DeliveryError(connectionTo: "hook.example", failedWith: error).code == code)
    }
}
