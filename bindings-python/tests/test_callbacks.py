"""Exceptions in callbacks. Compat: python_cpp_api.md 1.5, 1.6."""

import gc

import pytest

from mesos.interface import mesos_pb2 as pb
from mesos.native import MesosExecutorDriver, MesosSchedulerDriver
from support import Recorder, echo_executor, eventually, framework, task


class Working(Recorder):
    """Does what leads to every callback."""

    executor = echo_executor()

    def resourceOffers(self, driver, offers):
        super().resourceOffers(driver, offers)
        if self.seen.qsize() < 3:
            driver.launchTasks(offers[0].id, [task(offers[0], "t", executor=self.executor)])

    def statusUpdate(self, driver, status):
        super().statusUpdate(driver, status)
        if status.state == pb.TASK_FINISHED:
            driver.sendFrameworkMessage(self.executor.executor_id, status.slave_id, b"m")


CALLBACKS = ["registered", "resourceOffers", "statusUpdate", "frameworkMessage"]


@pytest.mark.parametrize("name", CALLBACKS)
def test_it_is_printed_and_the_driver_aborted(master, capfd, name):
    driver = MesosSchedulerDriver(Working(raising=name), framework("raising"), master)
    assert driver.run() == pb.DRIVER_ABORTED
    printed = capfd.readouterr().err
    assert "Traceback (most recent call last):" in printed
    assert "RuntimeError: raised in " + name in printed


@pytest.mark.parametrize("name", CALLBACKS)
def test_it_is_raised_by_run_instead(master, capfd, name):
    driver = MesosSchedulerDriver(
        Working(raising=name), framework("raising"), master, raise_in_run=True
    )
    with pytest.raises(RuntimeError, match="raised in " + name) as raised:
        driver.run()
    assert raised.traceback[-1].name == "note"
    assert "Traceback" not in capfd.readouterr().err
    # Once: afterwards the driver is just aborted.
    assert driver.join() == pb.DRIVER_ABORTED


def test_in_error_it_is_printed(capfd):
    driver = MesosSchedulerDriver(Recorder(raising="error"), framework(), "nonsense master")
    assert driver.run() == pb.DRIVER_ABORTED
    assert "RuntimeError: raised in error" in capfd.readouterr().err


def test_in_error_it_is_raised_by_run(capfd):
    driver = MesosSchedulerDriver(
        Recorder(raising="error"), framework(), "nonsense master", raise_in_run=True
    )
    with pytest.raises(RuntimeError, match="raised in error"):
        driver.run()
    driver = MesosExecutorDriver(Recorder(raising="error"), environment={}, raise_in_run=True)
    with pytest.raises(RuntimeError, match="raised in error"):
        driver.run()


def test_an_exit_in_a_callback_does_not_end_the_process(master, capfd):
    class Leaving(Recorder):
        def registered(self, driver, frameworkId, masterInfo):
            raise SystemExit(7)

    driver = MesosSchedulerDriver(Leaving(), framework("leaving"), master)
    assert driver.run() == pb.DRIVER_ABORTED
    assert "SystemExit: 7" in capfd.readouterr().err


def test_a_scheduler_without_the_method_is_aborted(master, capfd):
    driver = MesosSchedulerDriver(object(), framework("nothing"), master)
    assert driver.run() == pb.DRIVER_ABORTED
    assert "AttributeError" in capfd.readouterr().err


def test_one_that_nobody_raises_is_printed_at_the_end(master, capfd):
    driver = MesosSchedulerDriver(
        Recorder(raising="registered"), framework("raising"), master, raise_in_run=True
    )
    driver.start()
    eventually(lambda: driver.start() == pb.DRIVER_ABORTED)
    # The traceback holds the driver: it goes with the next collection.
    del driver
    printed = []

    def is_printed():
        gc.collect()
        printed.append(capfd.readouterr().err)
        return "RuntimeError: raised in registered" in "".join(printed)

    eventually(is_printed)
