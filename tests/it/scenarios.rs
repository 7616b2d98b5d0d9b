//! The scenario suite through the driver itself; `cargo xtask client scenarios` plays it in every language.

use mesos_tests::scenario::{self, Puppet, Report, script};

#[test]
fn every_scenario_passes_with_the_driver_itself() {
    let puppet = Puppet {
        name: "rust".to_owned(),
        program: env!("CARGO_BIN_EXE_puppet").to_owned(),
    };
    let scenarios = script::read_folder(&scenario::folder()).unwrap();
    assert!(!scenarios.is_empty());
    let reports = scenario::run(&scenarios, &[puppet], 2, &|_| {});
    let failed: Vec<String> = reports
        .iter()
        .filter(|report| report.result.is_err())
        .map(Report::to_string)
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!(reports.len(), scenarios.len());
}

/// A suite that cannot fail proves nothing.
#[test]
fn a_wrong_expectation_is_told_with_its_step_and_what_came_instead() {
    let text = r#"
        [[scenario]]
        name = "wrong"
        steps = [
            { call = "new", framework = { name = "f", user = "" }, master = "$MASTER" },
            { call = "start" },
            { expect = "registered", where = { master = { port = 1 } } },
        ]
    "#;
    let puppet = Puppet {
        name: "rust".to_owned(),
        program: env!("CARGO_BIN_EXE_puppet").to_owned(),
    };
    let scenarios = script::read_text("test", text, &serde_json::Map::new()).unwrap();
    let reports = scenario::run(&scenarios, &[puppet], 1, &|_| {});
    let why = reports[0].result.clone().unwrap_err();
    assert!(why.starts_with("step 3 of 3"), "{why}");
    assert!(why.contains("awaited `registered`"), "{why}");
    assert!(why.contains("master.port: expected 1, it is"), "{why}");
}
