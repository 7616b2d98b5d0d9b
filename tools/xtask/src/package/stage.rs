//! The installed tree that packages are made of, and which file goes into which package.

use crate::install;
use crate::repository::root;
use crate::shell::{Outcome, fresh_folder, run, step};
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is added to the tree: from where in the repository, and to where.
const ADDED: &[(&str, &str)] = &[
    ("deploy/packages/etc", "etc"),
    (
        "deploy/systemd/mesos-master.service",
        "usr/lib/systemd/system/mesos-master.service",
    ),
    (
        "deploy/systemd/mesos-slave.service",
        "usr/lib/systemd/system/mesos-slave.service",
    ),
    (
        "deploy/systemd/mesos.sysusers",
        "usr/lib/sysusers.d/mesos.conf",
    ),
    (
        "deploy/systemd/mesos.tmpfiles",
        "usr/lib/tmpfiles.d/mesos.conf",
    ),
];

/// The other name of the agent's unit, without it being enabled.
const UNIT_LINK: (&str, &str) = (
    "usr/lib/systemd/system/mesos-agent.service",
    "mesos-slave.service",
);

/// Folders of the daemons, which only the daemons fill.
const EMPTY: [&str; 2] = ["var/lib/mesos", "var/log/mesos"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Package {
    /// All that a master, an agent or a framework needs, the library included: one file to install.
    Mesos,
    /// The library alone, for machines with frameworks.
    Libmesos,
    /// Headers and the static library.
    Dev,
}

pub const PACKAGES: [Package; 3] = [Package::Mesos, Package::Libmesos, Package::Dev];

impl Package {
    /// Whether a file of the tree belongs to it. The library is in two packages, one of which is installed.
    pub fn has(self, path: &Path) -> bool {
        let is_dev = path.starts_with("usr/include")
            || path.starts_with("usr/lib/cmake")
            || path.starts_with("usr/lib/pkgconfig")
            || path.extension().is_some_and(|ending| ending == "a");
        let is_library = path.parent() == Some(Path::new("usr/lib")) && !is_dev;
        match self {
            Self::Mesos => !is_dev,
            Self::Libmesos => is_library,
            Self::Dev => is_dev,
        }
    }
}

/// One thing in the tree; the path begins behind the first slash.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    pub path: PathBuf,
    pub kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    File { mode: u32 },
    Link { target: PathBuf },
    Folder,
}

pub struct Stage {
    folder: PathBuf,
    entries: Vec<Entry>,
}

impl Stage {
    /// Builds, installs below `folder`, and adds what only packages have.
    pub fn make(folder: &Path) -> Outcome<Self> {
        fresh_folder(folder)?;
        let destdir = format!("--destdir={}", folder.display());
        install::install(&["--prefix=/usr".to_owned(), destdir])?;
        step("adding services and configuration");
        for (from, to) in ADDED {
            let (from, to) = (root().join(from), folder.join(to));
            if from.is_dir() {
                install::copy_folder(&from, &to, &|_| true)?;
            } else {
                install::copy(&from, &to)?;
            }
        }
        install::link(UNIT_LINK.1, &folder.join(UNIT_LINK.0))?;
        for empty in EMPTY {
            let path = folder.join(empty);
            fs::create_dir_all(&path)
                .map_err(|e| format!("cannot create {}: {e}", path.display()))?;
        }
        compress_manual(&folder.join("usr/share/man"))?;
        let mut entries = Vec::new();
        walk(folder, folder, &mut entries)?;
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self {
            folder: folder.to_owned(),
            entries,
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Where an entry is now.
    pub fn place(&self, entry: &Entry) -> PathBuf {
        self.folder.join(&entry.path)
    }

    /// Whether it is a program or a shared library.
    pub fn is_elf(&self, entry: &Entry) -> Outcome<bool> {
        if !matches!(entry.kind, Kind::File { .. }) {
            return Ok(false);
        }
        let path = self.place(entry);
        let mut start = [0; 4];
        let mut file =
            fs::File::open(&path).map_err(|e| format!("cannot open {}: {e}", path.display()))?;
        Ok(file.read_exact(&mut start).is_ok() && start == *b"\x7fELF")
    }
}

/// Pages of the manual are packed compressed; a link to a page gets the ending too.
fn compress_manual(folder: &Path) -> Outcome {
    let mut pages = Vec::new();
    walk(folder, folder, &mut pages)?;
    for page in pages {
        let path = folder.join(&page.path);
        match page.kind {
            Kind::Folder => {}
            Kind::File { .. } => run(Command::new("gzip").args(["-9n", "-f"]).arg(&path))?,
            Kind::Link { target } => {
                let ending = |path: &Path| format!("{}.gz", path.display());
                install::link(&ending(&target), Path::new(&ending(&path)))?;
                fs::remove_file(&path)
                    .map_err(|e| format!("cannot remove {}: {e}", path.display()))?;
            }
        }
    }
    Ok(())
}

fn walk(base: &Path, folder: &Path, entries: &mut Vec<Entry>) -> Outcome {
    let failed = |e: std::io::Error| format!("cannot read {}: {e}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let data = fs::symlink_metadata(&path).map_err(failed)?;
        let kind = if data.is_symlink() {
            Kind::Link {
                target: fs::read_link(&path).map_err(failed)?,
            }
        } else if data.is_dir() {
            walk(base, &path, entries)?;
            Kind::Folder
        } else {
            Kind::File {
                mode: data.permissions().mode() & 0o777,
            }
        };
        let path = path.strip_prefix(base).unwrap_or(&path).to_owned();
        entries.push(Entry { path, kind });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(path: &str) -> Vec<Package> {
        let path = Path::new(path);
        PACKAGES.into_iter().filter(|p| p.has(path)).collect()
    }

    #[test]
    fn every_file_has_an_owner_and_only_the_library_two() {
        assert_eq!(owners("usr/sbin/mesos-master"), [Package::Mesos]);
        assert_eq!(owners("etc/mesos/zk"), [Package::Mesos]);
        assert_eq!(
            owners("usr/lib/systemd/system/mesos-slave.service"),
            [Package::Mesos]
        );
        for library in ["usr/lib/libmesos.so", "usr/lib/libmesos-1.11.0.so"] {
            assert_eq!(owners(library), [Package::Mesos, Package::Libmesos]);
        }
        for file in [
            "usr/lib/libmesos.a",
            "usr/lib/pkgconfig/mesos.pc",
            "usr/include/mesos/mesos.h",
        ] {
            assert_eq!(owners(file), [Package::Dev]);
        }
    }
}
