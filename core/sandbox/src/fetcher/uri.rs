//! What a URI of a command may look like and where it leads.
//!
//! Compat: agent part 2 §20.1 rules 3 and 5, §20.2 rule 2 (leading blanks).

use std::path::{Path, PathBuf};

use mesos_proto::mesos::command_info::Uri;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    #[error("Illegal characters in URI")]
    IllegalCharacters,
    #[error("Malformed URI (missing path): {0}")]
    MissingPath(String),
    #[error("The 'output_file' field of URI '{0}' is empty")]
    EmptyOutputFile(String),
    #[error("The 'output_file' field of URI '{0}' must be a relative path")]
    AbsoluteOutputFile(String),
    #[error("The 'output_file' field of URI '{0}' leads out of the sandbox")]
    EscapingOutputFile(String),
    #[error("URI '{0}' has no file name")]
    NoBaseName(String),
    #[error("File URI only supports absolute paths: '{0}'")]
    RelativeFile(String),
    #[error(
        "A relative path was passed for the resource '{0}' but the agent flag 'frameworks_home' is not set"
    )]
    NoFrameworksHome(String),
}

/// Where the bytes of a URI come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Local(PathBuf),
    Http(String),
    Ftp(String),
    /// Any other scheme is for the Hadoop client.
    Hadoop(String),
}

/// The name a download gets: what follows the last slash of the path.
///
/// # Errors
/// The URI holds characters that no path or command line should, or has no path.
pub fn base_name(value: &str) -> Result<&str, UriError> {
    if value.contains(['\\', '\'', '\0']) {
        return Err(UriError::IllegalCharacters);
    }
    let value = value.trim_start();
    let path = match value.split_once("://") {
        Some((scheme, rest)) if !scheme.is_empty() => match rest.split_once('/') {
            Some((_, path)) if !path.is_empty() => path,
            Some(_) | None => return Err(UriError::MissingPath(value.to_owned())),
        },
        Some(_) | None => value,
    };
    Ok(path.rsplit('/').next().unwrap_or(path))
}

/// The name below the sandbox under which a URI ends up.
///
/// # Errors
/// As [`base_name`].
pub fn destination(uri: &Uri) -> Result<&str, UriError> {
    match &uri.output_file {
        Some(name) => Ok(name),
        None => base_name(&uri.value),
    }
}

/// Checks a URI before anything runs.
///
/// # Errors
/// The first rule it breaks.
pub fn validate(uri: &Uri) -> Result<(), UriError> {
    let base = base_name(&uri.value)?;
    if let Some(output) = &uri.output_file {
        if output.is_empty() {
            return Err(UriError::EmptyOutputFile(uri.value.clone()));
        }
        if output.starts_with('/') {
            return Err(UriError::AbsoluteOutputFile(uri.value.clone()));
        }
        // Deliberately stricter than the original, which follows `..` out of the sandbox.
        if output.split('/').any(|part| part == "..") {
            return Err(UriError::EscapingOutputFile(uri.value.clone()));
        }
    }
    if base.is_empty() && (uri.cache.unwrap_or(false) || uri.output_file.is_none()) {
        return Err(UriError::NoBaseName(uri.value.clone()));
    }
    Ok(())
}

const LOCAL_HOST: &str = "localhost";

impl Source {
    /// # Errors
    /// A local path that is not absolute and cannot be made so.
    pub fn of(value: &str, frameworks_home: Option<&Path>) -> Result<Self, UriError> {
        let value = value.trim_start();
        let Some((scheme, rest)) = value.split_once("://") else {
            return Self::plain_path(value, frameworks_home);
        };
        match scheme.to_ascii_lowercase().as_str() {
            "file" => {
                let path = rest.strip_prefix(LOCAL_HOST).unwrap_or(rest);
                if !path.starts_with('/') {
                    return Err(UriError::RelativeFile(value.to_owned()));
                }
                Ok(Self::Local(path.into()))
            }
            "http" | "https" => Ok(Self::Http(value.to_owned())),
            "ftp" | "ftps" => Ok(Self::Ftp(value.to_owned())),
            _ => Ok(Self::Hadoop(value.to_owned())),
        }
    }

    fn plain_path(value: &str, frameworks_home: Option<&Path>) -> Result<Self, UriError> {
        if value.starts_with('/') {
            return Ok(Self::Local(value.into()));
        }
        let home = frameworks_home.ok_or_else(|| UriError::NoFrameworksHome(value.to_owned()))?;
        Ok(Self::Local(home.join(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(value: &str) -> Uri {
        Uri {
            value: value.into(),
            ..Default::default()
        }
    }

    #[test]
    fn each_broken_rule_is_named() {
        assert_eq!(
            validate(&uri("http://h/a'b")),
            Err(UriError::IllegalCharacters)
        );
        assert_eq!(
            validate(&uri("http://h/a\\b")),
            Err(UriError::IllegalCharacters)
        );
        for missing in ["lala://nopath", "http://h/"] {
            let text = validate(&uri(missing)).unwrap_err().to_string();
            assert!(text.starts_with("Malformed URI (missing path)"), "{text}");
        }
        let with = |output: &str| Uri {
            output_file: Some(output.into()),
            ..uri("/x")
        };
        assert!(matches!(
            validate(&with("")),
            Err(UriError::EmptyOutputFile(_))
        ));
        assert!(matches!(
            validate(&with("/abs")),
            Err(UriError::AbsoluteOutputFile(_))
        ));
        assert!(matches!(
            validate(&with("a/../../b")),
            Err(UriError::EscapingOutputFile(_))
        ));
        assert_eq!(validate(&with("a/b..c/d")), Ok(()));
        assert!(matches!(
            validate(&Uri {
                cache: Some(true),
                ..uri("/dir/")
            }),
            Err(UriError::NoBaseName(_))
        ));
    }

    #[test]
    fn a_uri_leads_to_its_source() {
        let home = Path::new("/home/frameworks");
        let of = |value| Source::of(value, Some(home)).unwrap();
        assert_eq!(of("file:///a/b"), Source::Local("/a/b".into()));
        assert_eq!(of("file://localhost/a/b"), Source::Local("/a/b".into()));
        assert_eq!(of("a/b"), Source::Local("/home/frameworks/a/b".into()));
        assert_eq!(of("  http://h:1/x"), Source::Http("http://h:1/x".into()));
        assert_eq!(of("ftps://h/x"), Source::Ftp("ftps://h/x".into()));
        assert_eq!(of("hdfs://h/x"), Source::Hadoop("hdfs://h/x".into()));
        assert!(matches!(
            Source::of("file://a/b", None),
            Err(UriError::RelativeFile(_))
        ));
        assert!(matches!(
            Source::of("a/b", None),
            Err(UriError::NoFrameworksHome(_))
        ));
    }

    #[test]
    fn the_base_name_is_what_follows_the_last_slash() {
        assert_eq!(base_name("http://h/a/b.tgz"), Ok("b.tgz"));
        assert_eq!(base_name(" \t/a/b"), Ok("b"));
        assert_eq!(base_name("plain"), Ok("plain"));
    }
}
