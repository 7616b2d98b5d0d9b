//! Virtual paths of `/files/*`.

use std::path::Path;
use std::sync::Arc;

use mesos_process::http::{BoxFuture, Principal, Router};

/// Decides whether a principal may see an attached path.
pub type Authorize = Arc<dyn Fn(Option<Principal>) -> BoxFuture<bool> + Send + Sync>;

/// Virtual paths and what they stand for; clones share the table.
#[derive(Clone, Default)]
pub struct Files {}

impl Files {
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the file or directory `real` visible as `virtual_path`, to everybody or to whom
    /// `authorize` allows.
    pub fn attach(&self, _real: &Path, _virtual_path: &str, _authorize: Option<Authorize>) -> Result<(), String> {
        Ok(())
    }

    pub fn detach(&self, _virtual_path: &str) {}

    /// Adds `/files/{browse,read,download,debug}` and their `.json` aliases.
    pub fn mount(&self, _router: &mut Router, _realm: Option<&str>) {}
}
