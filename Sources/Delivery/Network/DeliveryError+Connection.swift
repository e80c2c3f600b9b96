import Alarms
import NIOSSL

extension DeliveryError {
    /// What broke a connection that was there.
    ///
    /// A peer that hangs up without TLS's goodbye had TLS, and a certificate: that is no matter of trust.
    init(connectionTo host: String, failedWith error: any Error) {
        switch error {
        case NIOSSLError.uncleanShutdown: self.init(.unreachable, "\(host) broke the connection")
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            self.init(.notSecure, "\(host) has no TLS, or no certificate that is trusted for this name")
        default: self.init(.unreachable, "\(host) broke the connection")
        }
    }
}
