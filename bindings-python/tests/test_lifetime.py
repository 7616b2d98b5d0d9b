"""Ctrl-C, garbage, children and the end of the interpreter. Compat: python_cpp_api.md 1.5, 1.6."""

import gc
import os
import signal
import sys
import time
import weakref

import pytest

from mesos.interface import Scheduler
from mesos.interface import mesos_pb2 as pb
from mesos.native import MesosSchedulerDriver
from support import HERE, NOWHERE, Recorder, eventually, framework, python, run

START = """
import sys
sys.path.insert(0, %r)
from support import *
from mesos.native import MesosSchedulerDriver
""" % str(HERE)


@pytest.mark.parametrize("call", ["run", "join"])
def test_control_c_ends_the_wait(call):
    code = START + """
driver = MesosSchedulerDriver(Recorder(), framework(), NOWHERE)
driver.start()
print("waiting", flush=True)
try:
    driver.%s()
except KeyboardInterrupt:
    print("interrupted", driver.stop(), driver.join())
""" % call
    program = python(code)
    assert program.stdout.readline() == "waiting\n"
    time.sleep(0.3)
    pressed = time.monotonic()
    program.send_signal(signal.SIGINT)
    out, errors = program.communicate(timeout=30)
    assert (out, program.returncode) == ("interrupted 4 4\n", 0), errors
    assert time.monotonic() - pressed < 5


def test_other_signal_handlers_run_during_the_wait():
    code = START + """
import signal
driver = MesosSchedulerDriver(Recorder(), framework(), NOWHERE)
signal.signal(signal.SIGTERM, lambda *_: driver.stop())
driver.start()
print("waiting", flush=True)
print(driver.join())
"""
    program = python(code)
    assert program.stdout.readline() == "waiting\n"
    program.send_signal(signal.SIGTERM)
    out, errors = program.communicate(timeout=30)
    assert (out, program.returncode) == ("4\n", 0), errors


@pytest.mark.parametrize(
    "callback",
    ["pass", "while True: pass", "time.sleep(1000)", "driver.join()", "raise SystemExit(5)"],
)
@pytest.mark.parametrize("ending", ["pass", "sys.exit(3)", "raise ValueError"])
def test_the_interpreter_ends_while_a_driver_runs(master, callback, ending):
    code = START + """
import threading, time
class Busy(Scheduler):
    def registered(self, driver, frameworkId, masterInfo):
        reached.set()
        %s
reached = threading.Event()
driver = MesosSchedulerDriver(Busy(), framework(), sys.argv[1])
driver.start()
for _ in range(3):
    threading.Thread(target=driver.join, daemon=True).start()
assert reached.wait(30)
%s
""" % (callback, ending)
    started = time.monotonic()
    status, _, errors = run(code, master)
    assert status == {"pass": 0, "sys.exit(3)": 3, "raise ValueError": 1}[ending], errors
    assert time.monotonic() - started < 15


def test_a_driver_that_nobody_holds_is_collected_while_it_runs(empty_master):
    scheduler = Recorder()
    held = sys.getrefcount(scheduler)
    driver = MesosSchedulerDriver(scheduler, framework(), empty_master)
    driver.start()
    scheduler.wait("registered")
    gone = weakref.ref(driver)
    del driver
    eventually(lambda: gone() is None)
    assert sys.getrefcount(scheduler) == held


def test_a_cycle_through_the_scheduler_is_collected(empty_master):
    class Holding(Recorder):
        pass

    scheduler = Holding()
    scheduler.driver = MesosSchedulerDriver(scheduler, framework(), empty_master)
    scheduler.driver.start()
    scheduler.wait("registered")
    gone = weakref.ref(scheduler)
    del scheduler

    def collected():
        gc.collect()
        return gone() is None

    eventually(collected)


def test_drivers_that_never_started_leave_nothing():
    scheduler = Recorder()
    held = sys.getrefcount(scheduler)
    for _ in range(100):
        MesosSchedulerDriver(scheduler, framework(), NOWHERE)
    gc.collect()
    assert sys.getrefcount(scheduler) == held


def test_many_drivers_leave_neither_threads_nor_memory():
    scheduler = Recorder()
    held = sys.getrefcount(scheduler)

    def start_and_drop(count):
        for _ in range(count):
            driver = MesosSchedulerDriver(scheduler, framework(), NOWHERE)
            assert driver.start() == pb.DRIVER_RUNNING
            del driver

    start_and_drop(50)
    threads, memory = len(os.listdir("/proc/self/task")), resident()
    start_and_drop(300)
    eventually(lambda: len(os.listdir("/proc/self/task")) <= threads)
    assert sys.getrefcount(scheduler) == held
    # 300 leaked drivers would be more than 300 stacks and queues.
    assert resident() - memory < 8 << 20


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_the_driver_holds_its_scheduler(empty_master):
    class Said(Scheduler):
        def registered(self, driver, frameworkId, masterInfo):
            seen.append(frameworkId)

    seen = []
    driver = MesosSchedulerDriver(Said(), framework(), empty_master)
    driver.start()
    gc.collect()
    eventually(lambda: seen)
    driver.stop()


def test_a_forked_child_ends_without_its_parents_driver(master):
    code = START + """
import os
scheduler = Recorder()
driver = MesosSchedulerDriver(scheduler, framework(), sys.argv[1])
driver.start()
scheduler.wait("registered")
child = os.fork()
if child == 0:
    sys.exit(9)
assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 9
assert driver.start() == 2
driver.reconcileTasks([pb.TaskStatus(task_id=pb.TaskID(value="x"), state=pb.TASK_RUNNING)])
scheduler.wait("statusUpdate")
print(driver.stop())
"""
    status, out, errors = run(code, master)
    assert (status, out) == (0, "4\n"), errors
