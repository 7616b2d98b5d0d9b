"""An executor on pymesos: finishes each task at once, with the task's data, and sends messages back."""

from pymesos import Executor, MesosExecutorDriver


class Echo(Executor):
    def launchTask(self, driver, task):
        for state in ("TASK_RUNNING", "TASK_FINISHED"):
            update = {"task_id": task["task_id"], "state": state, "data": task["data"]}
            driver.sendStatusUpdate(update)

    def frameworkMessage(self, driver, message):
        driver.sendFrameworkMessage(message)


if __name__ == "__main__":
    MesosExecutorDriver(Echo()).run()
