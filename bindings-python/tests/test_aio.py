"""The asyncio front end. Compat: python_cpp_api.md 1.6."""

import asyncio
import threading

import pytest

import mesos.aio
from mesos.interface import Scheduler
from mesos.interface import mesos_pb2 as pb
from support import LIMIT, NOWHERE, echo_executor, framework, task


class Async(Scheduler):
    """Runs one task, in coroutines on the loop's thread."""

    def __init__(self):
        self.executor = echo_executor()
        self.states = []
        self.threads = set()
        self.inside = 0

    def registered(self, driver, frameworkId, masterInfo):
        # Plain functions are called on the loop as well.
        self.threads.add(threading.current_thread())

    async def resourceOffers(self, driver, offers):
        self.threads.add(threading.current_thread())
        await asyncio.sleep(0)
        if not self.states:
            driver.launchTasks(offers[0].id, [task(offers[0], "a", executor=self.executor)])

    async def statusUpdate(self, driver, status):
        self.inside += 1
        assert self.inside == 1, "one callback after the other"
        await asyncio.sleep(0.05)
        self.inside -= 1
        self.states.append(status.state)
        if status.state == pb.TASK_FINISHED:
            await driver.stop()


def bounded(coroutine):
    async def limited():
        return await asyncio.wait_for(coroutine, LIMIT)

    return asyncio.run(limited())


def test_coroutines_are_callbacks(master):
    async def main():
        scheduler = Async()
        driver = mesos.aio.MesosSchedulerDriver(scheduler, framework("aio"), master)
        assert await driver.run() == pb.DRIVER_STOPPED
        return scheduler

    scheduler = bounded(main())
    assert scheduler.states == [pb.TASK_RUNNING, pb.TASK_FINISHED]
    assert scheduler.threads == {threading.main_thread()}


def test_an_exception_is_raised_by_run(master):
    class Raising(Async):
        async def registered(self, driver, frameworkId, masterInfo):
            raise KeyError("in registered")

    async def main():
        await mesos.aio.MesosSchedulerDriver(Raising(), framework("aio"), master).run()

    with pytest.raises(KeyError, match="in registered"):
        bounded(main())


def test_a_cancelled_run_stops_the_driver(master):
    async def main():
        scheduler = Async()
        driver = mesos.aio.MesosSchedulerDriver(scheduler, framework("aio"), master)
        running = asyncio.ensure_future(driver.run())
        while not scheduler.threads:
            await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await driver.join() == pb.DRIVER_STOPPED

    bounded(main())


def test_the_loop_goes_on_while_the_driver_runs():
    async def main():
        async with mesos.aio.MesosSchedulerDriver(Async(), framework("aio"), NOWHERE) as driver:
            joining = asyncio.ensure_future(driver.join())
            for _ in range(20):
                await asyncio.sleep(0.001)
            assert not joining.done()
        assert await joining == pb.DRIVER_STOPPED

    bounded(main())


@pytest.mark.parametrize("inside_a_loop", [True, False])
def test_an_error_before_the_start_reaches_the_callback(inside_a_loop):
    class Failing(Async):
        async def error(self, driver, message):
            self.message = message

    executor = Failing()

    async def main():
        driver = mesos.aio.MesosExecutorDriver(executor, environment={})
        return await driver.run()

    if inside_a_loop:
        assert bounded(main()) == pb.DRIVER_ABORTED
    else:
        driver = mesos.aio.MesosExecutorDriver(executor, environment={})
        assert bounded(driver.run()) == pb.DRIVER_ABORTED
    assert "MESOS_" in executor.message
