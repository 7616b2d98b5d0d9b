#!/usr/bin/env python3
"""The Python puppet of the scenario suite.

Connects to 127.0.0.1:PORT, makes the driver calls that it is told to make, and tells every callback. It decides
nothing.

usage: puppet.py scheduler|executor PORT

A line is words with one blank between them. A word is an integer, the lower-case hexadecimal of bytes (none: no
bytes), a list "[hex,hex]", or "-" for what is absent. Requests are answered with "= NAME STATUS", or with
"! NAME HEXTEXT" when the call raised; callbacks are told as "> NAME ARGUMENTS".
"""

import socket
import sys
import threading

from mesos.interface import Executor, Scheduler, scheduler_pb2
from mesos.interface import mesos_pb2 as pb
from mesos.native import MesosExecutorDriver, MesosSchedulerDriver


class Thrown(Exception):
    """What a callback raises when it is told to."""


class Line:
    """The connection; whole lines leave it, from any thread."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.reader = self.socket.makefile("r", encoding="ascii", newline="\n")
        self.writing = threading.Lock()
        self.doomed = None

    def send(self, *words):
        with self.writing:
            self.socket.sendall((" ".join(words) + "\n").encode("ascii"))

    def tell(self, name, *arguments):
        self.send(">", name, *map(word, arguments))
        if self.doomed == name:
            self.doomed = None
            raise Thrown(name)


def word(value):
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return value.encode("utf-8").hex()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return "[" + ",".join(map(word, value)) + "]"
    return value.SerializeToString().hex()


class PuppetScheduler(Scheduler):
    def __init__(self, line):
        self.line = line

    def registered(self, driver, frameworkId, masterInfo):
        self.line.tell("registered", frameworkId, masterInfo)

    def reregistered(self, driver, masterInfo):
        self.line.tell("reregistered", masterInfo)

    def disconnected(self, driver):
        self.line.tell("disconnected")

    def resourceOffers(self, driver, offers):
        self.line.tell("offers", offers)

    def offerRescinded(self, driver, offerId):
        self.line.tell("rescinded", offerId)

    def statusUpdate(self, driver, status):
        self.line.tell("update", status)

    def frameworkMessage(self, driver, executorId, slaveId, message):
        self.line.tell("message", executorId, slaveId, message)

    def slaveLost(self, driver, slaveId):
        self.line.tell("slave_lost", slaveId)

    def executorLost(self, driver, executorId, slaveId, status):
        self.line.tell("executor_lost", executorId, slaveId, status)

    def error(self, driver, message):
        self.line.tell("error", message)


class PuppetExecutor(Executor):
    def __init__(self, line):
        self.line = line

    def registered(self, driver, executorInfo, frameworkInfo, slaveInfo):
        self.line.tell("registered", executorInfo, frameworkInfo, slaveInfo)

    def reregistered(self, driver, slaveInfo):
        self.line.tell("reregistered", slaveInfo)

    def disconnected(self, driver):
        self.line.tell("disconnected")

    def launchTask(self, driver, task):
        self.line.tell("launch", task)

    def killTask(self, driver, taskId):
        self.line.tell("kill", taskId)

    def frameworkMessage(self, driver, message):
        self.line.tell("message", message)

    def shutdown(self, driver):
        self.line.tell("shutdown")

    def error(self, driver, message):
        self.line.tell("error", message)


class Request:
    """A request's words; arguments that are not there are absent."""

    def __init__(self, line):
        self.name, *self.words = line.split(" ")

    def is_absent(self, at):
        return at >= len(self.words) or self.words[at] == "-"

    def number(self, at):
        return 0 if self.is_absent(at) else int(self.words[at])

    def bytes(self, at):
        return None if self.is_absent(at) else bytes.fromhex(self.words[at])

    def text(self, at):
        return None if self.is_absent(at) else self.bytes(at).decode("utf-8")

    def message(self, at, kind):
        return None if self.is_absent(at) else kind.FromString(self.bytes(at))

    def items(self, at):
        if self.is_absent(at) or self.words[at] == "[]":
            return []
        return [bytes.fromhex(item) for item in self.words[at][1:-1].split(",")]

    def messages(self, at, kind):
        return [kind.FromString(item) for item in self.items(at)]

    def texts(self, at):
        return [item.decode("utf-8") for item in self.items(at)]


