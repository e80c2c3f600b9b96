extension PumpStation {
    /// Vibration limits after ISO 10816-3, group 2 on a flexible base: the alarm at 1.25 times the limit of
    /// zone B (4.5 mm/s), the trip at that of zone C (7.1 mm/s).
    static let schemaDocumentYAML = """
        organization: harbor
        timestampColumn: measured_at
        timeZone: Europe/Amsterdam
        assetColumn: pump
        continuousColumns:
          [speed, flow, discharge_pressure, motor_current, bearing_temperature, vibration_rms, seal_leakage]
        booleanColumns: [seal_leak, bearing_trip, seal_failure, low_flow_trip]
        lagSeconds: [3600, 21600]
        rollingWindows: [3600, 10800, 43200]
        staleAfterSeconds: 3600
        predictEverySeconds: 1800
        sourceStaleSeconds: 3600
        allowedLatenessSeconds: 900
        horizonMinutes: 1440
        recoveryMinutes: 30
        components:
          bearing: [bearing_temperature, vibration_rms, bearing_trip]
          seal: [seal_leakage, seal_leak, seal_failure]
          impeller: [flow, discharge_pressure, motor_current, low_flow_trip]
        missedFailureCost: 50
        falseAlarmCost: 1
        # A lamp test lights every flag for five seconds: rules on flags wait 15 s.
        rules:
          - {id: vibration, kind: limit, tag: vibration_rms, high: 5.6, highHigh: 7.1, deadband: 0.3,
             onDelaySeconds: 900, component: bearing, message: Pump vibration}
          - {id: bearing-temperature, kind: limit, tag: bearing_temperature, high: 75, highHigh: 85,
             deadband: 2, onDelaySeconds: 900, component: bearing, message: Bearing temperature}
          - {id: discharge-pressure, kind: limit, tag: discharge_pressure, low: 3.2, lowLow: 2.6, deadband: 0.1,
             onDelaySeconds: 900, message: Discharge pressure}
          - {id: motor-current, kind: limit, tag: motor_current, high: 110, highHigh: 120, deadband: 2,
             onDelaySeconds: 900, component: impeller, message: Motor current}
          - {id: seal-leakage, kind: limit, tag: seal_leakage, high: 4, highHigh: 9, deadband: 0.5,
             onDelaySeconds: 900, component: seal, message: Seal leakage}
          - {id: seal-leak, kind: binary, tag: seal_leak, severity: WARNING, onDelaySeconds: 1800,
             component: seal, message: Seal leak sensor wet}
          - {id: bearing-trip, kind: binary, tag: bearing_trip, onDelaySeconds: 15, component: bearing,
             message: Pump tripped by its bearing}
          - {id: seal-failure, kind: binary, tag: seal_failure, onDelaySeconds: 15, component: seal,
             message: Seal failed}
          - {id: low-flow-trip, kind: binary, tag: low_flow_trip, onDelaySeconds: 15, component: impeller,
             message: Pump tripped by low flow}

        """
}
