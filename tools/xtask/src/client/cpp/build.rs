//! CMake builds of `bindings-cpp`. Their folders stay, so that a second run compiles only what changed.

use super::run_quietly;
use crate::release;
use crate::repository::{root, target};
use crate::shell::{Outcome, fresh_folder, output, run, step};
use std::path::{Path, PathBuf};
use std::process::Command;

/// One build: a compiler, a standard and flags.
pub struct Build {
    pub compiler: &'static str,
    pub folder: PathBuf,
    standard: &'static str,
    flags: &'static str,
}

impl Build {
    /// g++ as C++11, under the address sanitizer.
    pub fn sanitized() -> Self {
        Self {
            compiler: "g++",
            folder: target().join("client-cpp/sanitized"),
            standard: "11",
            flags: "-g1 -fsanitize=address -fno-omit-frame-pointer",
        }
    }

    /// clang++ as C++17, as it is installed.
    pub fn installed() -> Self {
        Self {
            compiler: "clang++",
            folder: target().join("client-cpp/installed"),
            standard: "17",
            flags: "",
        }
    }

    /// g++ as C++17, as a framework that ships is built.
    pub fn optimised() -> Self {
        Self {
            compiler: "g++",
            folder: target().join("client-cpp/optimised"),
            standard: "17",
            flags: "-O2",
        }
    }

    /// Builds these targets.
    pub fn make(&self, targets: &[&str]) -> Outcome {
        step(&format!(
            "C++: {} as C++{} {}: {}",
            self.compiler,
            self.standard,
            self.flags,
            targets.join(" ")
        ));
        run_quietly(
            Command::new("cmake")
                .arg("-S")
                .arg(root().join("bindings-cpp"))
                .arg("-B")
                .arg(&self.folder)
                .arg(format!("-DCMAKE_CXX_COMPILER={}", self.compiler))
                .arg(format!("-DCMAKE_CXX_STANDARD={}", self.standard))
                .arg(format!("-DCMAKE_CXX_FLAGS={}", self.flags))
                .arg(format!("-DMESOS_LIBRARY={}", release::library().display()))
                .args([
                    // Cargo points LD_LIBRARY_PATH at the debug library; this goes before it.
                    "-DCMAKE_EXE_LINKER_FLAGS=-Wl,--disable-new-dtags",
                    "-DMESOS_CXX_EXAMPLES=ON",
                    "-DMESOS_CXX_TESTS=ON",
                    "-DCMAKE_INSTALL_LIBDIR=lib",
                ]),
        )?;
        let mut build = Command::new("cmake");
        build
            .arg("--build")
            .arg(&self.folder)
            .args(["--parallel", "2", "--target"])
            .args(targets);
        run_quietly(&mut build)
    }

    /// A program of the tests or of the examples.
    pub fn program(&self, name: &str) -> Command {
        let example = self.folder.join("examples").join(name);
        let is_example = example.exists();
        Command::new(if is_example {
            example
        } else {
            self.folder.join(name)
        })
    }

    /// Where generated headers are.
    pub fn generated(&self) -> PathBuf {
        self.folder.join("generated")
    }

    /// Installs, and builds a program as its user would: with what pkg-config says, and nothing else.
    pub fn build_by_pkg_config(&self, source: &Path, name: &str) -> Outcome<Command> {
        let prefix = target().join("client-cpp/prefix");
        fresh_folder(&prefix)?;
        run_quietly(
            Command::new("cmake")
                .arg("--install")
                .arg(&self.folder)
                .arg("--prefix")
                .arg(&prefix),
        )?;
        let lib = prefix.join("lib");
        let versioned = concat!("libmesos-", env!("CARGO_PKG_VERSION"), ".so");
        for name in ["libmesos.so", versioned] {
            std::os::unix::fs::symlink(release::library(), lib.join(name))
                .map_err(|e| format!("cannot link the library: {e}"))?;
        }
        let flags = output(
            Command::new("pkg-config")
                .args(["--cflags", "--libs", "mesos_cxx"])
                .env("PKG_CONFIG_PATH", lib.join("pkgconfig")),
        )?;
        let built = prefix.join(name);
        run(Command::new(self.compiler)
            .arg(format!("-std=c++{}", self.standard))
            .arg(source)
            .arg("-o")
            .arg(&built)
            .args(flags.split_whitespace()))?;
        let mut program = Command::new(built);
        program.env("LD_LIBRARY_PATH", lib);
        Ok(program)
    }
}
