//! Compiles the `.proto` files under `proto/` into Rust types and a descriptor set.

use std::path::{Path, PathBuf};

fn proto_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("the proto folder is readable");
    for entry in entries {
        let path = entry.expect("a folder entry is readable").path();
        if path.is_dir() {
            proto_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "proto") {
            found.push(path);
        }
    }
}

fn main() {
    println!("cargo::rerun-if-changed=proto");
    let mut files = Vec::new();
    proto_files(Path::new("proto"), &mut files);
    files.sort();
    let mut set = protox::compile(&files, ["proto"]).expect("the .proto files compile");
    prost_build::Config::new()
        .include_file("packages.rs")
        .bytes(["."])
        .btree_map(["."])
        .enable_type_names()
        .prost_path("crate::codec")
        // A resource without a disk is by far the most common one: keep it small.
        .boxed(".mesos.Resource.disk")
        .boxed(".mesos.v1.Resource.disk")
        .compile_fds(set.clone())
        .expect("the types are generated");
    for file in &mut set.file {
        file.source_code_info = None;
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    std::fs::write(
        out.join("descriptors.bin"),
        prost::Message::encode_to_vec(&set),
    )
    .expect("OUT_DIR is writable");
}
