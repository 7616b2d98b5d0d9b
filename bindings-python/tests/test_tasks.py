"""A scheduler and an executor in Python run a thousand tasks."""

import time

from mesos.interface import Scheduler
from mesos.interface import mesos_pb2 as pb
from mesos.native import MesosSchedulerDriver
from support import echo_executor, framework, task

TASKS = 1000


class Thousand(Scheduler):
    def __init__(self):
        self.executor = echo_executor()
        self.launched = 0
        self.states = {}

    def resourceOffers(self, driver, offers):
        for offer in offers:
            cpus = sum(r.scalar.value for r in offer.resources if r.name == "cpus")
            room = int(round(cpus * 10)) - 1
            tasks = []
            while self.launched < TASKS and len(tasks) < room:
                name = str(self.launched)
                tasks.append(task(offer, name, executor=self.executor, data=name.encode()))
                self.launched += 1
            driver.launchTasks([offer.id], tasks, pb.Filters(refuse_seconds=0))

    def statusUpdate(self, driver, status):
        assert status.data == status.task_id.value.encode(), status
        self.states.setdefault(status.task_id.value, []).append(status.state)
        if status.state not in (pb.TASK_RUNNING, pb.TASK_FINISHED):
            driver.abort()
        if status.state == pb.TASK_FINISHED and self.finished() == TASKS:
            driver.stop()

    def finished(self):
        return sum(states[-1] == pb.TASK_FINISHED for states in self.states.values())


def test_a_thousand_tasks(master):
    scheduler = Thousand()
    started = time.monotonic()
    driver = MesosSchedulerDriver(scheduler, framework("thousand"), master, raise_in_run=True)
    assert driver.run() == pb.DRIVER_STOPPED
    print("%d tasks in %.1f s" % (TASKS, time.monotonic() - started))
    assert len(scheduler.states) == TASKS
    assert all(s == [pb.TASK_RUNNING, pb.TASK_FINISHED] for s in scheduler.states.values())