def new_scheduler(line, request):
    return MesosSchedulerDriver(
        PuppetScheduler(line),
        request.message(0, pb.FrameworkInfo),
        request.text(1),
        request.number(3),
        request.message(2, pb.Credential),
        request.texts(4),
    )


def scheduler_call(driver, request):
    return {
        "start": lambda: driver.start(),
        "stop": lambda: driver.stop(bool(request.number(0))),
        "abort": lambda: driver.abort(),
        "request": lambda: driver.requestResources(request.messages(0, pb.Request)),
        "launch": lambda: driver.launchTasks(
            request.messages(0, pb.OfferID),
            request.messages(1, pb.TaskInfo),
            request.message(2, pb.Filters),
        ),
        "accept": lambda: driver.acceptOffers(
            request.messages(0, pb.OfferID),
            request.messages(1, pb.Offer.Operation),
            request.message(2, pb.Filters),
        ),
        "decline": lambda: driver.declineOffer(
            request.message(0, pb.OfferID), request.message(1, pb.Filters)
        ),
        "revive": lambda: driver.reviveOffers(),
        "revive_roles": lambda: driver.reviveOffers(request.texts(0)),
        "suppress": lambda: driver.suppressOffers(),
        "suppress_roles": lambda: driver.suppressOffers(request.texts(0)),
        "acknowledge": lambda: driver.acknowledgeStatusUpdate(request.message(0, pb.TaskStatus)),
        "message": lambda: driver.sendFrameworkMessage(
            request.message(0, pb.ExecutorID), request.message(1, pb.SlaveID), request.bytes(2)
        ),
        "kill": lambda: driver.killTask(request.message(0, pb.TaskID)),
        "reconcile": lambda: driver.reconcileTasks(request.messages(0, pb.TaskStatus)),
        "update_framework": lambda: driver.updateFramework(
            request.message(0, pb.FrameworkInfo),
            request.texts(1),
            request.message(2, scheduler_pb2.OfferConstraints),
        ),
    }[request.name]()


def executor_call(driver, request):
    return {
        "start": lambda: driver.start(),
        "stop": lambda: driver.stop(),
        "abort": lambda: driver.abort(),
        "update": lambda: driver.sendStatusUpdate(request.message(0, pb.TaskStatus)),
        "message": lambda: driver.sendFrameworkMessage(request.bytes(0)),
    }[request.name]()


def answer(line, name, call):
    try:
        line.send("=", name, str(call()))
    except Exception as error:
        line.send("!", name, word("%s: %s" % (type(error).__name__, error)))


def serve(kind, line):
    is_scheduler = kind == "scheduler"
    call = scheduler_call if is_scheduler else executor_call
    driver = None

    def make(request):
        nonlocal driver
        driver = new_scheduler(line, request) if is_scheduler else MesosExecutorDriver(PuppetExecutor(line))
        return 0

    def free():
        nonlocal driver
        driver = None
        return 0

    line.send("hello", kind)
    for text in line.reader:
        request = Request(text.rstrip("\n"))
        if request.name == "quit":
            return
        if request.name == "throw":
            line.doomed = request.words[0]
            answer(line, "throw", lambda: 0)
        elif request.name == "new":
            answer(line, "new", lambda: make(request))
        elif request.name == "free":
            answer(line, "free", free)
        elif request.name == "join":
            arguments = (line, "join", driver.join)
            threading.Thread(target=answer, args=arguments, daemon=True).start()
        else:
            answer(line, request.name, lambda: call(driver, request))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("scheduler", "executor"):
        sys.exit("usage: puppet.py scheduler|executor PORT")
    serve(sys.argv[1], Line(int(sys.argv[2])))
