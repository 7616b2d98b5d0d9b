//! Debian packages, by cargo-deb from a manifest that lists every file of the staged tree.

use super::stage::PACKAGES;
use super::{Kind, Package, Stage, VERSION, folder, glibc_of};
use crate::client::glibc::needed_libraries;
use crate::fetch::cargo_program;
use crate::repository::root;
use crate::shell::{Outcome, fresh_folder, output, step};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const CARGO_DEB: (&str, &str) = ("cargo-deb", "3.8.0");

/// Shared libraries, and the packages that have them; those of glibc are counted by its version.
const LIBRARIES: &[(&str, &str)] = &[
    ("libc.so.6", ""),
    ("libm.so.6", ""),
    ("libpthread.so.0", ""),
    ("libdl.so.2", ""),
    ("librt.so.1", ""),
    ("libutil.so.1", ""),
    ("ld-linux-x86-64.so.2", ""),
    ("ld-linux-aarch64.so.1", ""),
    ("libgcc_s.so.1", "libgcc-s1 | libgcc1"),
    ("libssl.so.3", "libssl3"),
    ("libcrypto.so.3", "libssl3"),
];

struct Control {
    name: &'static str,
    section: &'static str,
    summary: &'static str,
    description: &'static str,
    /// Further lines of the manifest.
    relations: &'static str,
    /// How it is packed: the static library is large.
    compression: &'static [&'static str],
}

fn control(package: Package) -> Control {
    match package {
        Package::Mesos => Control {
            name: "mesos",
            section: "net",
            summary: "Cluster manager that shares machines between frameworks",
            description: "Mesos offers the processors, memory, disks and ports of many machines to frameworks such as \
                          Flink, Spark and Marathon, which run their tasks on them. This package has everything that \
                          a master, an agent or a framework needs.",
            relations: "provides = \"libmesos (= @VERSION@)\"\nconflicts = \"libmesos\"\nreplaces = \"libmesos\"\n",
            compression: &[],
        },
        Package::Libmesos => Control {
            name: "libmesos",
            section: "libs",
            summary: "Library by which frameworks speak to Mesos",
            description: "libmesos.so, for machines that run frameworks and neither a master nor an agent.",
            relations: "",
            compression: &[],
        },
        Package::Dev => Control {
            name: "mesos-dev",
            section: "libdevel",
            summary: "Headers and static library of Mesos",
            description: "What frameworks in C and C++ are built with.",
            relations: "",
            compression: &["--fast"],
        },
    }
}

/// Makes the three packages.
pub fn build(stage: &Stage, revision: &str) -> Outcome<Vec<PathBuf>> {
    let program = cargo_program(CARGO_DEB.0, CARGO_DEB.1)?;
    let version = format!("{VERSION}-{revision}");
    let mut made = Vec::new();
    for package in PACKAGES {
        let control = control(package);
        step(&format!("packing {} {version} (deb)", control.name));
        let depends = match package {
            Package::Dev => format!("libmesos (= {version})"),
            _ => depends_of(stage, package)?,
        };
        let project = folder().join("deb").join(control.name);
        fresh_folder(&project)?;
        write(&project.join("lib.rs"), "//! Nothing: files are packed.\n")?;
        let manifest = project.join("Cargo.toml");
        let text = manifest_of(stage, package, &control, &version, &depends);
        write(&manifest, &text)?;
        let said = output(
            Command::new(&program)
                .args(["--no-build", "--no-strip", "--quiet", "--offline"])
                .args(control.compression)
                .args(["--deb-version", &version])
                .arg("--manifest-path")
                .arg(&manifest)
                .arg("--output")
                .arg(folder().join(""))
                .env("CARGO_TARGET_DIR", project.join("target")),
        )?;
        let path = said.lines().last().unwrap_or_default().trim();
        made.push(PathBuf::from(path));
    }
    Ok(made)
}

/// The packages with the shared libraries that its programs are linked to.
fn depends_of(stage: &Stage, package: Package) -> Outcome<String> {
    let [major, minor] = glibc_of(stage)?;
    let mut depends = BTreeSet::from([format!("libc6 (>= {major}.{minor})")]);
    for entry in stage.entries() {
        if !package.has(&entry.path) || !stage.is_elf(entry)? {
            continue;
        }
        for library in needed_libraries(&stage.place(entry))? {
            let found = LIBRARIES.iter().find(|(name, _)| *name == library);
            let (_, package) = found.ok_or_else(|| {
                format!(
                    "{} needs {library}: of which package?",
                    entry.path.display()
                )
            })?;
            if !package.is_empty() {
                depends.insert((*package).to_owned());
            }
        }
    }
    Ok(Vec::from_iter(depends).join(", "))
}

fn manifest_of(
    stage: &Stage,
    package: Package,
    control: &Control,
    version: &str,
    depends: &str,
) -> String {
    let mut text = format!(
        "[workspace]\n\n[package]\nname = {name:?}\nversion = {VERSION:?}\nedition = \"2021\"\n\
         license = \"Apache-2.0\"\ndescription = {summary:?}\nhomepage = \"https://mesos.apache.org/\"\n\n\
         [lib]\npath = \"lib.rs\"\n\n[package.metadata.deb]\nname = {name:?}\n\
         maintainer = \"Mesos packagers <root@localhost>\"\ncopyright = \"see the file NOTICE\"\n\
         license-file = [{license:?}, \"0\"]\nextended-description = {description:?}\nsection = {section:?}\n\
         priority = \"optional\"\ndepends = {depends:?}\n",
        name = control.name,
        summary = control.summary,
        license = root().join("LICENSE"),
        description = control.description,
        section = control.section,
    );
    text.push_str(&control.relations.replace("@VERSION@", version));
    if package == Package::Mesos {
        let scripts = root().join("deploy/packages/deb/mesos");
        let _ = writeln!(text, "maintainer-scripts = {scripts:?}");
    } else if package == Package::Libmesos {
        let triggers = root().join("deploy/packages/deb/libmesos.triggers");
        let _ = writeln!(text, "triggers-file = {triggers:?}");
    }
    text.push_str("assets = [\n");
    for entry in stage.entries() {
        if !package.has(&entry.path) {
            continue;
        }
        let _ = match &entry.kind {
            Kind::File { mode } => writeln!(
                text,
                "    {{ source = {:?}, dest = {:?}, mode = \"{mode:o}\" }},",
                stage.place(entry),
                entry.path,
            ),
            Kind::Link { target } => writeln!(
                text,
                "    {{ link_name = {target:?}, dest = {:?} }},",
                entry.path,
            ),
            // Folders come with what is in them; empty ones are made by the script that installs.
            Kind::Folder => Ok(()),
        };
    }
    text.push_str("]\n");
    text
}

fn write(path: &Path, text: &str) -> Outcome {
    std::fs::write(path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
}
