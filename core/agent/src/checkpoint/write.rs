//! Disk work named by the machine's effects, done in their order by one thread of the shell.
//!
//! Compat: agent §5.1 items 1 and 7.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// One change on disk.
#[derive(Clone, Debug, PartialEq)]
pub enum Disk {
    /// Replaces a file as a whole (temporary file in the same directory, then rename); 0600.
    Write {
        path: PathBuf,
        bytes: Vec<u8>,
    },
    /// Appends to an update stream, creating it with mode 0644.
    Append {
        path: PathBuf,
        bytes: Vec<u8>,
    },
    /// An empty marker file, 0644.
    Mark {
        path: PathBuf,
    },
    /// Points a link at a target, replacing an older link.
    Link {
        target: PathBuf,
        link: PathBuf,
    },
    /// A directory with its parents; only the last component gets the mode.
    MakeDir {
        path: PathBuf,
        mode: u32,
    },
    /// A directory or file goes away; absence is fine.
    Remove {
        path: PathBuf,
    },
    /// Everything inside goes away but the directory itself stays (mount points).
    Empty {
        path: PathBuf,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    /// Sets the modification time to now, so that collection counts from here.
    Touch {
        path: PathBuf,
    },
}

#[derive(Debug, thiserror::Error)]
#[error("Failed to {action} '{}': {source}", path.display())]
pub struct DiskError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl Disk {
    pub fn apply(&self) -> Result<(), DiskError> {
        let (action, path, result) = match self {
            Self::Write { path, bytes } => ("checkpoint", path, write_atomically(path, bytes)),
            Self::Append { path, bytes } => ("append to", path, append(path, bytes)),
            Self::Mark { path } => ("create", path, append(path, &[])),
            Self::Link { target, link } => ("link", link, relink(target, link)),
            Self::MakeDir { path, mode } => ("create directory", path, make_dir(path, *mode)),
            Self::Remove { path } => ("remove", path, remove(path)),
            Self::Empty { path } => ("empty", path, empty(path)),
            Self::Rename { from, to } => ("rename", from, fs::rename(from, to)),
            Self::Touch { path } => ("touch", path, touch(path)),
        };
        result.map_err(|source| DiskError {
            action,
            path: path.clone(),
            source,
        })
    }
}

fn parent_of(path: &Path) -> io::Result<&Path> {
    path.parent()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))
}

fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = parent_of(path)?;
    let open = |temporary: &Path| {
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(temporary)
    };
    let (temporary, mut file) = loop {
        let temporary = parent.join(temporary_name());
        match open(&temporary) {
            Ok(file) => break (temporary, file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir_all(parent)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    };
    let written = file
        .write_all(bytes)
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The target is untouched; a left-over temporary file is ignored by readers.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Six characters, as the original's temporary files have: readers ignore such names.
fn temporary_name() -> String {
    uuid::Uuid::new_v4().simple().to_string()[..6].to_owned()
}

fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let open = || {
        fs::OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o644)
            .open(path)
    };
    let mut file = match open() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(parent_of(path)?)?;
            open()?
        }
        other => other?,
    };
    file.write_all(bytes)
}

fn relink(target: &Path, link: &Path) -> io::Result<()> {
    match std::os::unix::fs::symlink(target, link) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(parent_of(link)?)?;
            return std::os::unix::fs::symlink(target, link);
        }
        other => return other,
    }
    fs::remove_file(link)?;
    std::os::unix::fs::symlink(target, link)
}

fn make_dir(path: &Path, mode: u32) -> io::Result<()> {
    fs::create_dir_all(parent_of(path)?)?;
    match fs::DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        other => other?,
    }
    // The mode given at creation passes through the umask.
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    if found.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

fn empty(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        remove(&entry?.path())?;
    }
    Ok(())
}

fn touch(path: &Path) -> io::Result<()> {
    let now = fs::FileTimes::new().set_modified(std::time::SystemTime::now());
    fs::File::open(path)?.set_times(now)
}
