//! The virtual file tree behind `/files/*`, LIST_FILES and READ_FILE.
//!
//! Whoever may write into an attached directory (a task in its sandbox) controls the symbolic
//! links in it, so every access is checked against where the opened file really is.
//!
//! Compat: HTTP-16, agent "files" rules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use mesos_process::http::{BoxFuture, Principal, Response};

mod disk;
mod endpoint;

/// Bytes that one read gives at most.
pub const MAX_READ_BYTES: u64 = 16 * 4096;

/// Decides whether a principal may see an attached path.
pub type Authorize = Arc<dyn Fn(Option<Principal>) -> BoxFuture<bool> + Send + Sync>;

/// One entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// Virtual path.
    pub path: String,
    pub nlink: u64,
    pub size: u64,
    /// Seconds since 1970.
    pub mtime: i64,
    /// As `st_mode`.
    pub mode: u32,
    /// User name, or the number of a user without one.
    pub uid: String,
    pub gid: String,
}

/// What a read gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePart {
    /// Size of the whole file.
    pub size: u64,
    /// Where `data` begins.
    pub offset: u64,
    pub data: Bytes,
}

/// Why a path cannot be listed or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilesError {
    #[error("not found")]
    NotFound,
    #[error("{0}")]
    Invalid(String),
    #[error("not authorized")]
    Forbidden,
    #[error("{0}")]
    Failed(String),
}

impl FilesError {
    /// The answer of `/files/browse`, `/files/read` and the v1 calls.
    pub fn to_response(&self) -> Response {
        match self {
            Self::NotFound => Response::with_text(404, ""),
            Self::Invalid(text) => Response::bad_request(format!("{text}.\n")),
            Self::Forbidden => Response::of(403),
            Self::Failed(text) => Response::internal_error(format!("{text}.\n")),
        }
    }
}

#[derive(Clone)]
struct Attached {
    real: PathBuf,
    authorize: Option<Authorize>,
}

/// Virtual paths and what they stand for; clones share the table.
#[derive(Clone, Default)]
pub struct Files {
    table: Arc<RwLock<BTreeMap<String, Attached>>>,
}

impl Files {
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the file or directory `real` visible as `virtual_path`, to everybody or to whom
    /// `authorize` allows. A path attached before is replaced.
    pub fn attach(
        &self,
        real: &Path,
        virtual_path: &str,
        authorize: Option<Authorize>,
    ) -> Result<(), String> {
        let real = real
            .canonicalize()
            .map_err(|error| format!("Failed to get realpath of '{}': {error}", real.display()))?;
        let attached = Attached { real, authorize };
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.insert(normalize(virtual_path), attached);
        Ok(())
    }

    pub fn detach(&self, virtual_path: &str) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.remove(&normalize(virtual_path));
    }

    /// Lists a directory, sorted by path; a plain file has no entries.
    pub async fn browse(
        &self,
        path: &str,
        principal: Option<Principal>,
    ) -> Result<Vec<FileInfo>, FilesError> {
        let (root, below) = self.find(path, principal).await?;
        let path = normalize(path);
        blocking(move || disk::list(&root, &below, &path)).await
    }

    /// Reads up to `length` bytes from `offset`, and never more than [`MAX_READ_BYTES`].
    /// `None` for the offset asks for the size; `None` for the length reads what one read may.
    pub async fn read(
        &self,
        path: &str,
        offset: Option<u64>,
        length: Option<u64>,
        principal: Option<Principal>,
    ) -> Result<FilePart, FilesError> {
        let (root, below) = self.find(path, principal).await?;
        blocking(move || disk::read(&root, &below, offset, length)).await
    }

    /// Opens a regular file for download.
    async fn open(
        &self,
        path: &str,
        principal: Option<Principal>,
    ) -> Result<std::fs::File, FilesError> {
        let (root, below) = self.find(path, principal).await?;
        blocking(move || disk::open_file(&root, &below, "Cannot download a directory")).await
    }

    /// Virtual paths and where they lead, sorted.
    fn attached(&self) -> Vec<(String, PathBuf)> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table
            .iter()
            .map(|(path, attached)| (path.clone(), attached.real.clone()))
            .collect()
    }

    /// The longest attached prefix of `path` and what is below it, if the principal may see it.
    async fn find(
        &self,
        path: &str,
        principal: Option<Principal>,
    ) -> Result<(PathBuf, String), FilesError> {
        let path = normalize(path);
        let (attached, below) = self.longest_prefix(&path).ok_or(FilesError::NotFound)?;
        if let Some(authorize) = &attached.authorize
            && !authorize(principal).await
        {
            return Err(FilesError::Forbidden);
        }
        Ok((attached.real, below))
    }

    fn longest_prefix(&self, path: &str) -> Option<(Attached, String)> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let mut prefix = path;
        loop {
            if let Some(attached) = table.get(prefix) {
                let below = path[prefix.len()..].trim_start_matches('/').to_owned();
                return Some((attached.clone(), below));
            }
            prefix = &prefix[..prefix.rfind('/')?];
        }
    }
}

/// Without repeated and trailing slashes.
fn normalize(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for character in path.chars() {
        if character != '/' || !out.ends_with('/') {
            out.push(character);
        }
    }
    if out.len() > 1 && out.ends_with('/') {
        out.pop();
    }
    out
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FilesError> + Send + 'static,
) -> Result<T, FilesError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(FilesError::Failed(error.to_string())))
}

#[cfg(test)]
mod tests;
