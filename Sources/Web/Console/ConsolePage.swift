import HTTPTypes
import Hummingbird
import NIOCore

/// The operators' page: one file, which loads nothing from anywhere.
enum ConsolePage {
    /// The page, with a place wherever the nonce goes.
    static let source = String(decoding: PackageResources.console_html, as: UTF8.self)
        .replacing("{{models}}", with: String(decoding: PackageResources.models_js, as: UTF8.self))
        .replacing("{{systemAlarms}}", with: String(decoding: PackageResources.system_alarms_js, as: UTF8.self))
        .replacing("{{silence}}", with: String(decoding: PackageResources.silence_js, as: UTF8.self))
        .replacing("{{linked}}", with: String(decoding: PackageResources.linked_js, as: UTF8.self))
        .replacing("{{accuracy}}", with: String(decoding: PackageResources.accuracy_js, as: UTF8.self))
        .replacing("{{judging}}", with: String(decoding: PackageResources.judging_js, as: UTF8.self))
        .replacing("{{attention}}", with: String(decoding: PackageResources.attention_js, as: UTF8.self))
        .replacing("{{explanations}}", with: String(decoding: PackageResources.explanations_js, as: UTF8.self))
        .replacing("{{quality}}", with: String(decoding: PackageResources.quality_js, as: UTF8.self))
        .replacing("{{rules}}", with: String(decoding: PackageResources.rules_js, as: UTF8.self))
        .replacing("{{delivery}}", with: String(decoding: PackageResources.delivery_js, as: UTF8.self))
        .replacing("{{qrCode}}", with: String(decoding: PackageResources.qr_code_js, as: UTF8.self))
        .replacing("{{signIn}}", with: String(decoding: PackageResources.sign_in_js, as: UTF8.self))
        .replacing("{{audit}}", with: String(decoding: PackageResources.audit_js, as: UTF8.self))
        .replacing("{{people}}", with: String(decoding: PackageResources.people_js, as: UTF8.self))

    private static let parts = Array(source.split(separator: "{{nonce}}", omittingEmptySubsequences: false))

    /// A fresh nonce each time, so that only the page's own script and style run (CSP level 3, section 2.3.1).
    static func response() -> Response {
        let nonce =
            String(UInt64.random(in: .min ... .max), radix: 36) + String(UInt64.random(in: .min ... .max), radix: 36)
        let policy = [
            "default-src 'none'", "script-src 'nonce-\(nonce)'", "style-src 'nonce-\(nonce)'", "img-src data:",
            "connect-src 'self'", "worker-src 'self'", "base-uri 'none'", "form-action 'none'",
            "frame-ancestors 'none'",
        ]
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8",
                .contentSecurityPolicy: policy.joined(separator: "; "),
                .cacheControl: "no-store",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: parts.joined(separator: nonce)))
        )
    }
}
