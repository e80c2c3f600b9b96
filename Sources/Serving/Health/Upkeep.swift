package import Plant

/// What a server does for its models unasked, and when.
package struct Upkeep: Sendable {
    /// Between two looks at what is idle, and at the memory.
    package var sweepInterval = Duration.seconds(30)
    /// Between two looks at each champion's health; nil never looks.
    package var healthInterval: Duration? = .seconds(3_600)
    /// When the models of active organizations are loaded ahead of their rows, by UTC's clocks; nil never.
    package var warmUp: CronExpression?

    package init() {}
}
