import Connectors
package import Plant

/// The schemas of the shared data's reference figures.
package enum SharedSchema: String, CaseIterable, Sendable {
    /// Azure, one row a day and machine, 48 h ahead, without the error log.
    case azureDaily
    /// Azure, one row an hour and machine, 24 h ahead, without the error log.
    case azureHourly
    /// C-MAPSS FD001, one cycle an hour, 30 cycles ahead.
    case cmapss
    /// One machine's temperature every five minutes, a day ahead.
    case nab
    /// The pump rig, one row a second; its anomaly column is the target.
    case skab

    package func schema() throws -> SignalSchema {
        try SchemaFile.schema(in: yaml, path: "\(rawValue).yaml")
    }

    package var yaml: String {
        switch self {
        case .azureDaily:
            """
            organization: azure
            timeZone: UTC
            assetColumn: machine
            continuousColumns: [volt_mean, rotate_mean, pressure_mean, vibration_mean, model, age]
            booleanColumns: [comp1_replaced, comp2_replaced, comp3_replaced, comp4_replaced]
            lagSeconds: [86400, 172800, 259200]
            rollingWindows: [259200, 604800, 1209600]
            staleAfterSeconds: 86400
            horizonMinutes: 2880

            """
        case .azureHourly:
            """
            organization: azure
            timeZone: UTC
            assetColumn: machine
            continuousColumns: [volt, rotate, pressure, vibration, model, age]
            booleanColumns: [comp1_replaced, comp2_replaced, comp3_replaced, comp4_replaced]
            lagSeconds: [3600, 10800, 21600, 43200, 86400]
            rollingWindows: [10800, 21600, 43200, 86400, 172800]
            staleAfterSeconds: 7200
            horizonMinutes: 1440

            """
        case .cmapss:
            """
            organization: nasa
            timeZone: UTC
            assetColumn: engine
            continuousColumns: [op1, op2, s2, s3, s4, s7, s8, s9, s11, s12, s13, s14, s15, s17, s20, s21]
            lagSeconds: [18000, 36000]
            rollingWindows: [18000, 36000, 72000, 108000]
            horizonMinutes: 1800
            split: asset

            """
        case .nab:
            """
            organization: nab
            timestampColumn: timestamp
            timeZone: UTC
            continuousColumns: [value]
            lagSeconds: [3600, 21600, 86400]
            rollingWindows: [3600, 21600, 86400]
            horizonMinutes: 1440

            """
        case .skab:
            """
            organization: skab
            timestampColumn: datetime
            timeZone: UTC
            continuousColumns:
              - Accelerometer1RMS
              - Accelerometer2RMS
              - Current
              - Pressure
              - Temperature
              - Thermocouple
              - Voltage
              - VolumeFlowRateRMS
            lagSeconds: [10, 60]
            rollingWindows: [30, 60, 300]
            targetColumn: anomaly
            horizonMinutes: 5

            """
        }
    }
}
