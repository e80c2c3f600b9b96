extension MachineTools {
    static let schemaDocumentYAML = """
        organization: toolworks
        timestampColumn: recorded_at
        assetColumn: machine
        continuousColumns:
          [spindle_load, vibration_rms, spindle_temperature, coolant_pressure, tool_wear, axis_following_error]
        booleanColumns: [spindle_alarm, coolant_alarm, axis_alarm, door_open]
        lagSeconds: [3600, 10800]
        rollingWindows: [3600, 7200, 21600]
        staleAfterSeconds: 3600
        predictEverySeconds: 1800
        sourceStaleSeconds: 3600
        allowedLatenessSeconds: 900
        horizonMinutes: 720
        recoveryMinutes: 30
        components:
          spindle: [vibration_rms, spindle_temperature, spindle_load, spindle_alarm]
          coolant: [coolant_pressure, coolant_alarm]
          axis: [axis_following_error, axis_alarm]
        missedFailureCost: 50
        falseAlarmCost: 1
        # A lamp test lights every flag for five seconds: rules on flags wait 15 s.
        rules:
          - {id: vibration, kind: limit, tag: vibration_rms, high: 3.6, highHigh: 4.5, deadband: 0.2,
             onDelaySeconds: 900, component: spindle, message: Spindle vibration}
          - {id: spindle-temperature, kind: limit, tag: spindle_temperature, high: 55, highHigh: 65,
             deadband: 2, onDelaySeconds: 900, component: spindle, message: Spindle temperature}
          - {id: coolant-pressure, kind: limit, tag: coolant_pressure, low: 28, lowLow: 20, deadband: 1,
             onDelaySeconds: 900, component: coolant, message: Coolant pressure}
          - {id: axis-following-error, kind: limit, tag: axis_following_error, high: 14, highHigh: 25,
             deadband: 1, onDelaySeconds: 600, component: axis, message: Axis following error}
          - {id: spindle-alarm, kind: binary, tag: spindle_alarm, onDelaySeconds: 15, component: spindle,
             message: Spindle drive alarm}
          - {id: coolant-alarm, kind: binary, tag: coolant_alarm, onDelaySeconds: 15, component: coolant,
             message: Coolant circuit alarm}
          - {id: axis-alarm, kind: binary, tag: axis_alarm, onDelaySeconds: 15, component: axis,
             message: Axis drive alarm}

        """
}
