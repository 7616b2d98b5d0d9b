"""The drivers and the v1 clients for programs that run on asyncio.

    class Hello(mesos.interface.Scheduler):
        async def resourceOffers(self, driver, offers):
            ...

    async def main():
        driver = mesos.aio.MesosSchedulerDriver(Hello(), framework, "host:5050")
        await driver.run()

Callbacks may be coroutines. They run on the event loop that has started the driver, one after the other: the next one
comes when the one before has returned, and with implicit acknowledgements that is when an update is acknowledged.
"""

from mesos.aio._clients import ExecutorClient, SchedulerClient
from mesos.aio._drivers import MesosExecutorDriver, MesosSchedulerDriver
from mesos.v1.scheduler import CallError, Connection

__all__ = [
    "CallError",
    "Connection",
    "ExecutorClient",
    "MesosExecutorDriver",
    "MesosSchedulerDriver",
    "SchedulerClient",
]
