/*
 * A framework in C over the v1 HTTP API: runs a shell command, acknowledges its updates, and tears itself down.
 *
 * usage: v1_framework MASTER [JSON]
 *
 * With a second argument the client speaks JSON to the master; nothing else changes. Exit status 0 = the task finished.
 */
#define _POSIX_C_SOURCE 200809L

#include <mesos/v1.h>

#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "message.h"

/* Numbers of v1/scheduler/scheduler.proto and v1/mesos.proto. */
enum { SUBSCRIBE = 1, TEARDOWN = 2, ACCEPT = 3, ACKNOWLEDGE = 8 };
enum { SUBSCRIBED = 1, OFFERS = 2, UPDATE = 4, ERROR = 7 };
enum { LAUNCH = 1, TASK_FINISHED = 2 };

typedef struct framework {
  const char *user;
  /* FrameworkID */
  message id;
  int is_launched;
  /* Of the task; 0 while it is not over. */
  unsigned last_state;
  int is_over;
  pthread_mutex_t lock;
  pthread_cond_t changed;
} framework;

static void finish(framework *self) {
  pthread_mutex_lock(&self->lock);
  self->is_over = 1;
  pthread_cond_signal(&self->changed);
  pthread_mutex_unlock(&self->lock);
}

/* Sends a Call of a type; `body`, which ends, is its part of that field number. */
static void send_call(const framework *self, const mesos_v1_scheduler *client, unsigned type, unsigned field,
                      message *body) {
  message call = {NULL, 0, 0};
  if (self->id.length > 0) message_bytes(&call, 1, message_lend(&self->id));
  message_number(&call, 2, type);
  message_part(&call, field, body);
  if (mesos_v1_scheduler_send(client, message_lend(&call)) == MESOS_INVALID) {
    fprintf(stderr, "cannot send: %s\n", mesos_last_error());
  }
  message_free(&call);
}

static int on_connected(void *user, mesos_v1_scheduler *client) {
  const framework *self = (const framework *)user;
  message subscribe = {NULL, 0, 0}, info = {NULL, 0, 0};
  message_text(&info, 1, self->user);
  message_text(&info, 2, "v1 framework in C");
  if (self->id.length > 0) message_bytes(&info, 3, message_lend(&self->id));
  message_part(&subscribe, 1, &info);
  send_call(self, client, SUBSCRIBE, 3, &subscribe);
  return 0;
}

/* A Resource {name, type: SCALAR, scalar {value: 1/8 or 32}}, as the field of a TaskInfo. */
static void put_scalar(message *task, const char *name, const uint8_t *value) {
  message resource = {NULL, 0, 0}, scalar = {NULL, 0, 0};
  message_varint(&scalar, 1 << 3 | WIRE_FIXED64);
  message_raw(&scalar, value, 8);
  message_text(&resource, 1, name);
  message_number(&resource, 2, 0);
  message_part(&resource, 3, &scalar);
  message_part(task, 4, &resource);
}

static void launch(framework *self, const mesos_v1_scheduler *client, mesos_bytes offer) {
  /* Little-endian doubles. */
  static const uint8_t eighth[8] = {0, 0, 0, 0, 0, 0, 0xc0, 0x3f}, thirty_two[8] = {0, 0, 0, 0, 0, 0, 0x40, 0x40};
  message task = {NULL, 0, 0}, id = {NULL, 0, 0}, line = {NULL, 0, 0}, tasks = {NULL, 0, 0};
  message operation = {NULL, 0, 0}, accept = {NULL, 0, 0};
  message_text(&id, 1, "command");
  message_text(&line, 3, "echo hello from C over HTTP");
  message_text(&task, 1, "command");
  message_part(&task, 2, &id);
  message_bytes(&task, 3, message_find(offer, 3).bytes);
  put_scalar(&task, "cpus", eighth);
  put_scalar(&task, "mem", thirty_two);
  message_part(&task, 7, &line);
  message_part(&tasks, 1, &task);
  message_number(&operation, 1, LAUNCH);
  message_part(&operation, 2, &tasks);
  message_bytes(&accept, 1, message_find(offer, 1).bytes);
  message_part(&accept, 2, &operation);
  self->is_launched = 1;
  send_call(self, client, ACCEPT, 4, &accept);
}

