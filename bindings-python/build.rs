//! Writes what the message modules of the wheel need: the descriptors, and type stubs.

#[path = "build/stubs.rs"]
mod stubs;

use std::path::{Path, PathBuf};

use prost::Message as _;

const PROTO: &str = "../core/proto/proto";

/// The Python modules of messages, and the file that each stands for.
const MODULES: &[(&str, &str)] = &[
    ("mesos.interface.mesos_pb2", "mesos/mesos.proto"),
    (
        "mesos.interface.scheduler_pb2",
        "mesos/scheduler/scheduler.proto",
    ),
    (
        "mesos.interface.executor_pb2",
        "mesos/executor/executor.proto",
    ),
    ("mesos.v1.mesos_pb2", "mesos/v1/mesos.proto"),
    (
        "mesos.v1.scheduler_pb2",
        "mesos/v1/scheduler/scheduler.proto",
    ),
    ("mesos.v1.executor_pb2", "mesos/v1/executor/executor.proto"),
    ("mesos.v1.agent_pb2", "mesos/v1/agent/agent.proto"),
    ("mesos.v1.master_pb2", "mesos/v1/master/master.proto"),
    (
        "mesos.v1.maintenance_pb2",
        "mesos/v1/maintenance/maintenance.proto",
    ),
    ("mesos.v1.quota_pb2", "mesos/v1/quota/quota.proto"),
    (
        "mesos.v1.allocator_pb2",
        "mesos/v1/allocator/allocator.proto",
    ),
    (
        "mesos.v1.resource_provider_pb2",
        "mesos/v1/resource_provider/resource_provider.proto",
    ),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed={PROTO}");
    let files = MODULES.iter().map(|(_, file)| file);
    let mut set = protox::compile(files, [PROTO]).expect("the .proto files compile");
    for file in &mut set.file {
        file.source_code_info = None;
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for (module, file) in MODULES {
        let descriptor = set.file.iter().find(|found| found.name() == *file);
        let text = stubs::stub(
            &set,
            MODULES,
            descriptor.expect("a compiled file is in the set"),
        );
        let path = out.join(module.replace('.', "/")).with_extension("pyi");
        write(&path, text.as_bytes());
    }
    write(&out.join("descriptors.bin"), &set.encode_to_vec());
}

fn write(path: &Path, content: &[u8]) {
    let folder = path.parent().expect("a module lies in a package");
    std::fs::create_dir_all(folder).expect("OUT_DIR is writable");
    std::fs::write(path, content).expect("OUT_DIR is writable");
}
