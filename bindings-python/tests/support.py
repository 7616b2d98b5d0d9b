"""What the tests share: a scheduler that remembers, messages, and waiting with a deadline."""

import os
import pathlib
import queue
import shlex
import subprocess
import sys
import time

from mesos.interface import Scheduler
from mesos.interface import mesos_pb2 as pb

LIMIT = 30
HERE = pathlib.Path(__file__).resolve().parent

# No master listens there.
NOWHERE = "127.0.0.1:1"


def eventually(condition, limit=LIMIT, what="the condition"):
    """Waits until it is true, and answers what it answered."""
    deadline = time.monotonic() + limit
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, "%s: not seen within %d s" % (what, limit)
        time.sleep(0.02)


def framework(name="python-test", **fields):
    return pb.FrameworkInfo(user="", name=name, **fields)


def multi_role(name, *roles):
    info = framework(name, roles=roles)
    info.capabilities.add().type = pb.FrameworkInfo.Capability.MULTI_ROLE
    return info


class Recorder(Scheduler):
    """Remembers every callback as (name, arguments...); `raising` names one that raises."""

    def __init__(self, raising=None):
        self.seen = queue.Queue()
        self.raising = raising

    def note(self, name, *arguments):
        self.seen.put((name,) + arguments)
        if name == self.raising:
            raise RuntimeError("raised in " + name)

    def registered(self, driver, frameworkId, masterInfo):
        self.note("registered", frameworkId, masterInfo)

    def reregistered(self, driver, masterInfo):
        self.note("reregistered", masterInfo)

    def disconnected(self, driver):
        self.note("disconnected")

    def resourceOffers(self, driver, offers):
        self.note("resourceOffers", offers)

    def offerRescinded(self, driver, offerId):
        self.note("offerRescinded", offerId)

    def statusUpdate(self, driver, status):
        self.note("statusUpdate", status)

    def frameworkMessage(self, driver, executorId, slaveId, message):
        self.note("frameworkMessage", executorId, slaveId, message)

    def slaveLost(self, driver, slaveId):
        self.note("slaveLost", slaveId)

    def executorLost(self, driver, executorId, slaveId, status):
        self.note("executorLost", executorId, slaveId, status)

    def error(self, driver, message):
        self.note("error", message)

    def wait(self, name, limit=LIMIT):
        """The arguments of the next callback of that name; others before it are forgotten."""
        deadline = time.monotonic() + limit
        while True:
            try:
                found, *arguments = self.seen.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError("%s: not called within %d s" % (name, limit)) from None
            if found == name:
                return arguments


def resources(cpus=0.1, mem=16):
    def scalar(name, value):
        resource = pb.Resource(name=name, type=pb.Value.SCALAR)
        resource.scalar.value = value
        return resource

    return [scalar("cpus", cpus), scalar("mem", mem)]


def task(offer, task_id, **fields):
    info = pb.TaskInfo(name=task_id, slave_id=offer.slave_id, **fields)
    info.task_id.value = task_id
    info.resources.extend(resources())
    return info


def echo_executor():
    """An executor that finishes each task at once and sends messages back; see `echo.py`."""
    info = pb.ExecutorInfo(name="echo")
    info.executor_id.value = "echo"
    info.command.value = " ".join(map(shlex.quote, (sys.executable, str(HERE / "echo.py"))))
    info.resources.extend(resources())
    return info


def python(code, *arguments, **options):
    """Starts Python with this program."""
    return subprocess.Popen(
        [sys.executable, "-c", code] + list(arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=str(HERE),
        env=dict(os.environ, **options),
        universal_newlines=True,
    )


def run(code, *arguments, **options):
    """Runs such a program to its end: exit status, output, errors."""
    program = python(code, *arguments, **options)
    try:
        out, errors = program.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        program.kill()
        raise
    return program.returncode, out, errors
