//! `cargo xtask package deb|rpm|all`: packages made of what `cargo xtask install` installs.
//!
//! Compat: operations §1.3, §1.4, §8, rows S0-1 to S0-5, S4-10, S4-18 to S4-24. `MESOS_BIN_DIR` names other programs
//! to pack, such as those that `cargo xtask client glibc` has built for older systems. Decision 5 says why the two
//! kinds are made by different tools.

mod deb;
mod rpm;
mod stage;

use crate::client::glibc::newest_glibc;
use crate::repository::target;
use crate::shell::{Outcome, need_programs};
use std::path::PathBuf;

pub use stage::{Entry, Kind, Package, Stage};

/// What every package is called after.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Counts packages of one version.
pub const REVISION: &str = "1";

const USAGE: &str = "usage: cargo xtask package deb|rpm|all [--revision N]";

/// Builds the programs, installs them into a folder of its own, and packs that.
pub fn package(words: &[String]) -> Outcome {
    let (kind, revision) = match words {
        [kind] => (kind, REVISION),
        [kind, option, revision] if option == "--revision" => (kind, revision.as_str()),
        _ => return Err(USAGE.to_owned()),
    };
    let is_number = revision.bytes().all(|byte| byte.is_ascii_digit()) && !revision.is_empty();
    let kinds = match kind.as_str() {
        "deb" => (true, false),
        "rpm" => (false, true),
        "all" => (true, true),
        _ => return Err(USAGE.to_owned()),
    };
    if !is_number {
        return Err(format!("a revision is a number\n{USAGE}"));
    }
    for path in build(kinds.0, kinds.1, revision)? {
        println!("{}", path.display());
    }
    Ok(())
}

/// Makes the packages that are asked for, and says where they are.
pub fn build(deb: bool, rpm: bool, revision: &str) -> Outcome<Vec<PathBuf>> {
    need_programs(&[("readelf", "binutils")])?;
    let stage = Stage::make(&folder().join("stage"))?;
    let mut made = Vec::new();
    if deb {
        made.extend(deb::build(&stage, revision)?);
    }
    if rpm {
        made.extend(rpm::build(&stage, revision)?);
    }
    Ok(made)
}

/// Where packages are put.
pub fn folder() -> PathBuf {
    target().join("package")
}

/// The newest version of glibc that a program or library among these demands.
fn glibc_of(stage: &Stage) -> Outcome<[u32; 2]> {
    let mut newest = [2, 2];
    for entry in stage.entries() {
        if stage.is_elf(entry)? {
            newest = newest.max(newest_glibc(&stage.place(entry))?);
        }
    }
    Ok(newest)
}
