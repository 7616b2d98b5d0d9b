//! `cargo xtask install --prefix P [--destdir D]`: the tree that a source install of Mesos makes.
//!
//! Compat: operations §1.1, §1.2, rows S2-13, S2-14, S2-60, S3-5, S3-11. The tree can be moved: no file in it names
//! the prefix, and the daemons look for their programs and the web UI relative to where they are themselves.

mod copy;
mod development;
mod options;
mod programs;
mod stage;

use crate::reference::{self, commands, completion, man};
use crate::release;
use crate::repository::root;
use crate::shell::{Outcome, step};
use copy::write;
use std::path::{Path, PathBuf};

pub use copy::{copy, copy_folder, link};
pub use options::Options;
pub use programs::NOT_BUILT;
pub use stage::stage;

/// Where each kind of file goes to.
pub struct Tree {
    /// The prefix, below `--destdir`.
    pub prefix: PathBuf,
    /// Libraries.
    pub lib: PathBuf,
    /// The folder that holds `mesos/`, with its templates.
    pub etc: PathBuf,
}

impl Tree {
    /// A tree as it is by default.
    pub fn below(prefix: &Path) -> Self {
        Self {
            prefix: prefix.to_owned(),
            lib: prefix.join("lib"),
            etc: prefix.join("etc"),
        }
    }
}

/// Builds and installs.
pub fn install(words: &[String]) -> Outcome {
    let options = Options::read(words)?;
    release::build()?;
    tree(&options.tree())
}

/// Installs what has been built.
pub fn into(prefix: &Path) -> Outcome {
    tree(&Tree::below(prefix))
}

/// Installs what has been built, into these folders.
pub fn tree(tree: &Tree) -> Outcome {
    step(&format!("installing into {}", tree.prefix.display()));
    programs::install(tree)?;
    development::install(tree)?;
    configuration(tree)?;
    web_ui(tree)?;
    manual(&tree.prefix)?;
    launcher(tree)?;
    documents(tree)
}

/// The templates of the deploy scripts (S2-14).
fn configuration(tree: &Tree) -> Outcome {
    let folder = tree.etc.join("mesos");
    copy_folder(&root().join("deploy/etc/mesos"), &folder, &|_| true)?;
    let name = |role: &str| format!("mesos-{role}-env.sh.template");
    let of_old = folder.join(name("slave"));
    if folder.join(name("agent")).is_file() && !of_old.is_file() {
        link(&name("agent"), &of_old)?;
    }
    Ok(())
}

/// The web UI's files, where they were built; the master has them inside as well.
fn web_ui(tree: &Tree) -> Outcome {
    let built = root().join("webui/dist");
    copy_folder(&built, &tree.prefix.join("share/mesos/webui"), &|_| true)
}

/// Manual pages, and completions for shells.
fn manual(prefix: &Path) -> Outcome {
    let share = prefix.join("share");
    let page = commands::page(&commands::of(&prefix.join("bin/mesos"))?);
    write(&share.join("man/man1/mesos.1"), &page)?;
    for name in programs::NAMES_OF_MESOS {
        link("mesos.1", &share.join(format!("man/man1/{name}.1")))?;
    }
    for (path, text) in commands::completions(programs::NAMES_OF_MESOS) {
        write(&share.join(path), &text)?;
    }
    let programs = reference::committed()?;
    for (path, text) in man::pages(&programs) {
        write(&share.join("man").join(path), &text)?;
    }
    link("mesos-agent.8", &share.join("man/man8/mesos-slave.8"))?;
    for (path, text) in completion::files(&programs) {
        write(&share.join(path), &text)?;
    }
    Ok(())
}

/// `mesos-ec2` and what it brings to the machines (S3-17).
fn launcher(tree: &Tree) -> Outcome {
    let wanted = |path: &Path| {
        let is_made = |part: &std::ffi::OsStr| part == "tests" || part == "__pycache__";
        !path.iter().any(is_made)
    };
    copy_folder(
        &root().join("ec2"),
        &tree.prefix.join("share/mesos/ec2"),
        &wanted,
    )?;
    link(
        "../share/mesos/ec2/mesos-ec2",
        &tree.prefix.join("bin/mesos-ec2"),
    )
}

fn documents(tree: &Tree) -> Outcome {
    let folder = tree.prefix.join("share/doc/mesos");
    for name in ["README.md", "CHANGELOG.md", "LICENSE", "NOTICE"] {
        copy(&root().join(name), &folder.join(name))?;
    }
    copy_folder(&root().join("docs"), &folder.join("docs"), &|path| {
        path.extension().is_some_and(|ending| ending == "md")
    })?;
    // For those who use none of the packages, and for whoever watches a cluster.
    for name in ["init", "monitoring", "systemd"] {
        let from = root().join("deploy").join(name);
        copy_folder(&from, &folder.join(name), &|_| true)?;
    }
    Ok(())
}
