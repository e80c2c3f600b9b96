import Alarms
import Delivery
import Foundation
import TestSupport
import Testing

@testable import eagle

@Suite struct DeliveryConfigurationTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func configuration(_ delivery: String) throws -> DeliveryConfiguration {
        let text = "delivery:\n" + delivery.split(separator: "\n").map { "  \($0)\n" }.joined()
        return try ServerConfiguration.load(path: folder.write(text, to: "eagle.yaml")).delivery
    }

    @Test func `a mail server's port and security go together`() throws {
        func settings(_ lines: String) throws -> (Int, String) {
            let smtp = try #require(
                try configuration("smtp:\n  host: Mail.Example\n  from: e@x.example\n\(lines)").smtp
            )
            return (smtp.port, smtp.security.rawValue)
        }
        #expect(try settings("") == (587, "starttls"))
        #expect(try settings("  port: 465") == (465, "tls"))
        #expect(try settings("  security: tls") == (465, "tls"))
        #expect(try settings("  security: none") == (25, "none"))
        #expect(try settings("  port: 2525\n  security: starttls") == (2_525, "starttls"))
    }

    @Test func `the password comes out of its file, and is no part of the settings' text`() throws {
        let path = try folder.write("hunter2\n", to: "smtp.password")
        let smtp = try #require(
            try configuration(
                "smtp:\n  host: mail.example\n  from: e@x.example\n  username: eagle\n  passwordFile: \(path)"
            ).smtp
        )
        let settings = try smtp.settings()
        #expect(settings.login?.password == "hunter2")
        #expect(!"\(settings)".contains("hunter2"))
    }

    @Test func `a login without a password, or with an unreadable one, is told of`() throws {
        for line in ["", "\n  passwordFile: /nowhere/at/all"] {
            let delivery = try configuration(
                "smtp:\n  host: mail.example\n  from: e@x.example\n  username: eagle\(line)"
            )
            #expect(throws: (any Error).self) { try delivery.messengers(directory: folder.path) }
        }
    }

    @Test(arguments: [
        ("smpt: {}", "eagle.yaml:2:3: 'smpt' is no setting"),
        ("allow: [10.0.0.0/8, 10.0.0.1/8]", "delivery.allow.1 '10.0.0.1/8' is no address"),
        ("allowByOrganization:\n  northwind: [\"*\"]", "delivery.allowByOrganization.northwind.0"),
        ("publicURL: eagle.example", "eagle.yaml:2:3: delivery.publicURL is no URL"),
        ("contact: ops@x.example", "delivery.contact must begin with mailto: or https://"),
        ("contact: mailto:ops@localhost", "delivery.contact must begin with mailto: or https://"),
        ("smtp:\n  host: mail.example\n  from: Eagle", "eagle.yaml:4:5: delivery.smtp.from 'Eagle' is no address"),
        ("smtp:\n  from: e@x.example", "delivery.smtp.host is missing"),
        ("smtp:\n  host: mail.example\n  from: e@x.example\n  security: ssl", "delivery.smtp.security must be"),
        ("smtp:\n  host: mail.example\n  from: e@x.example\n  port: 0", "eagle.yaml:5:5: delivery.smtp.port"),
        ("smtp:\n  host: mail.example\n  from: e@x.example\n  password: x", "eagle.yaml:5:5: 'password' is no setting"),
        (
            "smtp:\n  host: mail.example\n  from: e@x.example\n  security: none\n  username: eagle",
            "delivery.smtp.username would be sent with its password for all to read"
        ),
        (
            "smtp:\n  host: 127.mail.example\n  from: e@x.example\n  security: none\n  username: eagle",
            "delivery.smtp.username would be sent with its password for all to read"
        ),
    ])
    func `a setting that can't be is named with its place`(text: String, named: String) throws {
        let error = #expect(throws: (any Error).self) { try configuration(text) }
        let said = error.map { "\($0)" } ?? ""
        #expect(said.contains(named), "\(said)")
    }

    @Test func `the key for push services is made once, for this server's eyes alone`() throws {
        let first = try VAPIDKeyFile.load(directory: folder.path, contact: nil)
        let again = try VAPIDKeyFile.load(directory: folder.path, contact: nil)
        #expect(first.publicKey == again.publicKey)
        let path = folder.path("vapid.key")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: KeyFileError.self) { try VAPIDKeyFile.load(directory: folder.path, contact: nil) }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        _ = try folder.write([1, 2, 3], to: "vapid.key")
        #expect(throws: KeyFileError.self) { try VAPIDKeyFile.load(directory: folder.path, contact: nil) }
    }

    @Test func `a key that is there but can't be read is not made anew`() throws {
        let files = FileManager.default
        try files.createSymbolicLink(atPath: folder.path("loop.key"), withDestinationPath: folder.path("loop.key"))
        try files.createSymbolicLink(atPath: folder.path("lost.key"), withDestinationPath: folder.path("elsewhere.key"))
        try files.createDirectory(atPath: folder.path("folder.key"), withIntermediateDirectories: false)
        try files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path("folder.key"))
        for name in ["loop.key", "lost.key", "folder.key"] {
            let error = #expect(throws: KeyFileError.self) {
                try KeyFile(path: folder.path(name)).bytes { [1, 2, 3] }
            }
            #expect(error?.message.contains(name) == true)
        }
        #expect(!files.fileExists(atPath: folder.path("elsewhere.key")))
    }

    @Test(arguments: [
        ("publicURL: https://eagle.plant.example", true), ("contact: mailto:ops@plant.example", true),
        ("smtp:\n  host: mail.example\n  from: e@plant.example", true),
        ("publicURL: http://eagle.plant.example", false),
        ("smtp:\n  host: mail.example\n  from: e@localhost", false), ("allow: [10.0.0.0/8]", false),
    ])
    func `there is web push where push services can be told whom to turn to`(text: String, isThere: Bool) throws {
        let messengers = try configuration(text).messengers(directory: folder.path)
        #expect(messengers.canSend(by: .webPush) == isThere)
        #expect((messengers.pushKey != nil) == isThere)
        #expect(FileManager.default.fileExists(atPath: folder.path("vapid.key")) == isThere)
    }
}
