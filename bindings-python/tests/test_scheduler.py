"""The scheduler driver against a real cluster. Compat: python_cpp_api.md 1.2, 1.3, 1.6."""

import threading
import time

from mesos.interface import mesos_pb2 as pb
from mesos.native import MesosSchedulerDriver
from support import HERE, Recorder, echo_executor, eventually, framework, multi_role, run, task


class Running:
    """A started driver that is stopped at the end."""

    def __init__(self, *arguments, **keywords):
        self.scheduler = keywords.pop("scheduler", None) or Recorder()
        self.failover = keywords.pop("failover", False)
        self.driver = MesosSchedulerDriver(self.scheduler, *arguments, **keywords)

    def __enter__(self):
        assert self.driver.start() == pb.DRIVER_RUNNING
        return self.scheduler, self.driver

    def __exit__(self, *_error):
        self.driver.stop(self.failover)
        self.driver.join()


def command_task(offer, task_id, command):
    info = task(offer, task_id)
    info.command.value = command
    return info


def updates_until(scheduler, state):
    states = []
    while not states or states[-1] != state:
        (status,) = scheduler.wait("statusUpdate")
        states.append(status.state)
    return states


def test_registration_and_offers(master):
    with Running(framework(), master) as (scheduler, driver):
        framework_id, info = scheduler.wait("registered")
        assert isinstance(framework_id, pb.FrameworkID) and framework_id.value
        assert isinstance(info, pb.MasterInfo) and info.port == int(master.split(":")[1])
        (offers,) = scheduler.wait("resourceOffers")
        assert [type(offer) for offer in offers] == [pb.Offer]
        assert driver.declineOffer(offers[0].id, pb.Filters(refuse_seconds=0)) == pb.DRIVER_RUNNING
        assert scheduler.wait("resourceOffers")


def test_a_command_runs_and_implicit_acknowledgements_acknowledge(master):
    with Running(framework(), master) as (scheduler, driver):
        (offers,) = scheduler.wait("resourceOffers")
        driver.launchTasks(offers[0].id, [command_task(offers[0], "c", "true")])
        assert updates_until(scheduler, pb.TASK_FINISHED)[-2:] == [pb.TASK_RUNNING, pb.TASK_FINISHED]


def test_explicit_acknowledgements_let_the_next_update_through(master):
    with Running(framework(), master, False) as (scheduler, driver):
        (offers,) = scheduler.wait("resourceOffers")
        driver.launchTasks([offers[0].id], [command_task(offers[0], "x", "true")])
        states = []
        while pb.TASK_FINISHED not in states:
            (status,) = scheduler.wait("statusUpdate")
            if status.state not in states:
                states.append(status.state)
            driver.acknowledgeStatusUpdate(status)
        assert states[-2:] == [pb.TASK_RUNNING, pb.TASK_FINISHED]


def test_a_task_is_killed(master):
    with Running(framework(), master) as (scheduler, driver):
        (offers,) = scheduler.wait("resourceOffers")
        driver.acceptOffers([offers[0].id], [launch(command_task(offers[0], "k", "sleep 100"))])
        updates_until(scheduler, pb.TASK_RUNNING)
        driver.killTask(pb.TaskID(value="k"))
        updates_until(scheduler, pb.TASK_KILLED)


def launch(*tasks):
    operation = pb.Offer.Operation(type=pb.Offer.Operation.LAUNCH)
    operation.launch.task_infos.extend(tasks)
    return operation


def test_reconciliation_tells_of_unknown_tasks(master):
    with Running(framework(), master) as (scheduler, driver):
        scheduler.wait("registered")
        unknown = pb.TaskStatus(task_id=pb.TaskID(value="unknown"), state=pb.TASK_RUNNING)
        driver.reconcileTasks([unknown])
        (status,) = scheduler.wait("statusUpdate")
        assert status.task_id.value == "unknown"
        assert status.reason == pb.TaskStatus.REASON_RECONCILIATION
        assert driver.reconcileTasks([]) == pb.DRIVER_RUNNING


