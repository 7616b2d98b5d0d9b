"""A panic at the entry of a call becomes an exception; only in a build made for this (`cargo xtask client python panics`)."""

import pytest

from mesos import _mesos
from mesos.interface import mesos_pb2 as pb
from mesos.native import MesosExecutorDriver, MesosSchedulerDriver
from mesos.v1 import scheduler, scheduler_pb2
from support import NOWHERE, Recorder, framework

pytestmark = pytest.mark.skipif(not _mesos.injects_panics, reason="no panics in this build")

OFFER = pb.OfferID(value="o")
CALLS = {
    "stop": (),
    "requestResources": ([],),
    "launchTasks": (OFFER, []),
    "killTask": (pb.TaskID(value="t"),),
    "acceptOffers": ([OFFER], []),
    "declineOffer": (OFFER,),
    "reviveOffers": (),
    "suppressOffers": (),
    "reconcileTasks": ([],),
    "updateFramework": (framework(), []),
}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_panic_in_a_call_is_an_exception(monkeypatch, name):
    driver = MesosSchedulerDriver(Recorder(), framework(), NOWHERE)
    with monkeypatch.context() as patch:
        patch.setenv("LIBMESOS_INJECT_PANIC", "MesosSchedulerDriverImpl::" + name)
        with pytest.raises(BaseException, match="injected into"):
            getattr(driver, name)(*CALLS[name])
    assert getattr(driver, name)(*CALLS[name]) == pb.DRIVER_NOT_STARTED


@pytest.mark.parametrize(
    "make",
    [
        lambda: MesosSchedulerDriver(Recorder(), framework(), NOWHERE),
        lambda: MesosExecutorDriver(Recorder(), environment={}),
        lambda: scheduler.Client(NOWHERE),
    ],
)
def test_a_panic_in_a_constructor_is_an_exception(monkeypatch, make):
    monkeypatch.setenv("LIBMESOS_INJECT_PANIC", "closure")
    with pytest.raises(BaseException, match="injected into"):
        make()
    monkeypatch.delenv("LIBMESOS_INJECT_PANIC")
    assert make() is not None


def test_a_panic_in_a_v1_call_is_an_exception(monkeypatch):
    with scheduler.Client(NOWHERE) as client:
        monkeypatch.setenv("LIBMESOS_INJECT_PANIC", "V1SchedulerClient::send")
        with pytest.raises(BaseException, match="injected into"):
            client.send(scheduler_pb2.Call(type=scheduler_pb2.Call.TEARDOWN))
        monkeypatch.delenv("LIBMESOS_INJECT_PANIC")
        client.send(scheduler_pb2.Call(type=scheduler_pb2.Call.TEARDOWN))
