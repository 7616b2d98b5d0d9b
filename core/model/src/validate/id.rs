//! Ids chosen by clients. Compat: RES-61.

use crate::error::{Invalid, refuse};

const ID_LENGTH_MAX: usize = 255;

/// Checks a task, executor, agent, framework or persistence id: it may become a folder name.
pub fn validate(id: &str) -> Result<(), Invalid> {
    if id.is_empty() {
        return refuse("ID must not be empty");
    }
    if id.len() > ID_LENGTH_MAX {
        return refuse("ID must not be greater than 255 characters");
    }
    if id == "." || id == ".." {
        return Err(Invalid::new(format!("'{id}' is disallowed")));
    }
    if id
        .bytes()
        .any(|b| b.is_ascii_control() || b == b'/' || b == b'\\')
    {
        return Err(Invalid::new(format!("'{id}' contains invalid characters")));
    }
    Ok(())
}

/// Checks sixteen bytes that must be a UUID of a known version.
pub fn validate_uuid(bytes: &[u8]) -> Result<(), Invalid> {
    let known = bytes.len() == 16 && matches!(bytes[6] >> 4, 1..=5);
    if known {
        Ok(())
    } else {
        refuse("Not a valid UUID")
    }
}
