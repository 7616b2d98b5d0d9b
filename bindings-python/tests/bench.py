"""What the Python interface costs: plays a framework against `mesos-load feed`.

usage: bench.py MASTER UPDATES LAUNCHES

Prints one line of JSON; see ffi-c/tests/c/bench.c.
"""

import json
import resource
import sys
import time

import mesos.interface
import mesos.native
from mesos.interface import mesos_pb2


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident_kb():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024


class Bench(mesos.interface.Scheduler):
    def __init__(self, updates, launches):
        self.expected = updates
        self.launches = launches
        self.seen = 0
        self.started = time.monotonic()

    def registered(self, driver, frameworkId, masterInfo):
        self.registered_at = time.monotonic()
        self.resident_kb = resident_kb()
        self.cpu_before = cpu_seconds()

    def statusUpdate(self, driver, status):
        self.seen += 1
        if self.seen == self.expected:
            self.report()
            self.launch(driver)
            driver.stop()

    def report(self):
        took = time.monotonic() - self.registered_at
        used = cpu_seconds() - self.cpu_before
        figures = {
            "registered_ms": round((self.registered_at - self.started) * 1e3, 2),
            "rss_kb": self.resident_kb,
            "updates_per_second": round(self.expected / took),
            "cpu_us_per_update": round(used * 1e6 / self.expected, 2),
        }
        print(json.dumps(figures), flush=True)

    def launch(self, driver):
        offer = mesos_pb2.OfferID(value="o")
        task = mesos_pb2.TaskInfo(name="t")
        task.task_id.value = "t"
        task.slave_id.value = "s"
        for _ in range(self.launches):
            driver.launchTasks([offer], [task])


def main():
    master, updates, launches = sys.argv[1:]
    framework = mesos_pb2.FrameworkInfo(user="", name="bench")
    scheduler = Bench(int(updates), int(launches))
    driver = mesos.native.MesosSchedulerDriver(scheduler, framework, master)
    scheduler.started = time.monotonic()
    driver.run()
    return 0 if scheduler.seen == scheduler.expected else 1


if __name__ == "__main__":
    sys.exit(main())
