//! The hand-kept headers: each compiles alone in every dialect, and all of them say what the library does.
#![allow(clippy::unwrap_used, reason = "this file holds tests only")]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const HEADERS: [&str; 3] = ["mesos.h", "resources.h", "v1.h"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Checks a source without making anything of it; the compiler's complaints if there are any.
fn compile(
    compiler: &str,
    dialect: &str,
    language: &str,
    include: &Path,
    source: &str,
) -> Result<(), String> {
    let mut child = Command::new(compiler)
        .args([dialect, "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
        .args(["-fsyntax-only", "-x", language, "-"])
        .arg("-I")
        .arg(include)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{compiler}: {e}"));
    let mut input = child.stdin.take().unwrap();
    input.write_all(source.as_bytes()).unwrap();
    drop(input);
    let ended = child.wait_with_output().unwrap();
    if ended.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&ended.stderr).into_owned())
}

#[test]
fn each_header_compiles_alone_in_every_dialect() {
    let include = root().join("../include");
    let dialects = [
        ("gcc", "c", ["-std=c99", "-std=c11"].as_slice()),
        (
            "g++",
            "c++",
            &["-std=c++11", "-std=c++14", "-std=c++17", "-std=c++20"],
        ),
    ];
    for header in HEADERS {
        for (compiler, language, dialects) in dialects {
            for dialect in dialects {
                let source = format!("#include <mesos/{header}>\n");
                let compiled = compile(compiler, dialect, language, &include, &source);
                compiled.unwrap_or_else(|e| panic!("{header}, {dialect}: {e}"));
            }
        }
    }
}

