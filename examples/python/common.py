"""What the example frameworks share: flags, the driver, resources, commands of executors."""

import argparse
import os
import shlex
import sys

import mesos.interface
import mesos.native
from mesos.interface import mesos_pb2


def flags(about, **defaults):
    """The values of `--name=value` arguments; each has the type of its default."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--master", required=True, metavar="HOST:PORT")
    for name, default in defaults.items():
        parser.add_argument("--" + name, type=type(default), default=default, help="%(default)s")
    return parser.parse_args()


def run(scheduler, name, principal, master):
    """Runs until the driver ends; the exit status says whether it was stopped in good order.

    MESOS_EXAMPLE_PRINCIPAL and MESOS_EXAMPLE_SECRET authenticate; with MESOS_EXAMPLE_CHECKPOINT executors survive
    restarts of agents.
    """
    # An empty user: the driver fills in the current one.
    framework = mesos_pb2.FrameworkInfo(user="", name=name)
    framework.principal = os.getenv("MESOS_EXAMPLE_PRINCIPAL", principal)
    framework.checkpoint = "MESOS_EXAMPLE_CHECKPOINT" in os.environ
    secret = os.getenv("MESOS_EXAMPLE_SECRET")
    credential = None
    if secret is not None:
        credential = mesos_pb2.Credential(principal=framework.principal, secret=secret)
    driver = mesos.native.MesosSchedulerDriver(scheduler, framework, master, 1, credential)
    status = driver.run()
    # Ends the framework also when the driver was aborted.
    driver.stop()
    return 0 if status == mesos_pb2.DRIVER_STOPPED else 1


def executor(script):
    """The command of a program in this folder, with the interpreter that has the package."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), script)
    return " ".join(map(shlex.quote, [*environment(), sys.executable, path]))


def environment():
    """What lets a program on an agent find the package where this one has found it."""
    path = os.getenv("PYTHONPATH")
    return ["env", "PYTHONPATH=" + path] if path else []


def scalar(name, value):
    resource = mesos_pb2.Resource(name=name, type=mesos_pb2.Value.SCALAR)
    resource.scalar.value = value
    return resource


def offered(offer, name):
    """How much of a scalar resource an offer has."""
    return sum(r.scalar.value for r in offer.resources if r.name == name)


class Quiet(mesos.interface.Scheduler):
    """Prints what happens to the framework itself."""

    def registered(self, driver, frameworkId, masterInfo):
        print("Registered with framework ID %s" % frameworkId.value, flush=True)

    def error(self, driver, message):
        print("Error: %s" % message, file=sys.stderr, flush=True)
