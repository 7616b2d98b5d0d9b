//! `cargo xtask client glibc`: `libmesos.so` and all programs for systems as old as glibc 2.17.
//!
//! Zig's linker knows the symbols of each glibc; cargo-zigbuild puts it in the place of the system's.
//! Both come as packages of the Python index. The results are checked symbol by symbol; the library is
//! loaded into a JVM and the programs are started. `MESOS_BIN_DIR=target/glibc/…/release cargo xtask
//! package all` then makes packages of them.

use crate::release;
use crate::repository::{cache, root, target};
use crate::shell::{Outcome, fresh_folder, need_programs, output, run, step};
use std::path::{Path, PathBuf};
use std::process::Command;

/// CentOS 7, and what wheels call manylinux2014.
const OLDEST: [u32; 2] = [2, 17];
/// Package, version: what the Python index has them as.
const TOOLS: [&str; 2] = ["ziglang==0.17.0", "cargo-zigbuild==0.24.0"];
/// What the library may need from the system, besides nothing.
const SYSTEM: &[&str] = &[
    "libc.so.6",
    "libm.so.6",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
    "libgcc_s.so.1",
    "ld-linux-x86-64.so.2",
];
/// What every package has; each answers `--help`.
const PROGRAMS: &[&str] = &[
    "mesos",
    "mesos-agent",
    "mesos-execute",
    "mesos-executor",
    "mesos-fetcher",
    "mesos-local",
    "mesos-master",
];
/// Loads a library; throws if it cannot be.
const LOADER: &str = "class Load { public static void main(String[] names) { System.load(names[0]); \
                      System.out.println(\"loaded\"); } }\n";

/// Builds, checks and loads; a library or a folder of programs that is named is checked only.
pub fn glibc(options: &[String]) -> Outcome {
    need_programs(&[("readelf", "binutils"), ("java", "openjdk-17-jdk-headless")])?;
    let place = match options {
        [] => build()?,
        [place] => PathBuf::from(place),
        _ => return Err("give at most one library, or a folder of programs".to_owned()),
    };
    if !place.is_dir() {
        check(&place)?;
        return load(&place);
    }
    for program in programs_in(&place)? {
        check(&program)?;
        output(Command::new(&program).arg("--help"))?;
    }
    let library = place.join("libmesos.so");
    check(&library)?;
    load(&library)
}

/// The programs of a folder of build products; those that are not there are named.
fn programs_in(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let all: Vec<PathBuf> = PROGRAMS.iter().map(|name| folder.join(name)).collect();
    match all.iter().find(|path| !path.is_file()) {
        Some(missing) => Err(format!("there is no {}", missing.display())),
        None => Ok(all),
    }
}

fn tools() -> Outcome<PathBuf> {
    let folder = cache().join("python/zigbuild");
    if !folder.join("bin/cargo-zigbuild").is_file() {
        step(&format!("fetching {}", TOOLS.join(" and ")));
        run(Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"])
            .arg(&folder)
            .args(TOOLS))?;
    }
    Ok(folder)
}

fn build() -> Outcome<PathBuf> {
    let tools = tools()?;
    let [major, minor] = OLDEST;
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let folder = target().join("glibc");
    step(&format!("building for glibc {major}.{minor}"));
    let mut command = Command::new(tools.join("bin/cargo-zigbuild"));
    command.args(["zigbuild", "--release", "--lib", "--bins"]);
    for package in release::PACKAGES {
        command.args(["--package", package]);
    }
    // OpenSSL has another name on every second system, so it comes along.
    command.args(["--features", "mesos-core/vendored-tls"]);
    run(command
        .args(["--target", &format!("{triple}.{major}.{minor}")])
        .arg("--target-dir")
        .arg(&folder)
        .current_dir(root())
        .env("CARGO_ZIGBUILD_ZIG_PATH", tools.join("ziglang/zig")))?;
    Ok(folder.join(triple).join("release"))
}

/// No symbol of a newer glibc, and no library that a bare system lacks.
fn check(library: &Path) -> Outcome {
    let newest = newest_glibc(library)?;
    let [major, minor] = newest;
    if newest > OLDEST {
        return Err(format!("{} needs glibc {major}.{minor}", library.display()));
    }
    let needed = needed_libraries(library)?;
    for name in needed {
        if !SYSTEM.contains(&name.as_str()) {
            return Err(format!("{} needs {name}", library.display()));
        }
    }
    println!("glibc: {} needs glibc {major}.{minor}", library.display());
    Ok(())
}

/// The names of the shared libraries that a program or library is linked to.
pub fn needed_libraries(file: &Path) -> Outcome<Vec<String>> {
    let dynamic = output(Command::new("readelf").arg("-dW").arg(file))?;
    let names = dynamic
        .lines()
        .filter(|line| line.contains("(NEEDED)"))
        .filter_map(|line| line.split(['[', ']']).nth(1));
    Ok(names.map(str::to_owned).collect())
}

/// The newest version of glibc that a library demands; the loader lets weak demands pass.
pub fn newest_glibc(library: &Path) -> Outcome<[u32; 2]> {
    let versions = output(Command::new("readelf").arg("-VW").arg(library))?;
    let demanded = versions.lines().filter(|line| !line.contains("WEAK"));
    let demanded = demanded.filter_map(|line| {
        let (_, version) = line.split_once("Name: GLIBC_")?;
        let version = version.split_whitespace().next()?;
        let mut numbers = version.split('.').map(str::parse);
        Some([numbers.next()?.ok()?, numbers.next()?.ok()?])
    });
    demanded
        .max()
        .ok_or_else(|| format!("{} demands no glibc at all", library.display()))
}

fn load(library: &Path) -> Outcome {
    step("loading it into a JVM");
    let folder = target().join("client/glibc");
    fresh_folder(&folder)?;
    let source = folder.join("Load.java");
    std::fs::write(&source, LOADER)
        .map_err(|e| format!("cannot write {}: {e}", source.display()))?;
    let said = output(
        Command::new("java")
            .arg("-Xcheck:jni")
            .arg(&source)
            .arg(library),
    )?;
    match said.trim() {
        "loaded" => Ok(()),
        other => Err(format!("the JVM said: {other}")),
    }
}
