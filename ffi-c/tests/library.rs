//! The built `libmesos.so`: what it exports, that its stack is not executable, and that a C program can use it.
#![allow(clippy::unwrap_used, reason = "this file holds tests only")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Beside the test binary, in `deps`.
fn library() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().unwrap().join("libmesos.so");
    assert!(path.exists(), "{} was not built", path.display());
    path
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn exactly_the_listed_symbols_are_exported() {
    let listing = output("nm", &["-D", "--defined-only", library().to_str().unwrap()]);
    let mut exported: Vec<&str> = listing
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2))
        .collect();
    exported.sort_unstable();
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("exports.txt");
    let expected = std::fs::read_to_string(&list).unwrap();
    let expected: Vec<&str> = expected
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let missing: Vec<_> = expected
        .iter()
        .filter(|name| !exported.contains(name))
        .collect();
    let extra: Vec<_> = exported
        .iter()
        .filter(|name| !expected.contains(name))
        .collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing {missing:?}, not listed {extra:?}"
    );
}

#[test]
fn every_function_of_the_header_is_exported_and_the_other_way_round() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let header: String = ["mesos.h", "resources.h", "v1.h"]
        .iter()
        .map(|name| std::fs::read_to_string(root.join("../include/mesos").join(name)).unwrap())
        .collect();
    let list = std::fs::read_to_string(root.join("exports.txt")).unwrap();
    let mut declared: Vec<&str> = header
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '(')
        .filter_map(|word| word.split_once('('))
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("mesos_"))
        .collect();
    declared.sort_unstable();
    declared.dedup();
    let exported: Vec<&str> = list
        .lines()
        .filter(|name| name.starts_with("mesos_"))
        .collect();
    assert_eq!(declared, exported);
}

#[test]
fn the_stack_is_not_executable() {
    let headers = output("readelf", &["-lW", library().to_str().unwrap()]);
    let stack = headers
        .lines()
        .find(|line| line.contains("GNU_STACK"))
        .unwrap();
    assert!(!stack.contains("RWE"), "{stack}");
}

#[test]
fn a_program_looks_for_the_library_of_its_release() {
    let dynamic = output("readelf", &["-dW", library().to_str().unwrap()]);
    let name = dynamic.lines().find(|line| line.contains("(SONAME)"));
    let own = concat!("[libmesos-", env!("CARGO_PKG_VERSION"), ".so]");
    assert!(name.unwrap().ends_with(own), "{dynamic}");
}

/// Initial-exec storage comes out of a small surplus: a JVM that has used it up could not load the library. Text
/// relocations would need writable code.
#[test]
fn no_thread_local_is_initial_exec_and_no_code_is_relocated() {
    let library = library();
    let library = library.to_str().unwrap();
    let dynamic = output("readelf", &["-dW", library]);
    for flag in ["STATIC_TLS", "TEXTREL"] {
        assert!(!dynamic.contains(flag), "{flag} in {dynamic}");
    }
    let relocations = output("readelf", &["-rW", library]);
    assert!(relocations.contains("R_X86_64_") || relocations.contains("R_AARCH64_"));
    for kind in ["TPOFF64", "TPOFF32", "TLS_TPREL"] {
        let found = relocations.lines().find(|line| line.contains(kind));
        assert_eq!(found, None, "initial-exec");
    }
}

/// A JVM looks for the short name first: one that is exported would answer for all of its overloads (N1, N2).
#[test]
fn an_overloaded_native_has_no_short_name() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("exports.txt");
    let list = std::fs::read_to_string(&list).unwrap();
    let names: Vec<&str> = list.lines().filter(|l| l.starts_with("Java_")).collect();
    let mut overloaded = 0;
    for name in &names {
        // A signature follows `__`; one that follows `_1` ends a name with an underscore of its own.
        let Some(at) = name
            .rfind("__")
            .filter(|at| !name[*at..].starts_with("__1"))
        else {
            continue;
        };
        overloaded += 1;
        assert!(!names.contains(&&name[..at]), "{}", &name[..at]);
    }
    assert!(overloaded >= 18, "{overloaded}");
}

/// Builds a program of `tests/c`.
fn build_c(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = library().parent().unwrap().to_owned();
    let program = folder.join(format!("c-{name}"));
    let (include, source) = (
        root.join("../include"),
        root.join(format!("tests/c/{name}.c")),
    );
    let [include, source, built] = [&include, &source, &program].map(|path| path.to_str().unwrap());
    let link = ["-L", folder.to_str().unwrap(), "-lmesos"];
    let find = format!("-Wl,-rpath,{}", folder.display());
    let strict = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];
    let mut arguments = vec!["-I", include, source, "-o", built, &find];
    arguments.extend(strict.iter().chain(&link));
    output("cc", &arguments);
    program
}

/// Its threads go on after a host has closed it.
#[test]
fn the_library_stays_where_its_threads_run() {
    let dynamic = output("readelf", &["-dW", library().to_str().unwrap()]);
    let flags = dynamic.lines().find(|line| line.contains("(FLAGS_1)"));
    assert!(flags.unwrap().contains("NODELETE"), "{dynamic}");
}

/// What an executor has printed is there, even if it then ends without a flush.
#[test]
fn an_executor_prints_line_by_line() {
    let printed = Command::new(build_c("lines"))
        .env("LD_LIBRARY_PATH", library().parent().unwrap())
        .env("LIBPROCESS_IP", "127.0.0.1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&printed.stdout);
    assert_eq!(text, "whole\n", "{:?}", printed.status);
}

fn run_c(program: &Path, arguments: &[&str]) {
    let ran = Command::new(program)
        .args(arguments)
        // Not the one of an earlier `cargo build`, which cargo's own path has first.
        .env("LD_LIBRARY_PATH", library().parent().unwrap())
        .env("LIBPROCESS_IP", "127.0.0.1")
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{}: {complaint}", program.display());
}

#[test]
fn a_c_program_drives_the_library() {
    run_c(&build_c("smoke"), &[]);
}

#[test]
fn a_c_program_calculates_with_resources() {
    run_c(&build_c("resources"), &[]);
}

#[test]
fn c_programs_use_the_v1_clients() {
    run_c(&build_c("v1"), &[]);
}

#[test]
fn garbage_in_c_is_refused_with_an_error() {
    run_c(&build_c("garbage"), &[]);
}

#[test]
fn every_c_function_refuses_nothing_and_survives_a_panic() {
    let walk = build_c("walk");
    let names = output(walk.to_str().unwrap(), &["names"]);
    let mut walked: Vec<&str> = names.lines().collect();
    // These have no arguments and do nothing that could fail.
    walked.extend(["mesos_version", "mesos_last_error"]);
    walked.sort_unstable();
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("exports.txt");
    let list = std::fs::read_to_string(list).unwrap();
    let exported: Vec<&str> = list
        .lines()
        .filter(|name| name.starts_with("mesos_"))
        .collect();
    assert_eq!(walked, exported);
    run_c(&walk, &["nothing"]);
    run_c(&walk, &["panics"]);
}
