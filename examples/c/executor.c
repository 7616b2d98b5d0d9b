/*
 * An executor in C: its task runs until the framework says "ping"; then it answers "pong" and the task has finished.
 * An agent starts it; by hand it only complains of the missing environment.
 */
#include <mesos/mesos.h>

#include <stdio.h>

#include "message.h"

/* Numbers of mesos.proto. */
enum { TASK_RUNNING = 1, TASK_FINISHED = 2, TASK_KILLED = 4 };

/* Sends a TaskStatus. `task_id` is a TaskID. */
static void update(mesos_executor_driver *driver, mesos_bytes task_id, unsigned state) {
  message status = {NULL, 0, 0};
  message_bytes(&status, 1, task_id);
  message_number(&status, 2, state);
  mesos_executor_driver_send_status_update(driver, message_lend(&status));
  message_free(&status);
}

static int on_launch(void *user, mesos_executor_driver *driver, mesos_bytes task) {
  message *running = (message *)user;
  const mesos_bytes id = message_find(task, 2).bytes;
  message_free(running);
  message_raw(running, id.data, id.length);
  update(driver, id, TASK_RUNNING);
  return 0;
}

static int on_kill(void *user, mesos_executor_driver *driver, mesos_bytes task_id) {
  (void)user;
  update(driver, task_id, TASK_KILLED);
  return 0;
}

static int on_message(void *user, mesos_executor_driver *driver, mesos_bytes data) {
  const message *running = (const message *)user;
  if (bytes_are(data, "ping")) {
    mesos_executor_driver_send_framework_message(driver, bytes_of("pong"));
    update(driver, message_lend(running), TASK_FINISHED);
  }
  return 0;
}

static int on_shutdown(void *user, mesos_executor_driver *driver) {
  (void)user;
  mesos_executor_driver_stop(driver);
  return 0;
}

static int on_error(void *user, mesos_executor_driver *driver, const char *text) {
  (void)user, (void)driver;
  fprintf(stderr, "aborted: %s\n", text);
  return 0;
}

int main(void) {
  /* The TaskID of the task that runs. */
  message running = {NULL, 0, 0};
  mesos_executor_callbacks callbacks;
  mesos_executor_driver *driver;
  mesos_status status;
  memset(&callbacks, 0, sizeof callbacks);
  callbacks.struct_size = sizeof callbacks;
  callbacks.launch_task = on_launch;
  callbacks.kill_task = on_kill;
  callbacks.framework_message = on_message;
  callbacks.shutdown = on_shutdown;
  callbacks.error = on_error;
  driver = mesos_executor_driver_new(&callbacks, &running);
  status = mesos_executor_driver_run(driver);
  mesos_executor_driver_free(driver);
  message_free(&running);
  return status == MESOS_DRIVER_STOPPED ? 0 : 1;
}
