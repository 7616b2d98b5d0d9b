//! Names the shared library, so that a program which was linked with it by its path looks for it by its name; and
//! keeps it in memory once it is loaded, because its threads run on when a host closes it (a JVM does so when it
//! collects the class loader that loaded it).

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libmesos.so");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
