//! Role names: validity, hierarchy, the roles of a framework. Compat: RES-63..RES-67.

use crate::{capability::FrameworkCapabilities, id::id};
use mesos_proto::mesos as pb;
use std::{fmt, sync::Arc};
use thiserror::Error;

id!(/// A role name. Not checked by construction, see [`validate`].
    Role);

/// The role that stands for "nobody in particular".
pub const DEFAULT_ROLE: &str = "*";

/// Why a text is no role name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RoleError {
    #[error("Role names cannot be the empty string")]
    Empty,
    #[error("Role '{0}' cannot start with a slash")]
    LeadingSlash(String),
    #[error("Role '{0}' cannot end with a slash")]
    TrailingSlash(String),
    #[error("Role '{0}' cannot contain two adjacent slashes")]
    DoubleSlash(String),
    #[error("Role '{role}' cannot include '{component}' as a component")]
    Component { role: String, component: String },
    #[error("Role component '{0}' is invalid because it starts with a dash")]
    Dash(String),
    #[error("Role component '{0}' is invalid because it contains backspace or whitespace")]
    Blank(String),
}

impl Role {
    pub fn is_default(&self) -> bool {
        &*self.0 == DEFAULT_ROLE
    }

    /// Whether the role is a path of more than one component.
    pub fn is_hierarchical(&self) -> bool {
        self.0.contains('/')
    }

    /// Whether `self` is a strict sub-role of `ancestor` (RES-64).
    pub fn is_strict_subrole_of(&self, ancestor: &str) -> bool {
        is_strict_subrole(&self.0, ancestor)
    }

    /// Ancestors, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        ancestors(&self.0)
    }
}

/// Whether `role` lies strictly below `ancestor` (RES-64).
pub fn is_strict_subrole(role: &str, ancestor: &str) -> bool {
    role.len() > ancestor.len()
        && role.as_bytes()[ancestor.len()] == b'/'
        && role.starts_with(ancestor)
}

/// The ancestors of a role, nearest first: `a/b/c` gives `a/b`, then `a`.
pub fn ancestors(role: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(parent(role), |at| parent(at))
}

fn parent(role: &str) -> Option<&str> {
    role.rfind('/').map(|slash| &role[..slash])
}

/// Checks a role name (RES-63).
pub fn validate(role: &str) -> Result<(), RoleError> {
    if role == DEFAULT_ROLE {
        return Ok(());
    }
    if role.is_empty() {
        return Err(RoleError::Empty);
    }
    if role.starts_with('/') {
        return Err(RoleError::LeadingSlash(role.to_owned()));
    }
    if role.ends_with('/') {
        return Err(RoleError::TrailingSlash(role.to_owned()));
    }
    if role.contains("//") {
        return Err(RoleError::DoubleSlash(role.to_owned()));
    }
    role.split('/')
        .try_for_each(|component| validate_component(role, component))
}

fn validate_component(role: &str, component: &str) -> Result<(), RoleError> {
    if matches!(component, "." | ".." | "*") {
        let (role, component) = (role.to_owned(), component.to_owned());
        return Err(RoleError::Component { role, component });
    }
    if component.starts_with('-') {
        return Err(RoleError::Dash(component.to_owned()));
    }
    let forbidden = |c: char| matches!(c, '\t' | '\n' | '\x0b' | '\x0c' | '\r' | ' ' | '\x7f');
    if component.contains(forbidden) {
        return Err(RoleError::Blank(component.to_owned()));
    }
    Ok(())
}

/// Reads the comma list of `--roles`: empty tokens ignored, order kept, duplicates dropped (RES-66).
pub fn parse_list(text: &str) -> Result<Vec<Role>, RoleError> {
    let mut roles: Vec<Role> = Vec::new();
    for token in text.split(',').filter(|token| !token.is_empty()) {
        validate(token)?;
        if !roles.iter().any(|role| role.as_str() == token) {
            roles.push(Role::new(token));
        }
    }
    Ok(roles)
}

/// The roles a framework is subscribed to: sorted, without duplicates (RES-65).
#[allow(
    deprecated,
    reason = "the single role field is what old frameworks send"
)]
pub fn framework_roles(info: &pb::FrameworkInfo) -> Vec<Role> {
    if !FrameworkCapabilities::of(info).multi_role {
        return vec![Role::new(info.role())];
    }
    let mut roles: Vec<Role> = info.roles.iter().map(|role| Role::new(role)).collect();
    roles.sort();
    roles.dedup();
    roles
}
