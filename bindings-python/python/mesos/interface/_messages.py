"""Message classes from serialized descriptors.

A generated module is tied to a range of protobuf runtimes by the checks in it. Descriptors are not, so the classes are
built when their module is imported, in the way that every generated module does since protobuf 3.20.
"""

import importlib
import pkgutil
from typing import Any, Dict

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.internal import builder

_RUNTIME = "google/protobuf/"

_files: "Dict[str, descriptor_pb2.FileDescriptorProto]" = {}


def _file(name: str) -> "descriptor_pb2.FileDescriptorProto":
    if not _files:
        data = pkgutil.get_data(__package__, "descriptors.bin")
        if data is None:
            raise ImportError("mesos.interface is installed without its descriptors.bin")
        descriptors = descriptor_pb2.FileDescriptorSet.FromString(data)
        _files.update((file.name, file) for file in descriptors.file)
    return _files[name]


def _load(name: str, pool: Any) -> Any:
    """The file of that name, after those that it imports."""
    try:
        return pool.FindFileByName(name)
    except KeyError:
        pass
    if name.startswith(_RUNTIME):
        # The runtime has a module for it, which others may import as well.
        importlib.import_module(name[: -len(".proto")].replace("/", ".") + "_pb2")
        return pool.FindFileByName(name)
    file = _file(name)
    for dependency in file.dependency:
        _load(dependency, pool)
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindFileByName(name)


def define(file_name: str, namespace: Dict[str, Any]) -> None:
    """Fills the namespace of a module with what generated code for that file defines."""
    file = _load(file_name, descriptor_pool.Default())
    namespace["DESCRIPTOR"] = file
    builder.BuildMessageAndEnumDescriptors(file, namespace)
    builder.BuildTopDescriptorsAndMessages(file, namespace["__name__"], namespace)
