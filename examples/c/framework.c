/*
 * A framework in C: runs a shell command and a task with an executor of its own, says "ping" to that executor, and ends
 * when both tasks have finished and "pong" has come back.
 *
 * usage: framework MASTER EXECUTOR
 *
 * EXECUTOR is the command line of executor.c's program. Exit status 0 = everything went as it should.
 */
#include <mesos/resources.h>

#include <stdio.h>

#include "message.h"

/* Numbers of mesos.proto. */
enum { TASK_RUNNING = 1, TASK_FINISHED = 2, TASK_FAILED = 3, TASK_KILLED = 4, TASK_LOST = 5, TASK_ERROR = 7 };

static const char *const EXECUTOR_ID = "talker";

typedef struct framework {
  const char *executor_command;
  /* What one task, or the executor, needs. */
  mesos_resources *share;
  /* What an offer must have. */
  mesos_resources *need;
  int is_launched, finished, has_answer, has_failed;
} framework;

static message id_message(const char *text) {
  message id = {NULL, 0, 0};
  message_text(&id, 1, text);
  return id;
}

/* Appends the resources of one share as the field of a TaskInfo or ExecutorInfo. */
static void put_share(message *to, unsigned field, const framework *self) {
  mesos_buffers list;
  size_t i;
  if (mesos_resources_list(self->share, &list) != 0) return;
  for (i = 0; i < list.count; i++) {
    mesos_bytes resource;
    resource.data = list.items[i].data;
    resource.length = list.items[i].length;
    message_bytes(to, field, resource);
  }
  mesos_buffers_free(&list);
}

static message command(const char *line) {
  message made = {NULL, 0, 0};
  message_text(&made, 3, line);
  return made;
}

/* TaskInfo without what it runs. */
static message task(const framework *self, const char *name, mesos_bytes agent_id) {
  message made = {NULL, 0, 0}, id = id_message(name);
  message_text(&made, 1, name);
  message_part(&made, 2, &id);
  message_bytes(&made, 3, agent_id);
  put_share(&made, 4, self);
  return made;
}

static message command_task(const framework *self, mesos_bytes agent_id) {
  message made = task(self, "command", agent_id), line = command("echo hello from C");
  message_part(&made, 7, &line);
  return made;
}

static message talking_task(const framework *self, mesos_bytes agent_id) {
  message made = task(self, "talk", agent_id);
  message executor = {NULL, 0, 0}, id = id_message(EXECUTOR_ID), line = command(self->executor_command);
  message grace = {NULL, 0, 0};
  message_part(&executor, 1, &id);
  message_part(&executor, 7, &line);
  message_text(&executor, 9, "executor in C");
  put_share(&executor, 5, self);
  /* How long it may take to end before it is killed. */
  message_number(&grace, 1, 30 * 1000000000ull);
  message_part(&executor, 13, &grace);
  message_part(&made, 5, &executor);
  return made;
}

static void launch(framework *self, mesos_scheduler_driver *driver, mesos_bytes offer) {
  const mesos_bytes agent_id = message_find(offer, 3).bytes, offer_id = message_find(offer, 1).bytes;
  const mesos_bytes no_filters = {NULL, 0};
  message first = command_task(self, agent_id), second = talking_task(self, agent_id);
  mesos_bytes tasks[2];
  tasks[0] = message_lend(&first);
  tasks[1] = message_lend(&second);
  if (mesos_scheduler_driver_launch_tasks(driver, &offer_id, 1, tasks, 2, no_filters) == MESOS_INVALID) {
    fprintf(stderr, "cannot launch: %s\n", mesos_last_error());
  }
  self->is_launched = 1;
  message_free(&first);
  message_free(&second);
}

/* Whether the resources of an Offer are enough. */
static int is_enough(const framework *self, mesos_bytes offer) {
  mesos_resources *offered = mesos_resources_new();
  message_field next;
  int enough;
  while (message_next(&offer, &next)) {
    if (next.field == 5) {
      mesos_resources *one = mesos_resources_of(&next.bytes, 1);
      mesos_resources_add(offered, one);
      mesos_resources_free(one);
    }
  }
  /* Offered resources are marked with the role that they are offered to. */
  mesos_resources_unallocate(offered);
  enough = mesos_resources_contains(offered, self->need) == 1;
  mesos_resources_free(offered);
  return enough;
}

