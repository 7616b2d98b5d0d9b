//! From a user's name to the ids a process runs with.
//!
//! Compat: agent part 2 §23.4.8: supplementary groups come from the user database; a user who is
//! the caller already changes nothing.

use std::ffi::CString;

use nix::unistd::{Uid, User};

/// The ids a process is given before it starts its program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub uid: u32,
    pub gid: u32,
    pub groups: Vec<u32>,
}

#[derive(Debug, thiserror::Error)]
pub enum UserError {
    #[error("Failed to look up user '{user}': no such user")]
    Unknown { user: String },
    #[error("Failed to look up user '{user}': {source}")]
    Lookup { user: String, source: nix::Error },
}

impl Credentials {
    /// Looks a user up by name.
    ///
    /// # Errors
    /// The name is not in the user database, or the database cannot be read.
    pub fn of(user: &str) -> Result<Self, UserError> {
        let lookup = |source| UserError::Lookup {
            user: user.to_owned(),
            source,
        };
        let unknown = || UserError::Unknown {
            user: user.to_owned(),
        };
        let entry = User::from_name(user).map_err(lookup)?.ok_or_else(unknown)?;
        let name = CString::new(user).map_err(|_| unknown())?;
        let groups = nix::unistd::getgrouplist(&name, entry.gid).map_err(lookup)?;
        Ok(Self {
            uid: entry.uid.as_raw(),
            gid: entry.gid.as_raw(),
            groups: groups.iter().map(|g| g.as_raw()).collect(),
        })
    }

    /// Whether the calling process runs as this user already.
    pub fn is_caller(&self) -> bool {
        Uid::effective().as_raw() == self.uid
    }

    /// Changes the calling process for good. Only for programs that have one thread yet.
    ///
    /// # Errors
    /// The kernel refuses: the caller is not privileged.
    pub fn assume(&self) -> nix::Result<()> {
        if self.is_caller() {
            return Ok(());
        }
        let gid = nix::unistd::Gid::from_raw(self.gid);
        let groups: Vec<_> = self
            .groups
            .iter()
            .map(|g| nix::unistd::Gid::from_raw(*g))
            .collect();
        nix::unistd::setgid(gid)?;
        nix::unistd::setgroups(&groups)?;
        nix::unistd::setuid(Uid::from_raw(self.uid))
    }
}

/// The name of the user the calling process runs as.
pub fn current_user_name() -> Option<String> {
    User::from_uid(Uid::effective())
        .ok()
        .flatten()
        .map(|user| user.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_known_and_a_made_up_user_is_not() {
        assert_eq!(Credentials::of("root").unwrap().uid, 0);
        let error = Credentials::of("no-such-user-here").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Failed to look up user 'no-such-user-here': no such user"
        );
    }
}