#[test]
fn the_programs_of_the_page_compile() {
    let include = root().join("../include");
    let page = std::fs::read_to_string(root().join("../docs/c.md")).unwrap();
    let programs: Vec<&str> = page
        .split("```c\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(!programs.is_empty());
    for program in programs {
        compile("gcc", "-std=c99", "c", &include, program).unwrap_or_else(|e| panic!("{e}"));
    }
}

/// `MesosV1Executor` is `mesos_v1_executor` in C.
fn c_name(rust: &str) -> String {
    let mut name = String::new();
    for letter in rust.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

/// The header that cbindgen makes of the sources, with the names of C.
fn generated() -> String {
    let mut builder = cbindgen::Builder::new()
        .with_language(cbindgen::Language::C)
        .with_style(cbindgen::Style::Both)
        .with_documentation(false)
        .with_no_includes();
    for file in std::fs::read_dir(root().join("src")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let declared = ["pub struct ", "pub type "]
            .into_iter()
            .flat_map(|mark| text.split(mark).skip(1));
        for rest in declared {
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            if name.starts_with("Mesos") {
                builder = builder.rename_item(&name, &c_name(&name));
            }
        }
        builder = builder.with_src(path);
    }
    let mut text = Vec::new();
    builder.generate().unwrap().write(&mut text);
    String::from_utf8(text).unwrap()
}

/// The names and bodies of the structs that a header defines.
fn structs(header: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for rest in header.split("typedef struct ").skip(1) {
        let Some((name, rest)) = rest.split_once(" {") else {
            continue;
        };
        if name.contains([';', ' ']) {
            continue;
        }
        let (body, _) = rest.split_once("\n}").unwrap();
        found.insert(name.to_owned(), body.to_owned());
    }
    found
}

/// The names of the fields of a struct's body; a function pointer is one field.
fn fields(body: &str) -> Vec<String> {
    let mut names = Vec::new();
    for declaration in body.split(';') {
        let declaration = declaration.trim();
        let name = match declaration.split_once("(*") {
            Some((_, pointer)) => pointer.split(')').next(),
            None => declaration.rsplit([' ', '*']).next(),
        };
        names.extend(name.filter(|name| !name.is_empty()).map(str::to_owned));
    }
    names
}

/// The functions that a header declares.
fn functions(header: &str) -> Vec<String> {
    let mut names: Vec<String> = header
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '(')
        .filter_map(|word| word.split_once('('))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.starts_with("mesos_"))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn without_comments(text: &str) -> String {
    text.split("/*")
        .enumerate()
        .map(|(at, part)| match at {
            0 => part,
            _ => part.split_once("*/").unwrap().1,
        })
        .collect()
}

/// The headers of a folder, without their comments.
fn kept(include: &Path) -> String {
    let read = |name| std::fs::read_to_string(include.join("mesos").join(name)).unwrap();
    HEADERS.map(|name| without_comments(&read(name))).concat()
}

/// Compares headers with the sources: names by hand, the rest by a C compiler, which sees every declaration twice.
fn compare(include: &Path) -> Result<(), String> {
    let (kept, generated) = (kept(include), generated());
    if functions(&kept) != functions(&generated) {
        return Err(format!(
            "{:?}\n{:?}",
            functions(&kept),
            functions(&generated)
        ));
    }
    let (kept_structs, made_structs) = (structs(&kept), structs(&generated));
    let names: Vec<&String> = kept_structs.keys().collect();
    if names != made_structs.keys().collect::<Vec<_>>() {
        return Err(format!("{names:?}\n{:?}", made_structs.keys()));
    }
    let mut source: String = HEADERS
        .iter()
        .map(|name| format!("#include <mesos/{name}>\n"))
        .collect();
    let mut made: String = generated
        .lines()
        .filter(|line| !line.ends_with(" mesos_status;"))
        .fold(String::new(), |text, line| text + line + "\n");
    for name in kept_structs.keys() {
        made = made
            .replace(
                &format!("typedef struct {name} {{"),
                &format!("typedef struct rust_{name} {{"),
            )
            .replace(&format!("}} {name};"), &format!("}} rust_{name};"));
    }
    source.push_str(&made);
    for (name, body) in &kept_structs {
        let list = fields(body);
        if list != fields(&made_structs[name]) {
            return Err(format!(
                "{name}: {list:?}, {:?}",
                fields(&made_structs[name])
            ));
        }
        source.push_str(&format!(
            "_Static_assert(sizeof({name}) == sizeof(rust_{name}), \"{name}\");\n"
        ));
        for field in list {
            source.push_str(&format!(
                "_Static_assert(offsetof({name}, {field}) == offsetof(rust_{name}, {field}) && \
                 __builtin_types_compatible_p(__typeof__((({name} *)0)->{field}), \
                 __typeof__(((rust_{name} *)0)->{field})), \"{name}.{field}\");\n"
            ));
        }
    }
    compile("gcc", "-std=c11", "c", include, &source).map_err(|e| format!("{e}\n{source}"))
}

#[test]
fn the_headers_say_what_the_library_does() {
    compare(&root().join("../include")).unwrap_or_else(|e| panic!("{e}"));
}

/// A copy of the headers in which one text was replaced.
fn altered(name: &str, from: &str, to: &str) -> (PathBuf, String) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(folder.join("mesos")).unwrap();
    let mut replaced = 0;
    for header in HEADERS {
        let text = std::fs::read_to_string(root().join("../include/mesos").join(header)).unwrap();
        replaced += text.matches(from).count();
        std::fs::write(
            folder.join("mesos").join(header),
            text.replacen(from, to, 1),
        )
        .unwrap();
    }
    assert!(replaced > 0, "no header has `{from}`");
    (
        folder,
        format!("`{to}` instead of `{from}` was not noticed"),
    )
}

#[test]
fn a_header_that_says_something_else_is_noticed() {
    let lies = [
        ("parameter", "int failover", "long failover"),
        (
            "result",
            "size_t mesos_resources_count",
            "int mesos_resources_count",
        ),
        (
            "field",
            "int explicit_acknowledgements",
            "char explicit_acknowledgements",
        ),
        (
            "order",
            "uint64_t begin;\n  uint64_t end;",
            "uint64_t end;\n  uint64_t begin;",
        ),
        (
            "callback",
            "(*status_update)(void *user, mesos_scheduler_driver *driver, mesos_bytes status)",
            "(*status_update)(void *user, mesos_scheduler_driver *driver)",
        ),
        ("function", "mesos_buffers_free(", "mesos_buffers_release("),
    ];
    for (name, from, to) in lies {
        let (folder, unnoticed) = altered(name, from, to);
        assert!(compare(&folder).is_err(), "{unnoticed}");
    }
}