static void on_update(framework *self, const mesos_v1_scheduler *client, mesos_bytes status) {
  const unsigned state = (unsigned)message_find(status, 2).number;
  const mesos_bytes uuid = message_find(status, 11).bytes;
  printf("command: state %u\n", state);
  if (uuid.length > 0) {
    message acknowledge = {NULL, 0, 0};
    message_bytes(&acknowledge, 1, message_find(status, 5).bytes);
    message_bytes(&acknowledge, 2, message_find(status, 1).bytes);
    message_bytes(&acknowledge, 3, uuid);
    send_call(self, client, ACKNOWLEDGE, 8, &acknowledge);
  }
  /* TASK_STARTING, TASK_RUNNING, TASK_STAGING and TASK_KILLING are not the end. */
  if (state == 0 || state == 1 || state == 6 || state == 8) return;
  self->last_state = state;
  finish(self);
}

static void on_event(framework *self, const mesos_v1_scheduler *client, mesos_bytes event) {
  const unsigned type = (unsigned)message_find(event, 1).number;
  if (type == SUBSCRIBED) {
    const mesos_bytes id = message_find(message_find(event, 2).bytes, 1).bytes, text = message_id(id);
    message_free(&self->id);
    message_raw(&self->id, id.data, id.length);
    printf("subscribed as %.*s\n", (int)text.length, (const char *)text.data);
  } else if (type == OFFERS) {
    if (!self->is_launched) launch(self, client, message_find(message_find(event, 3).bytes, 1).bytes);
  } else if (type == UPDATE) {
    on_update(self, client, message_find(message_find(event, 5).bytes, 1).bytes);
  } else if (type == ERROR) {
    const mesos_bytes text = message_find(message_find(event, 8).bytes, 1).bytes;
    fprintf(stderr, "error: %.*s\n", (int)text.length, (const char *)text.data);
    finish(self);
  }
}

static int on_received(void *user, mesos_v1_scheduler *client, const mesos_bytes *events, size_t count) {
  size_t i;
  for (i = 0; i < count; i++) on_event((framework *)user, client, events[i]);
  return 0;
}

/* The answer to TEARDOWN. */
static void on_answer(void *user, int http_status, mesos_bytes response, const char *error) {
  (void)response;
  printf("teardown: %d %s\n", http_status, error != NULL ? error : "");
  finish((framework *)user);
}

static void await_end(framework *self) {
  pthread_mutex_lock(&self->lock);
  while (!self->is_over) pthread_cond_wait(&self->changed, &self->lock);
  self->is_over = 0;
  pthread_mutex_unlock(&self->lock);
}

static void tear_down(framework *self, const mesos_v1_scheduler *client) {
  message call = {NULL, 0, 0};
  message_bytes(&call, 1, message_lend(&self->id));
  message_number(&call, 2, TEARDOWN);
  if (mesos_v1_scheduler_call(client, message_lend(&call), on_answer, self) != MESOS_INVALID) await_end(self);
  message_free(&call);
}

int main(int argc, char **argv) {
  const struct passwd *me = getpwuid(getuid());
  mesos_v1_scheduler_callbacks callbacks;
  mesos_v1_scheduler_config config;
  mesos_v1_scheduler *client;
  framework self;
  if (argc < 2) {
    fprintf(stderr, "usage: %s MASTER [JSON]\n", argv[0]);
    return 2;
  }
  memset(&self, 0, sizeof self);
  self.user = me != NULL ? me->pw_name : "nobody";
  pthread_mutex_init(&self.lock, NULL);
  pthread_cond_init(&self.changed, NULL);
  memset(&callbacks, 0, sizeof callbacks);
  callbacks.struct_size = sizeof callbacks;
  callbacks.connected = on_connected;
  callbacks.received = on_received;
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.master = argv[1];
  config.content_type = argc > 2 ? MESOS_V1_JSON : MESOS_V1_PROTOBUF;

  client = mesos_v1_scheduler_new(&callbacks, &self, &config);
  if (client == NULL) {
    fprintf(stderr, "no client: %s\n", mesos_last_error());
    return 1;
  }
  await_end(&self);
  tear_down(&self, client);
  mesos_v1_scheduler_free(client);
  message_free(&self.id);
  pthread_cond_destroy(&self.changed);
  pthread_mutex_destroy(&self.lock);
  return self.last_state == TASK_FINISHED ? 0 : 1;
}
