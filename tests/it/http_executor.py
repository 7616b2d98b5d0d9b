"""An executor that speaks the v1 executor API with nothing but the standard library.

It says RUNNING for a task; a message "end" ends the task, any other message comes back reversed.
When its stream ends it subscribes again with what was not acknowledged.
"""

import base64
import http.client
import json
import os
import sys
import threading
import time
import uuid

HOST, PORT = os.environ["MESOS_AGENT_ENDPOINT"].split(":")
PATH = "/" + os.environ["MESOS_SLAVE_PID"].split("@")[0] + "/api/v1/executor"
HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}

# What the agent may not know that we have; what it has not confirmed; what runs.
tasks, updates, running = {}, {}, []


def call(kind, **more):
    return json.dumps({
        "type": kind,
        "framework_id": {"value": os.environ["MESOS_FRAMEWORK_ID"]},
        "executor_id": {"value": os.environ["MESOS_EXECUTOR_ID"]},
        **more,
    })


def post(kind, **more):
    connection = http.client.HTTPConnection(HOST, int(PORT), timeout=10)
    try:
        connection.request("POST", PATH, call(kind, **more), HEADERS)
        answer = connection.getresponse()
        answer.read()
        return answer.status == 202
    except OSError:
        # The agent is away; SUBSCRIBE brings it what it missed.
        return False
    finally:
        connection.close()


def update(task, state):
    status = {
        "task_id": {"value": task},
        "state": state,
        "source": "SOURCE_EXECUTOR",
        "uuid": base64.b64encode(uuid.uuid4().bytes).decode(),
    }
    updates[status["uuid"]] = {"status": status}
    post("UPDATE", update=updates[status["uuid"]])


def on_message(text):
    if text != b"end":
        post("MESSAGE", message={"data": base64.b64encode(text[::-1]).decode()})
        return
    for task in running:
        update(task, "TASK_FINISHED")


def on(event):
    kind = event["type"]
    if kind == "LAUNCH":
        task = event["launch"]["task"]
        tasks[task["task_id"]["value"]] = task
        running.append(task["task_id"]["value"])
        update(task["task_id"]["value"], "TASK_RUNNING")
    elif kind == "ACKNOWLEDGED":
        done = updates.pop(event["acknowledged"]["uuid"], None)
        if done:
            tasks.pop(done["status"]["task_id"]["value"], None)
    elif kind == "MESSAGE":
        on_message(base64.b64decode(event["message"]["data"]))
    elif kind == "SHUTDOWN":
        os._exit(0)


def records(stream):
    """RecordIO: a length, a newline, the record."""
    while True:
        digits = stream.readline()
        if not digits:
            return
        yield json.loads(stream.read(int(digits)))


def subscribe():
    known = {"unacknowledged_tasks": list(tasks.values()), "unacknowledged_updates": list(updates.values())}
    connection = http.client.HTTPConnection(HOST, int(PORT))
    connection.request("POST", PATH, call("SUBSCRIBE", subscribe=known), HEADERS)
    stream = connection.getresponse()
    if stream.status != 200:
        return
    for event in records(stream):
        print(event["type"], flush=True)
        # Another thread, so that what an event leads to does not hold up the next.
        threading.Thread(target=on, args=(event,)).start()


while True:
    try:
        subscribe()
    except (OSError, ValueError, http.client.HTTPException) as error:
        print(error, file=sys.stderr, flush=True)
    time.sleep(0.05)
