//! The files of LevelDB: what is flushed is on disk, and a folder belongs to one process.
//!
//! The library's own environment takes `flush` for a synced write, which a file ignores, and a lock that the original
//! does not see.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, fcntl_lock};
use rusty_leveldb::env::{Env, FileLock, Logger, RandomAccess};
use rusty_leveldb::{PosixDiskEnv, Result, Status, StatusCode};

pub(super) struct SyncedEnv {
    files: PosixDiskEnv,
    locks: RefCell<HashMap<String, File>>,
}

impl Default for SyncedEnv {
    fn default() -> Self {
        Self {
            files: PosixDiskEnv::new(),
            locks: RefCell::default(),
        }
    }
}

/// A file whose `flush` returns when the bytes are on disk.
struct Synced(File);

impl Write for Synced {
    /// All of it: the library does not look at how much was written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// A name in a folder is durable when the folder is.
fn sync_parent(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn named(path: &Path, error: &io::Error) -> Status {
    Status::new(StatusCode::IOError, &format!("{}: {error}", path.display()))
}

fn open(path: &Path, append: bool) -> Result<Box<dyn Write>> {
    let mut options = File::options();
    options.create(true).append(append);
    if !append {
        options.write(true).truncate(true);
    }
    let file = options.open(path);
    let file = file.map_err(|error| named(path, &error))?;
    sync_parent(path).map_err(|error| named(path, &error))?;
    Ok(Box::new(Synced(file)))
}

impl Env for SyncedEnv {
    fn open_sequential_file(&self, path: &Path) -> Result<Box<dyn Read>> {
        self.files.open_sequential_file(path)
    }

    fn open_random_access_file(&self, path: &Path) -> Result<Box<dyn RandomAccess>> {
        self.files.open_random_access_file(path)
    }

    fn open_writable_file(&self, path: &Path) -> Result<Box<dyn Write>> {
        open(path, false)
    }

    fn open_appendable_file(&self, path: &Path) -> Result<Box<dyn Write>> {
        open(path, true)
    }

    fn exists(&self, path: &Path) -> Result<bool> {
        self.files.exists(path)
    }

    fn children(&self, path: &Path) -> Result<Vec<PathBuf>> {
        self.files.children(path)
    }

    fn size_of(&self, path: &Path) -> Result<usize> {
        self.files.size_of(path)
    }

    fn delete(&self, path: &Path) -> Result<()> {
        self.files.delete(path)
    }

    fn mkdir(&self, path: &Path) -> Result<()> {
        self.files.mkdir(path)
    }

    fn rmdir(&self, path: &Path) -> Result<()> {
        self.files.rmdir(path)
    }

    /// What gets a new name is on disk before its name is; the library does not flush it.
    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        let synced = File::open(from).and_then(|file| file.sync_data());
        synced.map_err(|error| named(from, &error))?;
        self.files.rename(from, to)?;
        sync_parent(to).map_err(|error| named(to, &error))
    }

    /// The original locks with `fcntl`, which does not keep out what is in the same process; `flock` does.
    fn lock(&self, path: &Path) -> Result<FileLock> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path);
        let file = file.map_err(|error| named(path, &error))?;
        let held = || Status::new(StatusCode::LockError, "the lock is held");
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held()),
            Err(TryLockError::Error(error)) => return Err(named(path, &error)),
        }
        fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| held())?;
        let id = path.display().to_string();
        self.locks.borrow_mut().insert(id.clone(), file);
        Ok(FileLock { id })
    }

    fn unlock(&self, lock: FileLock) -> Result<()> {
        self.locks.borrow_mut().remove(&lock.id);
        Ok(())
    }

    /// The library's own log, which is nobody's.
    fn new_logger(&self, _: &Path) -> Result<Logger> {
        Ok(Logger::new(Box::new(io::sink())))
    }

    fn micros(&self) -> u64 {
        self.files.micros()
    }

    fn sleep_for(&self, micros: u32) {
        self.files.sleep_for(micros);
    }
}
