import NIOWebSocket

/// Why a stream ends, as the close frame says it (RFC 6455, section 7.4; from 4000 on the codes are ours).
enum StreamEnding: Sendable, Equatable {
    case peerLeft
    case goingAway
    case protocolError(String)
    case tooLarge
    /// The token's time is over: sign in or refresh, and resume.
    case expired
    /// Who may come in has changed: refresh or sign in, and resume.
    case revoked
    /// It read too slowly or not at all: resume by the last sequence.
    case tooSlow
    case storeUnavailable
    /// The organization is no more: there is nothing to come back to.
    case gone

    var code: WebSocketErrorCode {
        switch self {
        case .peerLeft: .normalClosure
        case .goingAway: .goingAway
        case .protocolError: .protocolError
        case .tooLarge: .messageTooLarge
        case .expired, .revoked: .unknown(4401)
        case .tooSlow: .unknown(4408)
        case .storeUnavailable: .unknown(1013)
        case .gone: .unknown(4404)
        }
    }

    var reason: String {
        switch self {
        case .peerLeft: ""
        case .goingAway: "the server is going down: reconnect and resume"
        case .protocolError(let what): what
        case .tooLarge: "the frame is too large"
        case .expired: "the token has expired: refresh it and resume"
        case .revoked: "the login or key was ended or changed: refresh or sign in, and resume"
        case .tooSlow: "too slow: resume by the last sequence"
        case .storeUnavailable: "the store can't be reached: try again and resume"
        case .gone: "the organization is no more"
        }
    }
}
