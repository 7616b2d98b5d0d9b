"""What the drivers refuse, and what they take; no master is needed.

Compat: python_cpp_api.md 1.3, 1.4, 1.6.
"""

import sys

import pytest

from mesos.interface import Scheduler, mesos_pb2 as pb, scheduler_pb2
from mesos.native import MesosExecutorDriver, MesosSchedulerDriver
from support import NOWHERE, Recorder, framework, task


@pytest.fixture
def driver():
    return MesosSchedulerDriver(Recorder(), framework(), NOWHERE)


OFFER = pb.OfferID(value="o")
TASK = pb.TaskID(value="t")
INCOMPLETE = pb.TaskID()


@pytest.mark.parametrize(
    "method, arguments, name",
    [
        ("launchTasks", (None, []), "OfferID"),
        ("launchTasks", ([OFFER, 1], []), "OfferID"),
        ("launchTasks", ([OFFER], [INCOMPLETE]), "TaskInfo"),
        ("launchTasks", ([OFFER], [TASK]), "TaskInfo"),
        ("launchTasks", ([OFFER], [], "filters"), "Filters"),
        ("acceptOffers", ([None], []), "OfferID"),
        ("acceptOffers", ([OFFER], [None]), "Offer.Operation"),
        ("acceptOffers", ([OFFER], [], 1), "Filters"),
        ("declineOffer", (INCOMPLETE,), "OfferID"),
        ("declineOffer", (OFFER, 1), "Filters"),
        ("killTask", (INCOMPLETE,), "TaskID"),
        ("killTask", ("t",), "TaskID"),
        ("requestResources", ([OFFER, None],), "Request"),
        ("reconcileTasks", ([TASK],), "TaskStatus"),
        ("acknowledgeStatusUpdate", (None,), "TaskStatus"),
        ("sendFrameworkMessage", (None, pb.SlaveID(value="s"), b""), "ExecutorID"),
        ("sendFrameworkMessage", (pb.ExecutorID(value="e"), None, b""), "SlaveID"),
        ("updateFramework", (None, []), "FrameworkInfo"),
        ("updateFramework", (framework(), [], 1), "OfferConstraints"),
    ],
)
def test_what_is_no_such_message_is_refused(driver, method, arguments, name):
    with pytest.raises(Exception) as refusal:
        getattr(driver, method)(*arguments)
    assert type(refusal.value) is Exception
    assert str(refusal.value) == "Could not deserialize Python " + name
    assert refusal.value.__cause__ is not None


@pytest.mark.parametrize(
    "method, arguments, number",
    [
        ("launchTasks", ([OFFER], 1), 2),
        ("acceptOffers", (OFFER, []), 1),
        ("acceptOffers", ([OFFER], None), 2),
        ("reconcileTasks", (None,), 1),
        ("requestResources", (None,), 1),
    ],
)
def test_what_is_no_list_is_refused(driver, method, arguments, number):
    with pytest.raises(Exception) as refusal:
        getattr(driver, method)(*arguments)
    assert type(refusal.value) is Exception
    assert str(refusal.value) == "Parameter %d to %s is not a list" % (number, method)


@pytest.mark.parametrize("method", ["reviveOffers", "suppressOffers"])
def test_roles_are_an_iterable_of_texts(driver, method):
    call = getattr(driver, method)
    for roles in (1, "role", [1], [b"role"]):
        with pytest.raises(TypeError):
            call(roles)
    for roles in ([], ["a"], ("a", "b"), {"a"}, (r for r in "ab"), None):
        assert call(roles) == pb.DRIVER_NOT_STARTED


def test_any_iterable_is_a_list(driver):
    assert driver.launchTasks((OFFER,), iter([])) == pb.DRIVER_NOT_STARTED
    assert driver.launchTasks(OFFER, []) == pb.DRIVER_NOT_STARTED
    assert driver.reconcileTasks(()) == pb.DRIVER_NOT_STARTED


def test_every_parameter_has_its_name():
    driver = MesosSchedulerDriver(
        scheduler=Recorder(),
        frameworkInfo=framework(),
        master=NOWHERE,
        implicitAcknowledgements=False,
        credential=pb.Credential(principal="p", secret="s"),
        suppressedRoles={"a"},
        offerConstraints=scheduler_pb2.OfferConstraints(),
        raise_in_run=True,
    )
    offer = pb.Offer(id=OFFER, slave_id=pb.SlaveID(value="s"))
    calls = {
        "launchTasks": dict(offerIds=[OFFER], tasks=[task(offer, "t")], filters=pb.Filters()),
        "acceptOffers": dict(offerIds=[OFFER], operations=[], filters=pb.Filters()),
        "declineOffer": dict(offerId=OFFER, filters=None),
        "killTask": dict(taskId=TASK),
        "requestResources": dict(requests=[pb.Request()]),
        "reviveOffers": dict(roles=["a"]),
        "suppressOffers": dict(roles=["a"]),
        "acknowledgeStatusUpdate": dict(status=pb.TaskStatus(task_id=TASK, state=pb.TASK_LOST)),
        "sendFrameworkMessage": dict(
            executorId=pb.ExecutorID(value="e"), slaveId=pb.SlaveID(value="s"), data="text"
        ),
        "reconcileTasks": dict(statuses=[]),
        "updateFramework": dict(
            frameworkInfo=framework(),
            suppressedRoles=[],
            offerConstraints=scheduler_pb2.OfferConstraints(),
        ),
        "stop": dict(failover=True),
    }
    for method, arguments in calls.items():
        assert getattr(driver, method)(**arguments) == pb.DRIVER_NOT_STARTED, method


