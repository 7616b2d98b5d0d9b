//! Extracts archives into a sandbox, and nowhere else.
//!
//! An entry that would leave the sandbox fails the fetch. The form of compression is taken from
//! the content, as an archive's name often lies about it.
//!
//! Compat: agent part 2 §20.2 rule 5 (suffixes).

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Seek, Write},
    path::{Component, Path, PathBuf},
};

use super::Error;

/// What an archive's name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Tar,
    Zip,
    /// One compressed file.
    Gzip,
}

const SUFFIXES: [(&str, Kind); 9] = [
    (".tar", Kind::Tar),
    (".tgz", Kind::Tar),
    (".tar.gz", Kind::Tar),
    (".tbz2", Kind::Tar),
    (".tar.bz2", Kind::Tar),
    (".txz", Kind::Tar),
    (".tar.xz", Kind::Tar),
    (".zip", Kind::Zip),
    (".gz", Kind::Gzip),
];
const GZIP_SUFFIX: &str = ".gz";
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const BZIP2_MAGIC: &[u8] = b"BZh";
const XZ_MAGIC: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0];
const MAGIC_BYTES_MAX: u64 = 6;

impl Kind {
    pub fn of(name: &str) -> Option<Self> {
        SUFFIXES
            .iter()
            .find(|(suffix, _)| name.ends_with(suffix))
            .map(|(_, kind)| *kind)
    }
}

/// Extracts an archive into the sandbox; a compressed single file goes to `target` without its
/// suffix.
///
/// # Errors
/// The archive is broken or leads out of the sandbox.
pub fn extract(kind: Kind, archive: &Path, target: &Path, sandbox: &Path) -> Result<(), Error> {
    tracing::info!(
        "Extracting '{}' into '{}'",
        archive.display(),
        sandbox.display()
    );
    let result = match kind {
        Kind::Tar => untar(archive, sandbox),
        Kind::Zip => unzip(archive, sandbox),
        Kind::Gzip => gunzip(archive, target),
    };
    result.map_err(|error| Error::Extract {
        archive: archive.to_owned(),
        reason: error.to_string(),
    })
}

fn decompressed(archive: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(archive)?;
    let mut magic = Vec::new();
    Read::by_ref(&mut file)
        .take(MAGIC_BYTES_MAX)
        .read_to_end(&mut magic)?;
    file.rewind()?;
    let file = BufReader::new(file);
    if magic.starts_with(GZIP_MAGIC) {
        return Ok(Box::new(flate2::bufread::MultiGzDecoder::new(file)));
    }
    if magic.starts_with(BZIP2_MAGIC) {
        return Ok(Box::new(bzip2::bufread::MultiBzDecoder::new(file)));
    }
    if magic.starts_with(XZ_MAGIC) {
        return Ok(Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(
            file,
        )));
    }
    Ok(Box::new(file))
}

fn escapes(path: &Path) -> io::Error {
    io::Error::other(format!(
        "entry '{}' leads out of the sandbox",
        path.display()
    ))
}

fn untar(archive: &Path, sandbox: &Path) -> io::Result<()> {
    let mut tar = tar::Archive::new(decompressed(archive)?);
    tar.set_overwrite(true);
    for entry in tar.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        // The library refuses links that lead out; a path that does, it only skips.
        if !entry.unpack_in(sandbox)? {
            return Err(escapes(&path));
        }
    }
    Ok(())
}

fn gunzip(archive: &Path, target: &Path) -> io::Result<()> {
    let name = target.to_string_lossy();
    let target = name
        .strip_suffix(GZIP_SUFFIX)
        .map_or_else(|| target.to_owned(), PathBuf::from);
    let mut input = flate2::bufread::MultiGzDecoder::new(BufReader::new(File::open(archive)?));
    let mut output = replace(&target)?;
    io::copy(&mut input, &mut output)?;
    output.flush()
}

/// A new file in place of whatever is there, never through a link.
fn replace(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    File::options().write(true).create_new(true).open(path)
}

/// Creates an entry's directories; none of them may be a link out of the sandbox.
fn parent_inside(path: &Path, root: &Path) -> io::Result<()> {
    let parent = path.parent().unwrap_or(root);
    let mut existing = parent;
    while !existing.exists() {
        existing = existing.parent().unwrap_or(root);
    }
    if !existing.canonicalize()?.starts_with(root) {
        return Err(escapes(path));
    }
    fs::create_dir_all(parent)
}

