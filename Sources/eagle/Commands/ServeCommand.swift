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
            Settings come from the file (dataDirectory, host, port, sourceFolders) and from the options, which win. \
            The first start makes a signing key and a master key in the data directory, or takes them from \
            EAGLE_SIGNING_KEY and EAGLE_MASTER_KEY. Keep the master key elsewhere too: without it what is sealed is lost.
            """
    )

    @OptionGroup var directory: DataDirectory

    @Option(help: ArgumentHelp("The address to listen on.", valueName: "address"))
    var host: String?

    @Option(help: "The port to listen on; 0 for any that is free.")
    var port: Int?

    func validate() throws {
        if let port, !(0...65_535).contains(port) { throw ValidationError("--port must be from 0 to 65535") }
    }

    func run() async throws {
        var configuration = try directory.configuration()
        if let host { configuration.host = host }
        if let port { configuration.port = port }
        var logger = Logger(label: "eagle")
        logger.logLevel = .info
        let assembly = try await Assembly(configuration: configuration, logger: logger)
        if try await assembly.stores.users.count(in: SystemScope(for: .start)) == 0 {
            Console.note(
                "No one can sign in yet. In another terminal: eagle user create --data "
                    + "\(configuration.dataDirectory) --email you@example.com --role SUPER_ADMIN"
            )
        }
        let host = configuration.host
        try await assembly.run { port in Console.note("Eagle listens on http://\(host):\(port)") }
    }
}
