"""The v1 clients against a real cluster. Compat: V1-V5, python_cpp_api.md 1.6."""

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

import mesos.aio
from mesos.v1 import executor, mesos_pb2, scheduler
from mesos.v1 import scheduler_pb2 as pb
from mesos.v1.scheduler import CallError, Client, Connection
from support import HERE, LIMIT, NOWHERE, python


def info(name="python-v1", **fields):
    return mesos_pb2.FrameworkInfo(user="root", name=name, **fields)


def subscribe(framework):
    call = pb.Call(type=pb.Call.SUBSCRIBE)
    call.subscribe.framework_info.CopyFrom(framework)
    return call


def of(framework_id, kind):
    return pb.Call(type=kind, framework_id=framework_id)


class Session:
    """What a scheduler does with events, whoever iterates over them."""

    def __init__(self, client, over_v0=None):
        self.client = client
        self.framework = over_v0 or info()
        self.framework_id = None
        self.states = []
        self.data = None

    def on(self, event):
        """Whether this was the last one."""
        if event is Connection.CONNECTED:
            self.client.send(subscribe(self.framework))
        elif event is Connection.DISCONNECTED:
            pass
        elif event.type == pb.Event.SUBSCRIBED:
            self.framework_id = event.subscribed.framework_id
        elif event.type == pb.Event.OFFERS and not self.states:
            self.client.send(self.accept(event.offers.offers[0]))
        elif event.type == pb.Event.UPDATE:
            return self.update(event.update.status)
        return False

    def accept(self, offer):
        call = of(self.framework_id, pb.Call.ACCEPT)
        call.accept.offer_ids.add().CopyFrom(offer.id)
        operation = call.accept.operations.add(type=mesos_pb2.Offer.Operation.LAUNCH)
        task = operation.launch.task_infos.add(name="v1")
        task.task_id.value = "v1"
        task.agent_id.CopyFrom(offer.agent_id)
        for name, value in (("cpus", 0.1), ("mem", 32)):
            task.resources.add(name=name, type=mesos_pb2.Value.SCALAR).scalar.value = value
        task.command.value = "true"
        self.launched(task)
        return call

    def launched(self, task):
        pass

    def update(self, status):
        self.states.append(status.state)
        self.data = status.data
        if status.uuid:
            call = of(self.framework_id, pb.Call.ACKNOWLEDGE)
            call.acknowledge.agent_id.CopyFrom(status.agent_id)
            call.acknowledge.task_id.CopyFrom(status.task_id)
            call.acknowledge.uuid = status.uuid
            self.client.send(call)
        if status.state != mesos_pb2.TASK_FINISHED:
            return False
        self.client.send(of(self.framework_id, pb.Call.TEARDOWN))
        return True


def drive(session):
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        event = session.client.receive(1)
        if event is not None and session.on(event):
            return
    raise AssertionError("no end in sight: %r" % session.states)


@pytest.mark.parametrize("json", [False, True])
def test_a_task_runs_over_http(master, json):
    with Client(master, json=json) as client:
        session = Session(client)
        drive(session)
    assert session.states[-2:] == [mesos_pb2.TASK_RUNNING, mesos_pb2.TASK_FINISHED]


def test_a_task_runs_over_the_driver_protocol(master):
    framework = info("python-v0-adapter")
    with Client(master, over_v0=framework) as client:
        session = Session(client, over_v0=framework)
        drive(session)
    assert session.states[-2:] == [mesos_pb2.TASK_RUNNING, mesos_pb2.TASK_FINISHED]


def test_the_iterator_begins_with_the_connection_and_ends_with_the_client(master):
    client = Client(master)
    events = iter(client)
    assert next(events) is Connection.CONNECTED
    client.close()
    assert list(events) == []
    with pytest.raises(Exception, match="closed"):
        client.send(pb.Call(type=pb.Call.TEARDOWN))
    client.close()


def test_a_call_is_answered_and_a_bad_one_refused(master):
    with Client(master) as client:
        session = Session(client)
        while session.framework_id is None:
            session.on(client.receive(LIMIT))
        assert client.call(of(session.framework_id, pb.Call.REVIVE), LIMIT) is None
        wrong = of(mesos_pb2.FrameworkID(value="nobody"), pb.Call.REVIVE)
        with pytest.raises(CallError) as refusal:
            client.call(wrong, LIMIT)
        assert 400 <= refusal.value.status < 500
        client.send(of(session.framework_id, pb.Call.TEARDOWN))


def test_what_is_no_call_is_refused():
    with Client(NOWHERE) as client:
        for wrong in (None, info(), "call"):
            with pytest.raises(Exception, match="Could not deserialize Python Call"):
                client.send(wrong)
        assert client.receive(0.05) is None


def test_a_nonsense_master_is_refused():
    with pytest.raises(ValueError):
        Client("nonsense master")


