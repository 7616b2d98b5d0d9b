#!/usr/bin/env python3
"""An executor of the v1 interface for the tests: finishes each task at once, with the task's data."""

import os
import uuid

from mesos.v1 import executor_pb2 as pb
from mesos.v1 import mesos_pb2
from mesos.v1.executor import Client, Connection


def call(kind):
    made = pb.Call(type=kind)
    made.framework_id.value = os.environ["MESOS_FRAMEWORK_ID"]
    made.executor_id.value = os.environ["MESOS_EXECUTOR_ID"]
    return made


def subscribe():
    made = call(pb.Call.SUBSCRIBE)
    made.subscribe.SetInParent()
    return made


def update(task, state):
    made = call(pb.Call.UPDATE)
    status = made.update.status
    status.task_id.CopyFrom(task.task_id)
    status.state = state
    status.source = mesos_pb2.TaskStatus.SOURCE_EXECUTOR
    status.uuid = uuid.uuid4().bytes
    status.data = task.data
    return made


def main():
    with Client(json=bool(os.environ.get("ECHO_JSON"))) as client:
        for event in client:
            if event is Connection.CONNECTED:
                client.send(subscribe())
            elif event is Connection.DISCONNECTED:
                continue
            elif event.type == pb.Event.LAUNCH:
                client.send(update(event.launch.task, mesos_pb2.TASK_RUNNING))
                client.send(update(event.launch.task, mesos_pb2.TASK_FINISHED))
            elif event.type == pb.Event.SHUTDOWN:
                return


if __name__ == "__main__":
    main()
