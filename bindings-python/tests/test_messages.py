"""The message modules, with whatever protobuf runtime is installed."""

import ast
import copy
import importlib
import pathlib
import pickle

import pytest
from google.protobuf.message import EncodeError, Message

import mesos.interface
from mesos.interface import mesos_pb2 as pb

MODULES = [
    "mesos.interface.mesos_pb2",
    "mesos.interface.scheduler_pb2",
    "mesos.interface.executor_pb2",
    "mesos.v1.mesos_pb2",
    "mesos.v1.scheduler_pb2",
    "mesos.v1.executor_pb2",
    "mesos.v1.agent_pb2",
    "mesos.v1.master_pb2",
    "mesos.v1.maintenance_pb2",
    "mesos.v1.quota_pb2",
    "mesos.v1.allocator_pb2",
    "mesos.v1.resource_provider_pb2",
]


def classes(scope):
    for name, value in vars(scope).items():
        if isinstance(value, type) and issubclass(value, Message) and value is not scope:
            yield name, value


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_working_classes(name):
    module = importlib.import_module(name)
    found = dict(classes(module))
    assert found
    for class_name, message in found.items():
        assert message.__module__ == name
        assert message.DESCRIPTOR.full_name == module.DESCRIPTOR.package + "." + class_name
        assert message.FromString(message().SerializePartialToString()) == message()


def test_a_message_survives_the_round_trip():
    info = pb.TaskInfo(name="t", data=b"a\0b")
    info.task_id.value = "1"
    info.slave_id.value = "s"
    info.resources.add(name="cpus", type=pb.Value.SCALAR).scalar.value = 1.5
    info.command.environment.variables.add(name="A", value="b")
    assert pb.TaskInfo.FromString(info.SerializeToString()) == info
    assert pickle.loads(pickle.dumps(info)) == info
    assert copy.deepcopy(info) == info


def test_required_fields_are_required():
    with pytest.raises(EncodeError):
        pb.FrameworkID().SerializeToString()


def test_unknown_fields_survive():
    # Field 999, a varint.
    extra = b"\xb8\x3e\x05"
    status = pb.TaskStatus(state=pb.TASK_RUNNING)
    status.task_id.value = "1"
    assert pb.TaskStatus.FromString(status.SerializeToString() + extra).SerializeToString().endswith(extra)


def test_names_that_programs_use():
    assert (pb.DRIVER_NOT_STARTED, pb.DRIVER_RUNNING, pb.DRIVER_ABORTED, pb.DRIVER_STOPPED) == (1, 2, 3, 4)
    assert pb.TaskState.Name(pb.TASK_FINISHED) == "TASK_FINISHED"
    assert pb.TaskState.Value("TASK_LOST") == pb.TASK_LOST
    assert pb.Value.SCALAR == pb.Value.Type.Value("SCALAR")
    assert pb.Offer.Operation.LAUNCH == 1
    assert pb.FrameworkInfo.Capability.MULTI_ROLE == 6
    assert pb.TaskInfo.DESCRIPTOR.full_name == "mesos.TaskInfo"


def test_v1_messages_go_by_their_old_names_too():
    old = importlib.import_module("mesos.v1.interface.scheduler_pb2")
    new = importlib.import_module("mesos.v1.scheduler_pb2")
    assert old.Call is new.Call
    call = new.Call(type=new.Call.SUBSCRIBE)
    call.subscribe.framework_info.name = "n"
    v1 = importlib.import_module("mesos.v1.mesos_pb2")
    assert isinstance(call.subscribe.framework_info, v1.FrameworkInfo)


def test_a_star_import_brings_the_four_classes():
    names = {}
    exec("from mesos.interface import *", names)
    assert {"Scheduler", "SchedulerDriver", "Executor", "ExecutorDriver"} <= set(names)


def test_mesos_is_a_namespace_package():
    import mesos

    assert getattr(mesos, "__file__", None) is None


@pytest.mark.parametrize("name", MODULES)
def test_the_stub_declares_what_the_module_has(name):
    module = importlib.import_module(name)
    folder = pathlib.Path(importlib.import_module(name.rpartition(".")[0]).__file__).parent
    assert (folder / "py.typed").exists()
    stub = ast.parse((folder / (name.rpartition(".")[2] + ".pyi")).read_text())
    assert declared(stub) == {n for n, _ in classes(module)} | {
        n for n in module.DESCRIPTOR.enum_types_by_name
    }
    compare(stub, module)


def declared(scope):
    enums = {
        node.target.id
        for node in scope.body
        if isinstance(node, ast.AnnAssign) and ast.dump(node.annotation).find("EnumTypeWrapper") >= 0
    }
    return enums | {node.name for node in scope.body if isinstance(node, ast.ClassDef)}


def compare(scope, module):
    for node in scope.body:
        if not isinstance(node, ast.ClassDef):
            continue
        message = getattr(module, node.name)
        members = {n.name for n in node.body if isinstance(n, ast.FunctionDef)}
        members |= {n.target.id for n in node.body if isinstance(n, ast.AnnAssign)}
        assert {field.name for field in message.DESCRIPTOR.fields} <= members
        compare(node, message)