def test_an_executor_needs_its_environment():
    with pytest.raises(ValueError, match="MESOS_"):
        executor.Client(environment={})


def test_a_client_that_nobody_holds_ends(master):
    threads = len(os.listdir("/proc/self/task"))
    clients = [Client(master) for _ in range(5)]
    assert all(client.receive(LIMIT) is Connection.CONNECTED for client in clients)
    clients.clear()
    deadline = time.monotonic() + LIMIT
    while len(os.listdir("/proc/self/task")) > threads + 4:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_control_c_ends_the_wait():
    code = """
from mesos.v1.scheduler import Client
print("waiting", flush=True)
try:
    next(Client("127.0.0.1:1"))
except KeyboardInterrupt:
    print("interrupted")
"""
    program = python(code)
    assert program.stdout.readline() == "waiting\n"
    time.sleep(0.3)
    program.send_signal(signal.SIGINT)
    out, errors = program.communicate(timeout=LIMIT)
    assert (out, program.returncode) == ("interrupted\n", 0), errors


def test_control_c_ends_the_wait_for_the_answer_to_a_teardown(deaf_master):
    code = """
import sys, threading
from test_v1 import Client, Session, of, pb
client = Client(sys.argv[1])
session = Session(client)
while session.framework_id is None:
    session.on(client.receive(30))
print("subscribed", flush=True)
try:
    sys.stdin.readline()
    print("sending", flush=True)
    client.send(of(session.framework_id, pb.Call.TEARDOWN))
except KeyboardInterrupt:
    print("interrupted", flush=True)
client.close()
print("closed")
"""
    program = python(code, deaf_master.master)
    assert program.stdout.readline() == "subscribed\n", program.communicate()
    deaf_master.running["master"].send_signal(signal.SIGSTOP)
    program.stdin.write("\n")
    program.stdin.flush()
    assert program.stdout.readline() == "sending\n"
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(0.5)
    program.send_signal(signal.SIGINT)
    out, errors = program.communicate(timeout=LIMIT)
    assert (out, program.returncode) == ("interrupted\nclosed\n", 0), errors


class WithExecutor(Session):
    """Its task is run by an executor of the v1 interface."""

    def launched(self, task):
        task.ClearField("command")
        task.data = b"d\0d"
        task.executor.type = mesos_pb2.ExecutorInfo.CUSTOM
        task.executor.executor_id.value = "v1-echo"
        command = (sys.executable, str(HERE / "echo_v1.py"))
        task.executor.command.value = " ".join(map(shlex.quote, command))


def test_an_executor_runs_a_task(master):
    with Client(master) as client:
        session = WithExecutor(client)
        drive(session)
    assert session.states == [mesos_pb2.TASK_RUNNING, mesos_pb2.TASK_FINISHED]
    assert session.data == b"d\0d"


def test_events_come_asynchronously(master):
    async def main():
        async with mesos.aio.SchedulerClient(master) as client:
            session = Session(client)
            async for event in client:
                if isinstance(event, pb.Event) and event.type == pb.Event.SUBSCRIBED:
                    revive = of(event.subscribed.framework_id, pb.Call.REVIVE)
                    assert await client.call(revive, LIMIT) is None
                if session.on(event):
                    return session.states

    async def limited():
        return await asyncio.wait_for(main(), LIMIT)

    assert asyncio.run(limited())[-1] == mesos_pb2.TASK_FINISHED


def test_a_teardown_is_answered_before_the_end_and_holds_nobody_up(deaf_master):
    daemon = deaf_master.running["master"]

    async def main():
        async with mesos.aio.SchedulerClient(deaf_master.master) as client:
            session = Session(client)
            async for event in client:
                session.on(event)
                if session.framework_id is not None:
                    break
            daemon.send_signal(signal.SIGSTOP)
            client.send(of(session.framework_id, pb.Call.TEARDOWN))
            closing = asyncio.ensure_future(client.close())
            done, _ = await asyncio.wait([closing], timeout=0.5)
            assert not done
            daemon.send_signal(signal.SIGCONT)
            await closing
            return session.framework_id.value

    async def limited():
        return await asyncio.wait_for(main(), LIMIT)

    framework_id = asyncio.run(limited())
    with urllib.request.urlopen("http://%s/state" % deaf_master.master, timeout=LIMIT) as answer:
        state = json.load(answer)
    assert [framework["id"] for framework in state["completed_frameworks"]] == [framework_id]


def test_a_cancelled_wait_loses_no_event(master):
    async def main():
        async with mesos.aio.SchedulerClient(master) as client:
            waiting = asyncio.ensure_future(client.__anext__())
            await asyncio.sleep(0)
            waiting.cancel()
            try:
                return await waiting
            except asyncio.CancelledError:
                return await asyncio.wait_for(client.__anext__(), LIMIT)

    assert asyncio.run(main()) is Connection.CONNECTED
