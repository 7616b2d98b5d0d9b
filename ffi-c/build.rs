//! Names the shared library as the original's is named, by its release (operations §1.1), so that a program which was
//! linked with it looks for it by that name; and keeps it in memory once it is loaded, because its threads run on when
//! a host closes it (a JVM does so when it collects the class loader that loaded it).

use std::os::unix::fs::symlink;
use std::path::Path;

const LIBRARY: &str = "libmesos.so";

fn main() {
    let name = format!("libmesos-{}.so", env!("CARGO_PKG_VERSION"));
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{name}");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    let out = std::env::var("OUT_DIR").expect("cargo says where to write");
    // PROFILE/build/PACKAGE/out
    if let Some(profile) = Path::new(&out).ancestors().nth(3) {
        link(&profile.join(&name));
        link(&profile.join("deps").join(&name));
    }
}

/// Programs that are linked with the library where cargo builds it, find it there by its name as well.
fn link(path: &Path) {
    if path.symlink_metadata().is_ok() {
        return;
    }
    if let Err(error) = symlink(LIBRARY, path) {
        println!("cargo:warning=cannot link {}: {error}", path.display());
    }
}
