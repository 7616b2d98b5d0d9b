//! Takes the built web UI into the program, if there is one: `webui/dist`, which `npm run build` makes. Without it the
//! program works too, and its page says how to add the UI.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let webui = here.unwrap_or_default().join("../../webui");
    let dist = webui.join("dist");
    let mut files = Vec::new();
    println!("cargo::rerun-if-changed=build.rs");
    if dist.join("index.html").is_file() {
        println!("cargo::rerun-if-changed={}", dist.display());
        collect(&dist, "", &mut files)?;
    } else if webui.is_dir() {
        // What is not there cannot be watched.
        println!("cargo::rerun-if-changed={}", webui.display());
    }
    files.sort();
    let mut text = format!("pub(super) static FILES: [File; {}] = [\n", files.len());
    for name in &files {
        let path = dist.join(name).canonicalize()?;
        let mut hasher = DefaultHasher::new();
        hasher.write(&fs::read(&path)?);
        let tag = hasher.finish();
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "    File::new({name:?}, \"\\\"{tag:016x}\\\"\", include_bytes!({path:?})),"
        );
    }
    text.push_str("];\n");
    let out = env::var_os("OUT_DIR").map(PathBuf::from);
    fs::write(out.unwrap_or_default().join("webui.rs"), text)
}

/// The names of the files below a folder, with slashes.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let name = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push(name);
        }
    }
    Ok(())
}
