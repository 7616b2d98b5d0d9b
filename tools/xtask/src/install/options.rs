//! The command line of `cargo xtask install`.

use super::Tree;
use crate::shell::Outcome;
use std::path::{Path, PathBuf};

const USAGE: &str =
    "usage: cargo xtask install --prefix P [--destdir D] [--sysconfdir P/etc] [--libdir P/lib]";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    prefix: PathBuf,
    /// The tree is written below this folder; nothing in it knows so.
    destdir: Option<PathBuf>,
    sysconfdir: Option<PathBuf>,
    libdir: Option<PathBuf>,
}

impl Options {
    /// Reads `--name VALUE`, `--name=VALUE`, and the prefix alone.
    pub fn read(words: &[String]) -> Outcome<Self> {
        let (mut prefix, mut destdir, mut sysconfdir, mut libdir) = (None, None, None, None);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let Some(option) = word.strip_prefix("--") else {
                once(&mut prefix, "the prefix", word)?;
                continue;
            };
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (option, words.next().map(String::as_str)),
            };
            let place = match name {
                "prefix" => &mut prefix,
                "destdir" => &mut destdir,
                "sysconfdir" => &mut sysconfdir,
                "libdir" => &mut libdir,
                _ => return Err(format!("there is no option --{name}\n{USAGE}")),
            };
            let value = value.filter(|value| !value.is_empty());
            let value = value.ok_or_else(|| format!("--{name} needs a folder\n{USAGE}"))?;
            once(place, &format!("--{name}"), value)?;
        }
        Ok(Self {
            prefix: absolute(&prefix.ok_or(USAGE)?)?,
            destdir: destdir.map(|folder| absolute(&folder)).transpose()?,
            sysconfdir: sysconfdir.map(|folder| absolute(&folder)).transpose()?,
            libdir: libdir.map(|folder| absolute(&folder)).transpose()?,
        })
    }

    /// Where the files go to.
    pub fn tree(&self) -> Tree {
        let place = |path: &Path| match &self.destdir {
            Some(destdir) => destdir.join(path.strip_prefix("/").unwrap_or(path)),
            None => path.to_owned(),
        };
        let below = Tree::below(&self.prefix);
        Tree {
            prefix: place(&below.prefix),
            lib: place(self.libdir.as_ref().unwrap_or(&below.lib)),
            etc: place(self.sysconfdir.as_ref().unwrap_or(&below.etc)),
        }
    }
}

fn once(place: &mut Option<PathBuf>, name: &str, value: &str) -> Outcome {
    match place.replace(PathBuf::from(value)) {
        None => Ok(()),
        Some(_) => Err(format!("{name} is given twice\n{USAGE}")),
    }
}

fn absolute(path: &Path) -> Outcome<PathBuf> {
    std::path::absolute(path).map_err(|e| format!("cannot use {}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Outcome<Options> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        Options::read(&words)
    }

    #[test]
    fn destdir_goes_before_every_folder() {
        let tree = read("--prefix=/usr --destdir /tmp/dest --sysconfdir /etc --libdir=/usr/lib64")
            .expect("these are options")
            .tree();
        assert_eq!(tree.prefix, Path::new("/tmp/dest/usr"));
        assert_eq!(tree.etc, Path::new("/tmp/dest/etc"));
        assert_eq!(tree.lib, Path::new("/tmp/dest/usr/lib64"));
    }

    #[test]
    fn the_prefix_alone_is_enough() {
        let tree = read("/opt/mesos").expect("a prefix").tree();
        assert_eq!(tree.prefix, Path::new("/opt/mesos"));
        assert_eq!(tree.etc, Path::new("/opt/mesos/etc"));
        assert_eq!(tree.lib, Path::new("/opt/mesos/lib"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let complaint = |text| read(text).expect_err(text);
        assert!(complaint("").starts_with("usage:"));
        assert!(complaint("--prefix").starts_with("--prefix needs a folder"));
        assert!(complaint("--prefix=").starts_with("--prefix needs a folder"));
        assert!(complaint("--prfix=/a").starts_with("there is no option --prfix"));
        assert!(complaint("/a --prefix=/b").starts_with("--prefix is given twice"));
    }
}
