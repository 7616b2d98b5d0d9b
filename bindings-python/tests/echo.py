#!/usr/bin/env python3
"""An executor for the tests: finishes each task at once, with the task's data, and sends messages back."""

import sys

from mesos.interface import Executor
from mesos.interface import mesos_pb2 as pb
from mesos.native import MesosExecutorDriver


class Echo(Executor):
    def launchTask(self, driver, task):
        for state in (pb.TASK_RUNNING, pb.TASK_FINISHED):
            driver.sendStatusUpdate(
                pb.TaskStatus(task_id=task.task_id, state=state, data=task.data)
            )

    def frameworkMessage(self, driver, message):
        driver.sendFrameworkMessage(message)


if __name__ == "__main__":
    sys.exit(0 if MesosExecutorDriver(Echo()).run() == pb.DRIVER_STOPPED else 1)
