//! Access to the real files below an attached path.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::{Gid, Group, Uid, User};

use super::{FileInfo, FilePart, FilesError, MAX_READ_BYTES};

/// Where `below` leads, which must be inside `root`.
fn resolve(root: &Path, below: &str) -> Result<PathBuf, FilesError> {
    if below.is_empty() {
        return Ok(root.to_owned());
    }
    let wanted = root.join(below);
    let real = wanted.canonicalize().map_err(|error| from_io(&error))?;
    if !real.starts_with(root) {
        return Err(inaccessible());
    }
    Ok(real)
}

/// Opens without waiting for FIFOs, then checks that nobody moved a link in between.
fn open(root: &Path, below: &str) -> Result<(File, Metadata), FilesError> {
    let path = resolve(root, below)?;
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW | OFlag::O_NOCTTY;
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(&path);
    let file = opened.map_err(|error| from_io(&error))?;
    let real = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))
        .map_err(|error| from_io(&error))?;
    if !real.starts_with(root) {
        return Err(inaccessible());
    }
    let metadata = file.metadata().map_err(|error| from_io(&error))?;
    Ok((file, metadata))
}

/// Opens a regular file; `of_directory` is the complaint about a directory.
pub fn open_file(root: &Path, below: &str, of_directory: &str) -> Result<File, FilesError> {
    let (file, metadata) = open(root, below)?;
    if metadata.is_dir() {
        return Err(FilesError::Invalid(of_directory.to_owned()));
    }
    if !metadata.is_file() {
        return Err(FilesError::Invalid("Not a regular file".to_owned()));
    }
    Ok(file)
}

pub fn read(
    root: &Path,
    below: &str,
    offset: Option<u64>,
    length: Option<u64>,
) -> Result<FilePart, FilesError> {
    let file = open_file(root, below, "Cannot read a directory")?;
    let size = file.metadata().map_err(|error| from_io(&error))?.len();
    let offset = offset.unwrap_or(size);
    let length = length
        .unwrap_or(MAX_READ_BYTES)
        .min(MAX_READ_BYTES)
        .min(size.saturating_sub(offset));
    let mut data = vec![0; usize::try_from(length).unwrap_or_default()];
    let mut filled = 0;
    while filled < data.len() {
        match file.read_at(&mut data[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(FilesError::Failed(format!("Failed to read file: {error}"))),
        }
    }
    data.truncate(filled);
    Ok(FilePart {
        size,
        offset,
        data: data.into(),
    })
}

/// The entries of a directory under their virtual paths, sorted.
pub fn list(root: &Path, below: &str, virtual_path: &str) -> Result<Vec<FileInfo>, FilesError> {
    let real = resolve(root, below)?;
    let metadata = std::fs::metadata(&real).map_err(|error| from_io(&error))?;
    if !metadata.is_dir() {
        return Ok(Vec::new());
    }
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(&real).map_err(|error| from_io(&error))? {
        let Ok(entry) = entry else { continue };
        // A link shows what it leads to if that is inside, and itself otherwise.
        let inside = entry
            .path()
            .canonicalize()
            .is_ok_and(|target| target.starts_with(root));
        let metadata = if inside {
            std::fs::metadata(entry.path())
        } else {
            entry.metadata()
        };
        // An entry that vanished meanwhile is left out.
        let Ok(metadata) = metadata else { continue };
        let name = entry.file_name().to_string_lossy().into_owned();
        entries.push(describe(
            format!("{}/{name}", virtual_path.trim_end_matches('/')),
            &metadata,
        ));
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

fn describe(path: String, metadata: &Metadata) -> FileInfo {
    let (uid, gid) = (metadata.uid(), metadata.gid());
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    let group = Group::from_gid(Gid::from_raw(gid)).ok().flatten();
    FileInfo {
        path,
        nlink: metadata.nlink(),
        size: metadata.len(),
        mtime: metadata.mtime(),
        mode: metadata.mode(),
        uid: user.map_or_else(|| uid.to_string(), |user| user.name),
        gid: group.map_or_else(|| gid.to_string(), |group| group.name),
    }
}

fn from_io(error: &io::Error) -> FilesError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FilesError::NotFound,
        // O_NOFOLLOW met a link that was not there when the path was resolved.
        _ if error.raw_os_error() == Some(nix::errno::Errno::ELOOP as i32) => inaccessible(),
        _ => FilesError::Failed(format!("Failed to open file: {error}")),
    }
}

fn inaccessible() -> FilesError {
    FilesError::Invalid("Resolved path is inaccessible".to_owned())
}

/// `st_mode` as `ls -l` shows it.
pub fn mode_text(mode: u32) -> String {
    let kind = match mode & 0o170_000 {
        0o040_000 => 'd',
        0o120_000 => 'l',
        0o060_000 => 'b',
        0o020_000 => 'c',
        0o010_000 => 'p',
        0o140_000 => 's',
        _ => '-',
    };
    let bit = |mask, yes| if mode & mask != 0 { yes } else { '-' };
    let execute = |mask, special, both, only| match (mode & mask != 0, mode & special != 0) {
        (true, true) => both,
        (false, true) => only,
        (true, false) => 'x',
        (false, false) => '-',
    };
    [
        kind,
        bit(0o400, 'r'),
        bit(0o200, 'w'),
        execute(0o100, 0o4000, 's', 'S'),
        bit(0o040, 'r'),
        bit(0o020, 'w'),
        execute(0o010, 0o2000, 's', 'S'),
        bit(0o004, 'r'),
        bit(0o002, 'w'),
        execute(0o001, 0o1000, 't', 'T'),
    ]
    .iter()
    .collect()
}
