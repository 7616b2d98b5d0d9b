//! Plays the scenario suite with the puppets that the environment names.
//!
//! usage: `scenarios [TEXT]`: only the scenarios whose file or name contains the text
//!
//! `MESOS_PUPPET_<NAME>` is the command of a puppet; `MESOS_BIN_DIR` has the daemons.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program speaks to its user"
)]

use std::process::ExitCode;
use std::time::Instant;

use mesos_tests::scenario::{self, Report, script};

/// Scenarios mostly wait, so there may be more at a time than processors.
const WORKERS: usize = 4;

fn main() -> ExitCode {
    let only = std::env::args().nth(1).unwrap_or_default();
    let puppets = scenario::puppets_of_environment();
    if puppets.is_empty() {
        eprintln!("no puppet: set MESOS_PUPPET_<NAME> to the command of one");
        return ExitCode::from(2);
    }
    let mut scenarios = match script::read_folder(&scenario::folder()) {
        Ok(scenarios) => scenarios,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    scenarios.retain(|found| found.name.contains(&only) || found.file.contains(&only));
    let started = Instant::now();
    let reports = scenario::run(&scenarios, &puppets, WORKERS, &|report| {
        println!("{report}")
    });
    let failed: Vec<&Report> = reports.iter().filter(|r| r.result.is_err()).collect();
    for puppet in &puppets {
        let of = |report: &&Report| report.puppet == puppet.name;
        let all = reports.iter().filter(of).count();
        let bad = failed.iter().filter(|report| of(report)).count();
        println!("{}: {} of {all} scenarios passed", puppet.name, all - bad);
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{} runs in {seconds:.0} s", reports.len());
    if failed.is_empty() && !reports.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
