"""A framework on pymesos: its tasks run in an executor on pymesos, and a message comes back for each.

usage: framework.py MASTER TASKS
"""

import os
import shlex
import sys

from pymesos import MesosSchedulerDriver, Scheduler, decode_data, encode_data

DATA = b"data with a \0 byte"
MESSAGE = b"m\0m"


def scalar(name, value):
    return {"name": name, "type": "SCALAR", "scalar": {"value": value}}


class Demo(Scheduler):
    def __init__(self, executor, tasks):
        self.executor = executor
        self.tasks = tasks
        self.launched = 0
        self.finished = 0
        self.messages = 0

    def registered(self, driver, frameworkId, masterInfo):
        print("registered", flush=True)

    def resourceOffers(self, driver, offers):
        for offer in offers:
            tasks = []
            while self.launched < self.tasks and not tasks:
                tasks.append(self.next_task(offer))
            if tasks:
                driver.launchTasks(offer["id"], tasks, {"refuse_seconds": 0})
            else:
                driver.declineOffer(offer["id"], {"refuse_seconds": 5})

    def next_task(self, offer):
        name = "py-%d" % self.launched
        self.launched += 1
        return {
            "task_id": {"value": name},
            "name": name,
            "agent_id": offer["agent_id"],
            "executor": self.executor,
            "data": encode_data(DATA),
            "resources": [scalar("cpus", 0.1), scalar("mem", 16)],
        }

    def statusUpdate(self, driver, update):
        name, state = update["task_id"]["value"], update["state"]
        print(name, state, flush=True)
        if state == "TASK_FINISHED":
            if decode_data(update["data"]) != DATA:
                raise AssertionError(update)
            self.finished += 1
            driver.sendFrameworkMessage(
                self.executor["executor_id"], update["agent_id"], encode_data(MESSAGE)
            )

    def frameworkMessage(self, driver, executorId, slaveId, message):
        if decode_data(message) != MESSAGE:
            raise AssertionError(message)
        self.messages += 1
        if self.messages == self.tasks == self.finished:
            print("all %d tasks finished and all messages came back" % self.tasks, flush=True)
            driver.stop()

    def error(self, driver, message):
        sys.exit("error: %s" % message)


def main():
    master, tasks = sys.argv[1], int(sys.argv[2])
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "executor.py")
    executor = {
        "executor_id": {"value": "pymesos"},
        "name": "pymesos",
        "type": "CUSTOM",
        "command": {"value": " ".join(map(shlex.quote, (sys.executable, program)))},
        "resources": [scalar("cpus", 0.1), scalar("mem", 32)],
    }
    framework = {"user": "", "name": "pymesos", "hostname": "localhost"}
    MesosSchedulerDriver(Demo(executor, tasks), framework, master).run()


if __name__ == "__main__":
    main()