@pytest.mark.parametrize("data", [b"a\0b", "text", bytearray(b"x"), memoryview(b"x")])
def test_data_is_bytes_or_text(driver, data):
    ids = pb.ExecutorID(value="e"), pb.SlaveID(value="s")
    assert driver.sendFrameworkMessage(*ids, data) == pb.DRIVER_NOT_STARTED


@pytest.mark.parametrize("data", [None, 5, [1], {}])
def test_other_data_is_refused(driver, data):
    ids = pb.ExecutorID(value="e"), pb.SlaveID(value="s")
    with pytest.raises(TypeError):
        driver.sendFrameworkMessage(*ids, data)


def test_constructors_refuse_what_they_cannot_use():
    for arguments in ((Recorder(), None, NOWHERE), (Recorder(), TASK, NOWHERE)):
        with pytest.raises(Exception, match="Could not deserialize Python FrameworkInfo"):
            MesosSchedulerDriver(*arguments)
    with pytest.raises(Exception, match="Could not deserialize Python Credential"):
        MesosSchedulerDriver(Recorder(), framework(), NOWHERE, 1, INCOMPLETE)
    with pytest.raises(TypeError):
        MesosSchedulerDriver(Recorder(), framework(), None)
    with pytest.raises(TypeError):
        MesosSchedulerDriver(Recorder())
    with pytest.raises(TypeError):
        MesosSchedulerDriver(Recorder(), framework(), NOWHERE, suppressedRoles=1)


def test_no_credential_and_no_roles_are_fine():
    driver = MesosSchedulerDriver(Recorder(), framework(), NOWHERE, 1, None, None)
    assert driver.join() == pb.DRIVER_NOT_STARTED


def test_the_status_table():
    driver = MesosSchedulerDriver(Recorder(), framework(), NOWHERE)
    assert driver.stop() == driver.abort() == driver.join() == pb.DRIVER_NOT_STARTED
    assert driver.start() == driver.start() == pb.DRIVER_RUNNING
    assert driver.abort() == driver.abort() == driver.join() == driver.run() == pb.DRIVER_ABORTED
    assert driver.stop() == pb.DRIVER_ABORTED
    assert driver.stop() == driver.join() == pb.DRIVER_STOPPED


def test_a_nonsense_master_is_an_error_callback():
    scheduler = Recorder()
    driver = MesosSchedulerDriver(scheduler, framework(), "nonsense master")
    assert driver.run() == pb.DRIVER_ABORTED
    (message,) = scheduler.wait("error")
    assert isinstance(message, str) and message


def test_a_driver_is_initialized_once():
    first, second = Recorder(), Recorder()
    driver = MesosSchedulerDriver(first, framework(), "nonsense master")
    held = sys.getrefcount(second)
    with pytest.raises(Exception, match="initialized already"):
        driver.__init__(second, framework(), "nonsense master")
    assert sys.getrefcount(second) == held
    assert driver.run() == pb.DRIVER_ABORTED
    first.wait("error")
    assert second.seen.empty()


def test_the_default_error_callback_prints(capfd):
    MesosSchedulerDriver(Scheduler(), framework(), "nonsense master").run()
    assert "Error from Mesos: " in capfd.readouterr().err


def test_a_subclass_that_forgets_its_base_is_told_so():
    class Forgetful(MesosSchedulerDriver):
        def __init__(self):
            pass

    with pytest.raises(Exception, match="not initialized"):
        Forgetful().start()


def test_drivers_can_be_subclassed():
    class Mine(MesosSchedulerDriver):
        def __init__(self, scheduler):
            super().__init__(scheduler, framework(), NOWHERE)
            self.calls = 0

        def killTask(self, taskId):
            self.calls += 1
            return super().killTask(taskId)

    driver = Mine(Recorder())
    assert driver.killTask(TASK) == pb.DRIVER_NOT_STARTED
    assert driver.calls == 1


def test_an_executor_without_an_agent_is_told_by_its_error_callback():
    class Executor:
        def error(self, driver, message):
            self.message = message

    executor = Executor()
    driver = MesosExecutorDriver(executor=executor, environment={})
    assert driver.run() == pb.DRIVER_ABORTED
    assert "MESOS_" in executor.message


def test_executor_calls_refuse_what_they_cannot_use():
    driver = MesosExecutorDriver(Recorder(), environment={"MESOS_LOGGING_LEVEL": "ERROR"})
    with pytest.raises(Exception, match="Could not deserialize Python TaskStatus"):
        driver.sendStatusUpdate(TASK)
    with pytest.raises(TypeError):
        driver.sendFrameworkMessage(None)
    assert driver.sendFrameworkMessage(data=b"\0") == pb.DRIVER_NOT_STARTED
