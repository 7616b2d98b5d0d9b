//! Files, folders and links of an installation.

use crate::shell::Outcome;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

/// Copies a file with its mode; folders above it are made.
pub fn copy(from: &Path, to: &Path) -> Outcome {
    clear(to)?;
    fs::copy(from, to)
        .map(drop)
        .map_err(|e| format!("cannot copy {} to {}: {e}", from.display(), to.display()))
}

/// Copies the files of a folder, of all depths, for which `wanted` answers so. Links stay links. A folder that is not
/// there has no files.
pub fn copy_folder(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> Outcome {
    if !from.is_dir() {
        return Ok(());
    }
    let entries = fs::read_dir(from).map_err(|e| format!("cannot read {}: {e}", from.display()))?;
    for entry in entries {
        let entry = entry.map_err(|e| format!("cannot read {}: {e}", from.display()))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(|e| e.to_string())?;
        if kind.is_dir() {
            copy_folder(&path, &target, wanted)?;
        } else if !wanted(&path) {
            continue;
        } else if kind.is_symlink() {
            let to = fs::read_link(&path).map_err(|e| e.to_string())?;
            link(&to.to_string_lossy(), &target)?;
        } else {
            copy(&path, &target)?;
        }
    }
    Ok(())
}

/// Writes a text file.
pub fn write(path: &Path, text: &str) -> Outcome {
    clear(path)?;
    fs::write(path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

/// Writes a program that is a text.
pub fn write_script(path: &Path, text: &str) -> Outcome {
    write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .map_err(|e| format!("cannot make {} a program: {e}", path.display()))
}

/// Makes `path` a link to `target`, which is relative to the link's folder.
pub fn link(target: &str, path: &Path) -> Outcome {
    clear(path)?;
    symlink(target, path).map_err(|e| format!("cannot link {}: {e}", path.display()))
}

/// Removes what is at a path, for a program may be using that, and makes the folders above it.
fn clear(path: &Path) -> Outcome {
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
    let _ = fs::remove_file(path);
    Ok(())
}
