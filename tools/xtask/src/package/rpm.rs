//! RPM packages, by rpmbuild from a spec file whose lists of files are made of the staged tree.

use super::stage::PACKAGES;
use super::{Entry, Kind, Package, Stage, VERSION, folder, glibc_of};
use crate::repository::root;
use crate::shell::{Outcome, fresh_folder, need_programs, output, step};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The first release of the Red Hat family with this version of glibc or a newer one.
const DISTRIBUTIONS: &[([u32; 2], &str)] = &[
    ([2, 17], "el7"),
    ([2, 28], "el8"),
    ([2, 34], "el9"),
    ([2, 39], "el10"),
];

/// Makes the three packages.
pub fn build(stage: &Stage, revision: &str) -> Outcome<Vec<PathBuf>> {
    need_programs(&[("rpmbuild", "rpm")])?;
    let glibc = glibc_of(stage)?;
    let distribution = distribution(glibc)?;
    step(&format!(
        "packing mesos {VERSION}-{revision}.{distribution} (rpm)"
    ));
    let work = folder().join("rpm");
    fresh_folder(&work)?;
    let template = root().join("deploy/packages/rpm/mesos.spec.in");
    let mut text = std::fs::read_to_string(&template)
        .map_err(|e| format!("cannot read {}: {e}", template.display()))?
        .replace("@VERSION@", VERSION)
        .replace("@RELEASE@", &format!("{revision}.{distribution}"))
        .replace("@STAGE@", &stage.folder().display().to_string());
    for (package, mark) in
        PACKAGES
            .into_iter()
            .zip(["@MESOS_FILES@", "@LIBMESOS_FILES@", "@DEVEL_FILES@"])
    {
        let list = work.join(format!("{package:?}.files"));
        write(&list, &files_of(stage, package))?;
        text = text.replace(mark, &list.display().to_string());
    }
    let spec = work.join("mesos.spec");
    write(&spec, &text)?;
    let said = output(
        Command::new("rpmbuild")
            .arg("-bb")
            .arg("--define")
            .arg(format!("_topdir {}", work.display()))
            .arg("--define")
            .arg(format!("_rpmdir {}", folder().display()))
            .args([
                "--define",
                "_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
            ])
            .arg(&spec),
    )?;
    let made: Vec<PathBuf> = said
        .lines()
        .filter_map(|line| line.strip_prefix("Wrote: "))
        .map(PathBuf::from)
        .collect();
    if made.len() == PACKAGES.len() {
        return Ok(made);
    }
    Err(format!("rpmbuild wrote {} packages:\n{said}", made.len()))
}

fn distribution(glibc: [u32; 2]) -> Outcome<&'static str> {
    let found = DISTRIBUTIONS.iter().find(|(has, _)| *has >= glibc);
    let [major, minor] = glibc;
    found
        .map(|(_, name)| *name)
        .ok_or_else(|| format!("no known distribution has glibc {major}.{minor}"))
}

/// The lines of one package in the form of `%files`.
fn files_of(stage: &Stage, package: Package) -> String {
    let mut text = String::new();
    for entry in stage.entries() {
        if let Some(line) = line_of(entry, package) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

fn line_of(entry: &Entry, package: Package) -> Option<String> {
    let path = &entry.path;
    if entry.kind == Kind::Folder {
        // Folders that no other package has; those below /var stand in the spec file with an owner.
        let is_ours = path
            .components()
            .any(|part| part.as_os_str().to_string_lossy().starts_with("mesos"));
        let owner = if path.starts_with("usr/include") {
            Package::Dev
        } else {
            Package::Mesos
        };
        let is_listed = is_ours && owner == package && !path.starts_with("var");
        return is_listed.then(|| format!("%dir \"/{}\"", path.display()));
    }
    if !package.has(path) {
        return None;
    }
    let mark = if path.starts_with("etc") {
        "%config(noreplace) "
    } else {
        ""
    };
    Some(format!("{mark}\"/{}\"", path.display()))
}

fn write(path: &Path, text: &str) -> Outcome {
    std::fs::write(path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_named_after_the_oldest_system_that_runs_it() {
        assert_eq!(distribution([2, 14]), Ok("el7"));
        assert_eq!(distribution([2, 17]), Ok("el7"));
        assert_eq!(distribution([2, 18]), Ok("el8"));
        assert_eq!(distribution([2, 34]), Ok("el9"));
        assert!(distribution([2, 99]).is_err());
    }

    #[test]
    fn configuration_is_not_replaced() {
        let file = |path: &str| Entry {
            path: path.into(),
            kind: Kind::File { mode: 0o644 },
        };
        assert_eq!(
            line_of(&file("etc/mesos/zk"), Package::Mesos).as_deref(),
            Some("%config(noreplace) \"/etc/mesos/zk\"")
        );
        assert_eq!(line_of(&file("etc/mesos/zk"), Package::Libmesos), None);
    }
}
