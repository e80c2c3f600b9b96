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

    @Test(arguments: errors)
    func `only what TLS proves or doesn't is a matter of trust`(error: any Error, code: DeliveryError.Code) {
        #expect(DeliveryError(connectionTo: "hook.example", failedWith: error).code == code)
    }
}
