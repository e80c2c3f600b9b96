extension FurnaceLine {
    /// The setpoint bands are the defaults of the system that such plants use; a change of recipe is over
    /// within their delay.
    static let schemaDocumentYAML = """
        organization: northwind
        timestampColumn: created_timestamp
        timeZone: Asia/Kolkata
        continuousColumns:
          [hz1sv, hz1pv, hz2sv, hz2pv, cpsv, cppv, tz1sv, tz1pv, tz2sv, tz2pv, deppv, oilpv, postpv,
           dephz, hardhz, oilhz, posthz, temphz]
        booleanColumns:
          [oiltemphigh, oillevelhigh, oillevellow, hz1hfail, hz2hfail,
           hardconfail, hardcontraip, oilconfail, oilcontraip, tempconfail, tempcontraip,
           hz1fanfail, hz2fanfail, hz1fantrip, hz2fantrip, tz1fanfail, tz2fanfail, tz1fantrip, tz2fantrip]
        lagSeconds: [3600, 10800]
        rollingWindows: [1800, 7200, 21600]
        staleAfterSeconds: 1800
        predictEverySeconds: 1200
        sourceStaleSeconds: 1800
        allowedLatenessSeconds: 300
        horizonMinutes: 720
        recoveryMinutes: 30
        components:
          heater: [hz1pv, hz2pv, hz1hfail, hz2hfail]
          quench_oil: [oilpv, oilhz, oiltemphigh, oillevelhigh, oillevellow, oilconfail, oilcontraip]
          conveyor: [hardhz, temphz, hardconfail, hardcontraip, tempconfail, tempcontraip]
        missedFailureCost: 50
        falseAlarmCost: 1
        # The bands are the defaults of the system that such plants run; a change of recipe is over within 900 s.
        # A lamp test lights every fault flag for five seconds: rules on flags wait 15 s.
        rules:
          - {id: hz1-temperature, kind: setpoint, tag: hz1pv, setpointTag: hz1sv, lowDeviation: -30,
             highDeviation: 10, criticalBeyond: 10, deadband: 1, onDelaySeconds: 900, component: heater,
             message: Hardening zone 1 temperature}
          - {id: hz2-temperature, kind: setpoint, tag: hz2pv, setpointTag: hz2sv, lowDeviation: -10,
             highDeviation: 10, criticalBeyond: 10, deadband: 1, onDelaySeconds: 900, component: heater,
             message: Hardening zone 2 temperature}
          - {id: tz1-temperature, kind: setpoint, tag: tz1pv, setpointTag: tz1sv, lowDeviation: -30,
             highDeviation: 10, criticalBeyond: 10, deadband: 1, onDelaySeconds: 900,
             message: Tempering zone 1 temperature}
          - {id: tz2-temperature, kind: setpoint, tag: tz2pv, setpointTag: tz2sv, lowDeviation: -10,
             highDeviation: 10, criticalBeyond: 10, deadband: 1, onDelaySeconds: 900,
             message: Tempering zone 2 temperature}
          - {id: carbon-potential, kind: setpoint, tag: cppv, setpointTag: cpsv, lowDeviation: -0.05,
             highDeviation: 0.05, deadband: 0.005, onDelaySeconds: 900, message: Carbon potential}
          - {id: oil-temperature, kind: setpoint, tag: oilpv, setpoint: 60, lowDeviation: -10,
             highDeviation: 20, criticalBeyond: 10, deadband: 1, onDelaySeconds: 300, component: quench_oil,
             message: Quench oil temperature}
          - {id: oil-temperature-high, kind: binary, tag: oiltemphigh, onDelaySeconds: 15,
             component: quench_oil, message: Quench oil too hot}
          - {id: oil-level-high, kind: binary, tag: oillevelhigh, severity: WARNING, onDelaySeconds: 120,
             message: Quench oil level high}
          - {id: oil-level-low, kind: binary, tag: oillevellow, severity: WARNING, onDelaySeconds: 120,
             message: Quench oil level low}
          - {id: hz1-heater, kind: binary, tag: hz1hfail, onDelaySeconds: 15, component: heater,
             message: Hardening zone 1 heater failure}
          - {id: hz2-heater, kind: binary, tag: hz2hfail, onDelaySeconds: 15, component: heater,
             message: Hardening zone 2 heater failure}
          - {id: hardening-conveyor, kind: binary, tag: hardconfail, onDelaySeconds: 15, component: conveyor,
             message: Hardening conveyor failure}
          - {id: hardening-conveyor-trip, kind: binary, tag: hardcontraip, onDelaySeconds: 120,
             component: conveyor, message: Hardening conveyor tripped}
          - {id: oil-conveyor, kind: binary, tag: oilconfail, onDelaySeconds: 15,
             message: Quench conveyor failure}
          - {id: oil-conveyor-trip, kind: binary, tag: oilcontraip, onDelaySeconds: 15,
             message: Quench conveyor tripped}
          - {id: tempering-conveyor, kind: binary, tag: tempconfail, onDelaySeconds: 15,
             message: Tempering conveyor failure}
          - {id: tempering-conveyor-trip, kind: binary, tag: tempcontraip, onDelaySeconds: 15,
             message: Tempering conveyor tripped}
          - {id: hz1-fan, kind: binary, tag: hz1fanfail, onDelaySeconds: 15,
             message: Hardening zone 1 fan failure}
          - {id: hz1-fan-trip, kind: binary, tag: hz1fantrip, onDelaySeconds: 15,
             message: Hardening zone 1 fan tripped}
          - {id: hz2-fan, kind: binary, tag: hz2fanfail, onDelaySeconds: 15,
             message: Hardening zone 2 fan failure}
          - {id: hz2-fan-trip, kind: binary, tag: hz2fantrip, onDelaySeconds: 15,
             message: Hardening zone 2 fan tripped}
          - {id: tz1-fan, kind: binary, tag: tz1fanfail, onDelaySeconds: 15,
             message: Tempering zone 1 fan failure}
          - {id: tz1-fan-trip, kind: binary, tag: tz1fantrip, onDelaySeconds: 15,
             message: Tempering zone 1 fan tripped}
          - {id: tz2-fan, kind: binary, tag: tz2fanfail, onDelaySeconds: 15,
             message: Tempering zone 2 fan failure}
          - {id: tz2-fan-trip, kind: binary, tag: tz2fantrip, onDelaySeconds: 15,
             message: Tempering zone 2 fan tripped}

        """
}
