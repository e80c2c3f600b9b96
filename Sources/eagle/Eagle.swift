import ArgumentParser
import Web

/// The one binary: an engineer's tools on files, and the server.
@main
struct Eagle: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eagle",
        abstract: "Predictive maintenance for many plants.",
        discussion: """
            Begin with your own CSV, no server needed:
              eagle train    --schema schema.yaml --readings readings.csv --failures failures.csv --output pump.eaglemodel
              eagle backtest --model pump.eaglemodel --readings readings.csv --failures failures.csv --from 2026-06-01
            See it whole, with three simulated plants:
              eagle demo

            Exit codes: 0 done, 1 failed, 2 used wrongly, 3 checked and found wanting.
            """,
        version: Version.text,
        groupedSubcommands: [
            CommandGroup(
                name: "On files:",
                subcommands: [
                    FeaturesCommand.self, TrainCommand.self, PredictCommand.self, BacktestCommand.self,
                    ModelCommand.self, RulesCommand.self,
                ]
            ),
            CommandGroup(
                name: "The server:",
                subcommands: [
                    DemoCommand.self, ServeCommand.self, OrganizationCommand.self, UserCommand.self,
                    APIKeyCommand.self,
                    AlarmCommand.self, DeliveryCommand.self, FailuresCommand.self,
                    TrainingCommands.self, ScheduleCommand.self, KeysCommand.self, AuditCommand.self,
                    BackupCommand.self, RestoreCommand.self, VerifyCommand.self,
                    RunTrainingCommand.self,
                ]
            ),
        ]
    )

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Console.exit(for: error)
        }
    }
}

enum Version {
    static let text = ServerVersion.text
}