fn unzip(archive: &Path, sandbox: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    const PERMISSIONS: u32 = 0o777;
    let root = sandbox.canonicalize()?;
    let mut zip = zip::ZipArchive::new(BufReader::new(File::open(archive)?))?;
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index)?;
        let name = PathBuf::from(entry.name());
        let inside = entry
            .enclosed_name()
            .filter(|name| name.components().all(|part| part != Component::ParentDir));
        let path = root.join(inside.ok_or_else(|| escapes(&name))?);
        parent_inside(&path, &root)?;
        if entry.is_dir() {
            fs::create_dir_all(&path)?;
            continue;
        }
        if entry.is_symlink() {
            let mut target = String::new();
            entry.read_to_string(&mut target)?;
            link(Path::new(&target), &path)?;
            continue;
        }
        let mut file = replace(&path)?;
        io::copy(&mut entry, &mut file)?;
        if let Some(mode) = entry.unix_mode() {
            file.set_permissions(fs::Permissions::from_mode(mode & PERMISSIONS))?;
        }
    }
    Ok(())
}

/// Links may point inside only: one that leads out is of no use in a sandbox but to escape.
fn link(target: &Path, path: &Path) -> io::Result<()> {
    if target.is_absolute() || target.components().any(|part| part == Component::ParentDir) {
        return Err(escapes(path));
    }
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    std::os::unix::fs::symlink(target, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sandbox() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn tar_of(path: &str, content: &[u8]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        // Set by hand, as the library refuses to write what a hostile archive holds.
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, content).unwrap();
        builder.into_inner().unwrap()
    }

    fn run(kind: Kind, bytes: &[u8]) -> (tempfile::TempDir, Result<(), Error>) {
        let directory = sandbox();
        let inner = directory.path().join("sandbox");
        fs::create_dir(&inner).unwrap();
        let archive = directory.path().join("archive");
        fs::write(&archive, bytes).unwrap();
        let result = extract(kind, &archive, &inner.join("x.gz"), &inner);
        (directory, result)
    }

    #[test]
    fn the_suffix_tells_the_kind() {
        assert_eq!(Kind::of("a.tar.gz"), Some(Kind::Tar));
        assert_eq!(Kind::of("a.txz"), Some(Kind::Tar));
        assert_eq!(Kind::of("a.gz"), Some(Kind::Gzip));
        assert_eq!(Kind::of("a.jar"), None);
    }

    #[test]
    fn tar_files_are_extracted_however_they_are_compressed() {
        let tar = tar_of("d/f", b"content");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&tar).unwrap();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(&tar).unwrap();
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
        xz.write_all(&tar).unwrap();
        for bytes in [
            tar,
            gzip.finish().unwrap(),
            bzip2.finish().unwrap(),
            xz.finish().unwrap(),
        ] {
            let (directory, result) = run(Kind::Tar, &bytes);
            result.unwrap();
            assert_eq!(
                fs::read(directory.path().join("sandbox/d/f")).unwrap(),
                b"content"
            );
        }
    }

    #[test]
    fn an_entry_that_leaves_the_sandbox_fails_the_fetch() {
        let (directory, result) = run(Kind::Tar, &tar_of("../escaped", b"x"));
        assert!(
            result
                .unwrap_err()
                .to_string()
                .contains("leads out of the sandbox")
        );
        assert!(!directory.path().join("escaped").exists());
    }

    #[test]
    fn a_tar_cannot_write_through_its_own_link() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, "out", "..").unwrap();
        let mut bytes = builder.into_inner().unwrap();
        bytes.truncate(512);
        bytes.extend(tar_of("out/escaped", b"x"));
        let (directory, result) = run(Kind::Tar, &bytes);
        assert!(result.is_err());
        assert!(!directory.path().join("escaped").exists());
    }

    fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, content) in entries {
            zip.start_file(
                *name,
                zip::write::SimpleFileOptions::default().unix_permissions(0o755),
            )
            .unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn zip_files_are_extracted_with_their_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let (directory, result) = run(Kind::Zip, &zip_of(&[("d/f", b"content")]));
        result.unwrap();
        let file = directory.path().join("sandbox/d/f");
        assert_eq!(fs::read(&file).unwrap(), b"content");
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o755
        );
    }

    #[test]
    fn a_zip_entry_that_leaves_the_sandbox_and_a_broken_zip_fail() {
        let (directory, result) = run(Kind::Zip, &zip_of(&[("../escaped", b"x")]));
        assert!(result.is_err());
        assert!(!directory.path().join("escaped").exists());
        assert!(run(Kind::Zip, b"PK no zip").1.is_err());
    }

    #[test]
    fn a_compressed_file_loses_its_suffix() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"content").unwrap();
        let (directory, result) = run(Kind::Gzip, &gzip.finish().unwrap());
        result.unwrap();
        assert_eq!(
            fs::read(directory.path().join("sandbox/x")).unwrap(),
            b"content"
        );
    }
}
