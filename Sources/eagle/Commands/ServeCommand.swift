import ArgumentParser
import Logging
import Serving
import Storage
import Trust

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the server.",
        discussion: """
            Settings come from the file (dataDirectory, host, port, tls and others) and from the options, which win. \
            The first start makes a signing key and a master key in the data directory, or takes them from \
            EAGLE_SIGNING_KEY and EAGLE_MASTER_KEY. Keep the master key elsewhere too: without it what is sealed is lost.
            Other machines reach it by TLS only, unless the file says allowPlainHTTP; SIGHUP has a renewed \
            certificate read at once.
            """
    )

    @OptionGroup var directory: DataDirectory

    @Option(help: ArgumentHelp("The address to listen on.", valueName: "address"))
    var host: String?

    @Option(help: "The port to listen on; 0 for any that is free.")
    var port: Int?

    @Option(help: ArgumentHelp("The certificate and those above it, PEM.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's key, PEM.", valueName: "file"))
    var tlsKey: String?

    @Option(help: ArgumentHelp("How much is logged: trace, debug, info, notice, warning ...", valueName: "level"))
    var logLevel: String?

    func validate() throws {
        if (tlsCertificate == nil) != (tlsKey == nil) {
            throw ValidationError("--tls-certificate and --tls-key go together")
        }
        if let logLevel, Logger.Level(rawValue: logLevel) == nil {
            let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--log-level must be one of \(known)")
        }
        if let port, !(0...65_535).contains(port) { throw ValidationError("--port must be from 0 to 65535") }
    }

    func run() async throws {
        var configuration = try directory.configuration()
        if let host { configuration.host = host }
        if let port { configuration.port = port }
        if let tlsCertificate, let tlsKey { configuration.tls = .init(certificate: tlsCertificate, key: tlsKey) }
        if let level = logLevel.flatMap({ Logger.Level(rawValue: $0) }) { configuration.logLevel = level }
        var logger = Logger(label: "eagle")
        logger.logLevel = configuration.logLevel
        let assembly = try await Assembly(configuration: configuration, logger: logger)
        if try await assembly.stores.users.count(in: SystemScope(for: .start)) == 0 {
            Console.note(
                "No one can sign in yet. In another terminal: eagle user create --data "
                    + "\(configuration.dataDirectory) --email you@example.com --role SUPER_ADMIN"
            )
        }
        let address = configuration.address
        try await assembly.run { port in Console.note("Eagle listens on \(address):\(port)") }
    }
}
