//! `cargo xtask client glibc`: `libmesos.so` for systems as old as glibc 2.17.
//!
//! Zig's linker knows the symbols of each glibc; cargo-zigbuild puts it in the place of the system's.
//! Both come as packages of the Python index. The result is checked symbol by symbol, and loaded into
//! a JVM, which is what it is for.

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
/// Loads a library; throws if it cannot be.
const LOADER: &str = "class Load { public static void main(String[] names) { System.load(names[0]); \
                      System.out.println(\"loaded\"); } }\n";

/// Builds, checks and loads; a library that is named is checked and loaded only.
pub fn glibc(options: &[String]) -> Outcome {
    need_programs(&[("readelf", "binutils"), ("java", "openjdk-17-jdk-headless")])?;
    let library = match options {
        [] => build()?,
        [library] => PathBuf::from(library),
        _ => return Err("give at most one library".to_owned()),
    };
    check(&library)?;
    load(&library)
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
    step(&format!("building libmesos.so for glibc {major}.{minor}"));
    run(Command::new(tools.join("bin/cargo-zigbuild"))
        .args(["zigbuild", "--release", "--package", "mesos-ffi-c", "--lib"])
        .args(["--target", &format!("{triple}.{major}.{minor}")])
        .arg("--target-dir")
        .arg(&folder)
        .current_dir(root())
        .env("CARGO_ZIGBUILD_ZIG_PATH", tools.join("ziglang/zig")))?;
    Ok(folder.join(triple).join("release/libmesos.so"))
}

/// No symbol of a newer glibc, and no library that a bare system lacks.
fn check(library: &Path) -> Outcome {
    let newest = newest_glibc(library)?;
    let [major, minor] = newest;
    if newest > OLDEST {
        return Err(format!("{} needs glibc {major}.{minor}", library.display()));
    }
    let dynamic = output(Command::new("readelf").arg("-dW").arg(library))?;
    let needed = dynamic
        .lines()
        .filter(|line| line.contains("(NEEDED)"))
        .filter_map(|line| line.split(['[', ']']).nth(1));
    for name in needed {
        if !SYSTEM.contains(&name) {
            return Err(format!("{} needs {name}", library.display()));
        }
    }
    println!("glibc: {} needs glibc {major}.{minor}", library.display());
    Ok(())
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
