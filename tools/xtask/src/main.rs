//! The project's own tasks: `cargo xtask verify|fix|flags|tidy|test|demo|client|bench|install|package|tarball|stage`.
//!
//! `verify` never writes, `fix` does. Each task prints what it does and, on failure, which step
//! failed and where to look.

mod bench;
mod client;
mod cluster;
mod demo;
mod fetch;
mod hosts;
mod install;
mod package;
mod reference;
mod release;
mod repository;
mod shell;
mod tarball;
mod test;
mod tidy;
mod verify;
mod webui;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask <task> [options]

  verify           formatting, lints, tidy, licences, conformance tables, docs (writes nothing)
  fix              rewrites what rustfmt and clippy can rewrite
  flags            writes docs/flags, the reference of all flags, from the tables
  tidy             the repository's own rules: file length, module docs, dependency direction
  test [--quick]   every test, the end-to-end ones with real clients included
                   (--quick: only what cargo test runs; --long: every client)
  demo [--keep]    Flink, unchanged, runs a job through our libmesos.so
  client [NAME]    a client runs unchanged against our daemons; without a name: lists them
  install --prefix P [--destdir D]
                   programs, scripts, libraries, headers, man pages: the tree of a source install
  hosts up N       hosts for tests: namespaces with an sshd each (down, ssh N CMD, cut N, heal N)
  package deb|rpm|all
                   packages of that tree, with services and configuration, below target/package
  webui            the web UI: packages, licences, types, unit tests and build (needs Node)
  tarball          that tree to be unpacked anywhere, and the source, below target/tarball
  stage FOLDER     programs and examples for the build tree that `configure` has prepared
  bench [NAME]     all benches, those of one crate, `cluster`: daemons under emulated load, or
                   `bindings`: what a callback and a launch cost in each language
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (task, options) = match arguments.split_first() {
        Some((task, options)) => (task.as_str(), options),
        None => ("help", [].as_slice()),
    };
    let result = match task {
        "verify" => verify::verify(),
        "fix" => verify::fix(),
        "flags" => reference::write(),
        "tidy" => tidy::tidy(),
        "test" => test::test(options),
        "demo" => demo::demo(options),
        "client" => client::client(options),
        "bench" => bench::bench(options),
        "webui" => webui::webui(options),
        "install" => install::install(options),
        "hosts" => hosts::hosts(options),
        "package" => package::package(options),
        "tarball" => tarball::tarball(options),
        "stage" => install::stage(options),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        other => Err(format!("there is no task `{other}`\n\n{USAGE}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {task}: {error}");
            ExitCode::FAILURE
        }
    }
}