static int on_registered(void *user, mesos_scheduler_driver *driver, mesos_bytes framework_id, mesos_bytes master) {
  const mesos_bytes id = message_id(framework_id);
  (void)user, (void)driver, (void)master;
  printf("registered as %.*s\n", (int)id.length, (const char *)id.data);
  return 0;
}

static int on_offers(void *user, mesos_scheduler_driver *driver, const mesos_bytes *offers, size_t count) {
  framework *self = (framework *)user;
  const mesos_bytes no_filters = {NULL, 0};
  size_t i;
  for (i = 0; i < count; i++) {
    if (!self->is_launched && is_enough(self, offers[i])) {
      launch(self, driver, offers[i]);
    } else {
      mesos_scheduler_driver_decline_offer(driver, message_find(offers[i], 1).bytes, no_filters);
    }
  }
  return 0;
}

static void stop_when_done(const framework *self, mesos_scheduler_driver *driver) {
  if (self->has_failed || (self->finished == 2 && self->has_answer)) mesos_scheduler_driver_stop(driver, 0);
}

static int on_update(void *user, mesos_scheduler_driver *driver, mesos_bytes status) {
  framework *self = (framework *)user;
  const mesos_bytes task_id = message_id(message_find(status, 1).bytes);
  const unsigned state = (unsigned)message_find(status, 2).number;
  printf("%.*s: state %u\n", (int)task_id.length, (const char *)task_id.data, state);
  if (state == TASK_RUNNING && bytes_are(task_id, "talk")) {
    message executor_id = id_message(EXECUTOR_ID);
    mesos_scheduler_driver_send_framework_message(driver, message_lend(&executor_id), message_find(status, 5).bytes,
                                                  bytes_of("ping"));
    message_free(&executor_id);
  }
  if (state == TASK_FINISHED) self->finished++;
  if (state == TASK_FAILED || state == TASK_KILLED || state == TASK_LOST || state == TASK_ERROR) self->has_failed = 1;
  stop_when_done(self, driver);
  return 0;
}

static int on_message(void *user, mesos_scheduler_driver *driver, mesos_bytes executor_id, mesos_bytes agent_id,
                      mesos_bytes data) {
  framework *self = (framework *)user;
  (void)executor_id, (void)agent_id;
  printf("the executor says %.*s\n", (int)data.length, (const char *)data.data);
  self->has_answer = bytes_are(data, "pong");
  stop_when_done(self, driver);
  return 0;
}

static int on_error(void *user, mesos_scheduler_driver *driver, const char *message) {
  framework *self = (framework *)user;
  (void)driver;
  fprintf(stderr, "aborted: %s\n", message);
  self->has_failed = 1;
  return 0;
}

int main(int argc, char **argv) {
  mesos_scheduler_callbacks callbacks;
  mesos_scheduler_config config;
  mesos_scheduler_driver *driver;
  message info = {NULL, 0, 0};
  framework self;
  if (argc != 3) {
    fprintf(stderr, "usage: %s MASTER EXECUTOR\n", argv[0]);
    return 2;
  }
  memset(&self, 0, sizeof self);
  self.executor_command = argv[2];
  self.share = mesos_resources_parse("cpus:0.1;mem:32", NULL);
  self.need = mesos_resources_parse("cpus:0.3;mem:96", NULL);

  memset(&callbacks, 0, sizeof callbacks);
  callbacks.struct_size = sizeof callbacks;
  callbacks.registered = on_registered;
  callbacks.resource_offers = on_offers;
  callbacks.status_update = on_update;
  callbacks.framework_message = on_message;
  callbacks.error = on_error;

  /* FrameworkInfo: an empty user becomes that of this process. */
  message_text(&info, 1, "");
  message_text(&info, 2, "framework in C");
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.framework = message_lend(&info);
  config.master = argv[1];

  driver = mesos_scheduler_driver_new(&callbacks, &self, &config);
  message_free(&info);
  if (driver == NULL) {
    fprintf(stderr, "no driver: %s\n", mesos_last_error());
    return 1;
  }
  if (mesos_scheduler_driver_run(driver) != MESOS_DRIVER_STOPPED) self.has_failed = 1;
  mesos_scheduler_driver_free(driver);
  mesos_resources_free(self.share);
  mesos_resources_free(self.need);
  return self.has_failed ? 1 : 0;
}