def test_messages_carry_zero_bytes_both_ways(master):
    with Running(framework(), master) as (scheduler, driver):
        executor = echo_executor()
        (offers,) = scheduler.wait("resourceOffers")
        driver.launchTasks(offers[0].id, [task(offers[0], "m", executor=executor, data=b"d\0d")])
        (status,) = scheduler.wait("statusUpdate")
        assert status.data == b"d\0d"
        updates_until(scheduler, pb.TASK_FINISHED)
        driver.sendFrameworkMessage(executor.executor_id, offers[0].slave_id, b"a\0b")
        arrived = scheduler.wait("frameworkMessage")
        assert arrived == [executor.executor_id, offers[0].slave_id, b"a\0b"]
        driver.sendFrameworkMessage(executor.executor_id, offers[0].slave_id, "späte\0r")
        assert scheduler.wait("frameworkMessage")[2] == "späte\0r".encode("utf-8")


def test_suppressed_roles_get_no_offers_until_they_are_revived(master):
    info = multi_role("suppressed", "a", "b")
    with Running(info, master, suppressedRoles=["a", "b"]) as (scheduler, driver):
        scheduler.wait("registered")
        driver.reviveOffers(["b"])
        assert offered_role(scheduler, driver) == "b"
        driver.suppressOffers(["b"])
        driver.reviveOffers({"a"})
        eventually(lambda: offered_role(scheduler, driver) == "a")
        driver.suppressOffers()
        driver.reviveOffers()
        assert offered_role(scheduler, driver) in ("a", "b")


def offered_role(scheduler, driver):
    (offers,) = scheduler.wait("resourceOffers")
    for offer in offers:
        driver.declineOffer(offer.id, pb.Filters(refuse_seconds=0))
    return offers[0].allocation_info.role


def test_a_framework_is_updated_and_its_roles_unsuppressed(master):
    info = multi_role("updated", "a")
    with Running(info, master, suppressedRoles=["a"]) as (scheduler, driver):
        info.id.CopyFrom(scheduler.wait("registered")[0])
        info.webui_url = "http://somewhere"
        assert driver.updateFramework(info, []) == pb.DRIVER_RUNNING
        assert offered_role(scheduler, driver) == "a"


def test_a_framework_comes_back_after_failover(master):
    info = framework("failover", failover_timeout=60)
    with Running(info, master, failover=True) as (scheduler, _):
        info.id.CopyFrom(scheduler.wait("registered")[0])
    with Running(info, master) as (scheduler, _):
        assert scheduler.wait("registered")[0] == info.id


def test_callbacks_may_call_the_driver_and_run_returns(master):
    class Stopping(Recorder):
        def resourceOffers(self, driver, offers):
            self.threads.add(threading.current_thread())
            assert driver.join() == pb.DRIVER_RUNNING
            assert driver.declineOffer(offers[0].id) == pb.DRIVER_RUNNING
            driver.stop()

    scheduler = Stopping()
    scheduler.threads = set()
    driver = MesosSchedulerDriver(scheduler, framework(), master)
    assert driver.run() == pb.DRIVER_STOPPED
    assert threading.main_thread() not in scheduler.threads and len(scheduler.threads) == 1


def test_the_interpreter_goes_on_while_the_driver_waits(master):
    with Running(framework(), master) as (scheduler, driver):
        # A driver that ends before it is registered could not tell the master.
        scheduler.wait("registered")
        joining = threading.Thread(target=driver.join)
        joining.start()
        started = time.monotonic()
        sum(range(200_000))
        assert joining.is_alive() and time.monotonic() - started < 10
        driver.abort()
        joining.join(10)
        assert not joining.is_alive()


def test_local_starts_a_cluster_of_its_own():
    code = """
import sys
sys.path.insert(0, %r)
from support import *
from mesos.native import MesosSchedulerDriver
scheduler = Recorder()
driver = MesosSchedulerDriver(scheduler, framework("local"), "local")
driver.start()
(offers,) = scheduler.wait("resourceOffers")
print(len(offers), offers[0].hostname)
driver.stop()
driver.join()
"""
    status, out, errors = run(code % str(HERE))
    assert (status, out.split()[:1]) == (0, ["1"]), errors
