/*
 * The v1 clients in C: refused arguments, a framework on a cluster inside this process (over HTTP with protobuf and
 * JSON, and over the driver protocol), a task that this program executes, too, a callback that fails, and an executor
 * whose agent is not there.
 *
 * usage: v1            Exit status 0 = all held.
 *        v1 executor   what the agent starts: runs a task until the framework says something, and says it back
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <mesos/v1.h>

#include <pthread.h>
#include <time.h>

enum { WAIT_SECONDS = 30, TEXT_MAX = 256, CALL_MAX = 2048 };

/* mesos.v1.scheduler.Event.Type and mesos.v1.scheduler.Call.Type */
enum { SUBSCRIBED = 1, OFFERS = 2, UPDATE_EVENT = 4, MESSAGE_EVENT = 5, ERROR_EVENT = 7, HEARTBEAT = 8 };
enum { SUBSCRIBE = 1, TEARDOWN = 2, ACCEPT = 3, ACKNOWLEDGE = 8, SEND_MESSAGE = 10 };
enum { TASK_RUNNING = 1, TASK_FINISHED = 2, SOURCE_EXECUTOR = 2, LAUNCH_OPERATION = 1 };

/* ---- Protobuf, as far as it is needed ------------------------------------------------------------------------- */

static uint64_t varint(const uint8_t **at, const uint8_t *end) {
  uint64_t value = 0;
  unsigned shift = 0;
  while (*at < end) {
    uint8_t byte = *(*at)++;
    value |= (uint64_t)(byte & 0x7f) << shift;
    shift += 7;
    if ((byte & 0x80) == 0) break;
  }
  return value;
}

/* The first field of that number: its bytes, or its number in `scalar`. */
static mesos_bytes field(mesos_bytes message, unsigned number, uint64_t *scalar) {
  const uint8_t *at = message.data, *end = message.data + message.length;
  mesos_bytes found = {NULL, 0};
  while (at != NULL && at < end) {
    uint64_t key = varint(&at, end), value = 0;
    const uint8_t *start = at;
    switch (key & 7) {
      case 0: value = varint(&at, end); break;
      case 1: at += 8; break;
      case 2: value = varint(&at, end); start = at; at += value; break;
      case 5: at += 4; break;
      default: return found;
    }
    if (key >> 3 != number) continue;
    if (scalar != NULL) *scalar = value;
    found.data = start;
    found.length = (size_t)(at - start);
    return found;
  }
  return found;
}

static uint64_t number_of(mesos_bytes message, unsigned number) {
  uint64_t scalar = 0;
  field(message, number, &scalar);
  return scalar;
}

typedef struct writer {
  uint8_t data[CALL_MAX];
  size_t length;
} writer;

static void put_bytes(writer *to, unsigned number, mesos_bytes bytes) {
  CHECK(number < 16 && to->length + bytes.length + 3 <= CALL_MAX);
  to->data[to->length++] = (uint8_t)(number << 3 | 2);
  if (bytes.length >= 128) to->data[to->length++] = (uint8_t)(bytes.length | 0x80);
  to->data[to->length++] = (uint8_t)(bytes.length < 128 ? bytes.length : bytes.length >> 7);
  if (bytes.length > 0) memcpy(to->data + to->length, bytes.data, bytes.length);
  to->length += bytes.length;
}

static void put_number(writer *to, unsigned number, uint8_t value) {
  CHECK(value < 128 && to->length + 2 <= CALL_MAX);
  to->data[to->length++] = (uint8_t)(number << 3);
  to->data[to->length++] = value;
}

static mesos_bytes written(const writer *from) {
  mesos_bytes bytes;
  bytes.data = from->data;
  bytes.length = from->length;
  return bytes;
}

static mesos_bytes text_bytes(const char *text) {
  mesos_bytes bytes;
  bytes.data = (const uint8_t *)text;
  bytes.length = strlen(text);
  return bytes;
}

/* ---- What a client has heard ----------------------------------------------------------------------------------- */

typedef struct heard {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int connected, disconnected, done_status, answered;
  /* Of this connection: whether SUBSCRIBE has worked. */
  int subscribed;
  mesos_v1_scheduler *client;
  unsigned events[16];
  /* FrameworkID of SUBSCRIBED. */
  uint8_t framework[TEXT_MAX];
  size_t framework_length;
  char error[TEXT_MAX];
  /* Fail in `received`. */
  int fails;
  /* Launch a task with this program as its executor. */
  const char *program;
  int finished;
  unsigned echoes;
} heard;

static void heard_init(heard *made) {
  memset(made, 0, sizeof *made);
  pthread_mutex_init(&made->lock, NULL);
  pthread_cond_init(&made->changed, NULL);
}

static void changed(heard *by) {
  pthread_cond_broadcast(&by->changed);
  pthread_mutex_unlock(&by->lock);
}

static void subscribe(mesos_v1_scheduler *client) {
  writer framework = {{0}, 0}, body = {{0}, 0}, call = {{0}, 0};
  put_bytes(&framework, 1, text_bytes("root"));
  put_bytes(&framework, 2, text_bytes("c-v1"));
  put_bytes(&body, 1, written(&framework));
  put_number(&call, 2, SUBSCRIBE);
  put_bytes(&call, 3, written(&body));
  CHECK(mesos_v1_scheduler_send(client, written(&call)) == 1);
}

/* Waits until `*what` is not 0, and subscribes again while the master, which may be recovering, has not answered. */
static void await(heard *by, const int *what, int line) {
  time_t limit = time(NULL) + WAIT_SECONDS;
  pthread_mutex_lock(&by->lock);
  while (*what == 0) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    if (pthread_cond_timedwait(&by->changed, &by->lock, &until) == 0) continue;
    if (time(NULL) > limit) {
      fprintf(stderr, "line %d: nothing was heard; the last error event: %s\n", line, by->error);
      exit(1);
    }
    if (by->client != NULL && !by->subscribed) subscribe(by->client);
  }
  pthread_mutex_unlock(&by->lock);
}

#define AWAIT(by, what) await(by, (const int *)&(by)->what, __LINE__)

static int on_connected(void *user, mesos_v1_scheduler *client) {
  heard *by = user;
  CHECK(client != NULL);
  pthread_mutex_lock(&by->lock);
  by->connected++;
  by->client = client;
  by->subscribed = 0;
  changed(by);
  subscribe(client);
  return 0;
}

static int on_disconnected(void *user, mesos_v1_scheduler *client) {
  heard *by = user;
  CHECK(client != NULL);
  pthread_mutex_lock(&by->lock);
  by->disconnected++;
  by->client = NULL;
  changed(by);
  return 0;
}

static void note(heard *by, mesos_bytes event) {
  uint64_t kind = number_of(event, 1);
  mesos_bytes found;
  CHECK(kind < 16);
  by->events[kind]++;
  if (kind == SUBSCRIBED) {
    by->subscribed = 1;
    found = field(field(event, 2, NULL), 1, NULL);
    CHECK(found.length > 0 && found.length < TEXT_MAX);
    memcpy(by->framework, found.data, found.length);
    by->framework_length = found.length;
  }
  if (kind == ERROR_EVENT) {
    found = field(field(event, 8, NULL), 1, NULL);
    snprintf(by->error, sizeof by->error, "%.*s", (int)found.length, (const char *)found.data);
  }
}

/* ---- A task ----------------------------------------------------------------------------------------------------- */

static writer id_of(const char *text) {
  writer id = {{0}, 0};
  put_bytes(&id, 1, text_bytes(text));
  return id;
}

static void put_scalar(writer *to, unsigned number, const char *name, double value) {
  writer resource = {{0}, 0}, scalar = {{0}, 0};
  scalar.data[scalar.length++] = 1 << 3 | 1;
  memcpy(scalar.data + scalar.length, &value, sizeof value);
  scalar.length += sizeof value;
  put_bytes(&resource, 1, text_bytes(name));
  put_number(&resource, 2, 0);
  put_bytes(&resource, 3, written(&scalar));
  put_bytes(to, number, written(&resource));
}

static writer call_of(const heard *by, uint8_t kind) {
  writer call = {{0}, 0};
  mesos_bytes id;
  id.data = by->framework;
  id.length = by->framework_length;
  put_bytes(&call, 1, id);
  put_number(&call, 2, kind);
  return call;
}

/* Accepts an offer with a task that this program itself executes. */
static void launch(heard *by, mesos_v1_scheduler *client, mesos_bytes offer) {
  writer executor = {{0}, 0}, command = {{0}, 0}, task = {{0}, 0}, tasks = {{0}, 0}, operation = {{0}, 0};
  writer accept = {{0}, 0}, call = call_of(by, ACCEPT), id = id_of("t"), executor_id = id_of("e");
  char line[TEXT_MAX];
  snprintf(line, sizeof line, "exec '%s' executor", by->program);
  put_bytes(&command, 3, text_bytes(line));
  put_bytes(&executor, 1, written(&executor_id));
  put_bytes(&executor, 7, written(&command));
  put_scalar(&executor, 5, "cpus", 0.1);
  put_scalar(&executor, 5, "mem", 32);
  put_bytes(&task, 1, text_bytes("t"));
  put_bytes(&task, 2, written(&id));
  put_bytes(&task, 3, field(offer, 3, NULL));
  put_scalar(&task, 4, "cpus", 0.1);
  put_scalar(&task, 4, "mem", 32);
  put_bytes(&task, 5, written(&executor));
  put_bytes(&tasks, 1, written(&task));
  put_number(&operation, 1, LAUNCH_OPERATION);
  put_bytes(&operation, 2, written(&tasks));
  put_bytes(&accept, 1, field(offer, 1, NULL));
  put_bytes(&accept, 2, written(&operation));
  put_bytes(&call, 4, written(&accept));
  CHECK(mesos_v1_scheduler_send(client, written(&call)) == 1);
}

static void say_hello(heard *by, mesos_v1_scheduler *client, mesos_bytes agent) {
  writer message = {{0}, 0}, call = call_of(by, SEND_MESSAGE), executor = id_of("e");
  put_bytes(&message, 1, agent);
  put_bytes(&message, 2, written(&executor));
  put_bytes(&message, 3, text_bytes("hello"));
  put_bytes(&call, 10, written(&message));
  CHECK(mesos_v1_scheduler_send(client, written(&call)) == 1);
}

static void on_update(heard *by, mesos_v1_scheduler *client, mesos_bytes status) {
  writer acknowledge = {{0}, 0}, call = call_of(by, ACKNOWLEDGE);
  mesos_bytes agent = field(status, 5, NULL), uuid = field(status, 11, NULL);
  CHECK(uuid.length == 16);
  put_bytes(&acknowledge, 1, agent);
  put_bytes(&acknowledge, 2, field(status, 1, NULL));
  put_bytes(&acknowledge, 3, uuid);
  put_bytes(&call, 8, written(&acknowledge));
  CHECK(mesos_v1_scheduler_send(client, written(&call)) == 1);
  if (number_of(status, 2) == TASK_RUNNING) say_hello(by, client, agent);
  if (number_of(status, 2) == TASK_FINISHED) by->finished = 1;
}

static void work(heard *by, mesos_v1_scheduler *client, mesos_bytes event) {
  mesos_bytes data;
  switch (number_of(event, 1)) {
    case OFFERS:
      if (by->events[OFFERS] == 1) launch(by, client, field(field(event, 3, NULL), 1, NULL));
      break;
    case UPDATE_EVENT:
      on_update(by, client, field(field(event, 5, NULL), 1, NULL));
      break;
    case MESSAGE_EVENT:
      data = field(field(event, 6, NULL), 3, NULL);
      CHECK(data.length == 5 && memcmp(data.data, "hello", 5) == 0);
      by->echoes++;
      break;
    default: break;
  }
}

static int on_received(void *user, mesos_v1_scheduler *client, const mesos_bytes *events, size_t count) {
  heard *by = user;
  size_t i;
  int fails;
  CHECK(client != NULL && count > 0);
  pthread_mutex_lock(&by->lock);
  for (i = 0; i < count; i++) {
    note(by, events[i]);
    if (by->program != NULL) work(by, client, events[i]);
  }
  fails = by->fails;
  changed(by);
  return fails;
}

static void on_done(void *user, int status, mesos_bytes response, const char *error) {
  heard *by = user;
  CHECK(response.length == 0);
  CHECK((status == 202) == (error == NULL));
  pthread_mutex_lock(&by->lock);
  if (error != NULL) snprintf(by->error, sizeof by->error, "%s", error);
  by->done_status = status;
  by->answered = 1;
  changed(by);
}

static mesos_v1_scheduler_callbacks callbacks(void) {
  mesos_v1_scheduler_callbacks made;
  memset(&made, 0, sizeof made);
  made.struct_size = sizeof made;
  made.connected = on_connected;
  made.disconnected = on_disconnected;
  made.received = on_received;
  return made;
}

static mesos_v1_scheduler_config config(const char *master) {
  mesos_v1_scheduler_config made;
  memset(&made, 0, sizeof made);
  made.struct_size = sizeof made;
  made.master = master;
  return made;
}

/* ---- The tests -------------------------------------------------------------------------------------------------- */

static void refuses(const mesos_v1_scheduler_config *given, const char *what) {
  const mesos_v1_scheduler_callbacks silent = callbacks();
  CHECK(mesos_v1_scheduler_new(&silent, NULL, given) == NULL);
  if (strstr(mesos_last_error(), what) == NULL) {
    fprintf(stderr, "not `%s`: %s\n", what, mesos_last_error());
    exit(1);
  }
}

static void arguments(void) {
  static const char *const environment[] = {"MESOS_SLAVE_PID=slave(1)@127.0.0.1:1", NULL};
  static const uint8_t broken[] = {0x0a, 0x7f, 'x'};
  mesos_v1_scheduler_config given = config(NULL);
  mesos_v1_executor_callbacks silent;
  mesos_v1_executor_config executor;
  refuses(&given, "master is NULL");
  given = config("nonsense");
  refuses(&given, "Failed to parse 'nonsense'");
  given = config("127.0.0.1:1");
  given.content_type = 2;
  refuses(&given, "content_type");
  given = config("127.0.0.1:1");
  given.credential.data = broken;
  given.credential.length = sizeof broken;
  refuses(&given, "Failed to parse mesos.v1.Credential");
  given = config("127.0.0.1:1");
  given.over_v0 = 1;
  refuses(&given, "framework is NULL");
  given.framework.data = broken;
  given.framework.length = sizeof broken;
  refuses(&given, "Failed to parse mesos.v1.FrameworkInfo");
  given.struct_size--;
  refuses(&given, "struct_size");
  memset(&silent, 0, sizeof silent);
  silent.struct_size = sizeof silent;
  memset(&executor, 0, sizeof executor);
  executor.struct_size = sizeof executor;
  executor.environment = environment;
  CHECK(mesos_v1_executor_new(&silent, NULL, &executor) == NULL);
  CHECK(strcmp(mesos_last_error(), "Expecting 'MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD' to be set in the environment") ==
        0);
}

static void framework_over_http(int content_type) {
  heard by;
  const mesos_v1_scheduler_callbacks handed = callbacks();
  mesos_v1_scheduler_config given = config("local");
  mesos_v1_scheduler *client;
  writer call;
  heard_init(&by);
  given.content_type = content_type;
  client = mesos_v1_scheduler_new(&handed, &by, &given);
  CHECK(client != NULL);
  AWAIT(&by, events[OFFERS]);
  CHECK(by.connected == 1 && by.events[SUBSCRIBED] == 1 && by.events[HEARTBEAT] >= 1);
  CHECK(mesos_v1_scheduler_reconnect(client) == 1);
  AWAIT(&by, disconnected);
  /* It subscribes without an id, so it is a new framework to the master. */
  pthread_mutex_lock(&by.lock);
  by.events[OFFERS] = 0;
  pthread_mutex_unlock(&by.lock);
  AWAIT(&by, events[OFFERS]);
  CHECK(by.connected == 2 && by.events[SUBSCRIBED] == 2);
  call = call_of(&by, TEARDOWN);
  CHECK(mesos_v1_scheduler_call(client, written(&call), on_done, &by) == 1);
  AWAIT(&by, answered);
  if (by.done_status != 202) fprintf(stderr, "%d %s\n", by.done_status, by.error);
  CHECK(by.done_status == 202);
  mesos_v1_scheduler_free(client);
}

static void framework_over_the_driver(void) {
  heard by;
  const mesos_v1_scheduler_callbacks handed = callbacks();
  mesos_v1_scheduler_config given = config("local");
  mesos_v1_scheduler *client;
  writer framework = {{0}, 0}, call;
  heard_init(&by);
  put_bytes(&framework, 1, text_bytes("root"));
  put_bytes(&framework, 2, text_bytes("c-v1"));
  given.over_v0 = 1;
  given.framework = written(&framework);
  client = mesos_v1_scheduler_new(&handed, &by, &given);
  CHECK(client != NULL);
  AWAIT(&by, events[OFFERS]);
  CHECK(by.connected == 1 && by.events[SUBSCRIBED] == 1 && by.events[HEARTBEAT] >= 1);
  CHECK(mesos_v1_scheduler_reconnect(client) == 1);
  call = call_of(&by, TEARDOWN);
  CHECK(mesos_v1_scheduler_call(client, written(&call), on_done, &by) == 1);
  AWAIT(&by, answered);
  CHECK(by.done_status == 0);
  CHECK(mesos_v1_scheduler_send(client, written(&call)) == 1);
  mesos_v1_scheduler_free(client);
  CHECK(by.disconnected == 0);
}

static void failing_callback(void) {
  heard by;
  const mesos_v1_scheduler_callbacks handed = callbacks();
  const mesos_v1_scheduler_config given = config("local");
  mesos_v1_scheduler *client;
  writer call;
  heard_init(&by);
  by.fails = 1;
  client = mesos_v1_scheduler_new(&handed, &by, &given);
  CHECK(client != NULL);
  AWAIT(&by, disconnected);
  call = call_of(&by, TEARDOWN);
  CHECK(mesos_v1_scheduler_call(client, written(&call), on_done, &by) == 1);
  AWAIT(&by, answered);
  CHECK(by.done_status == 0);
  mesos_v1_scheduler_free(client);
  CHECK(by.connected == 1 && by.disconnected == 1);
}

static void task_over_http(const char *program) {
  heard by;
  const mesos_v1_scheduler_callbacks handed = callbacks();
  const mesos_v1_scheduler_config given = config("local");
  mesos_v1_scheduler *client;
  writer call;
  heard_init(&by);
  by.program = program;
  client = mesos_v1_scheduler_new(&handed, &by, &given);
  CHECK(client != NULL);
  AWAIT(&by, finished);
  CHECK(by.echoes == 1 && by.events[ERROR_EVENT] == 0);
  call = call_of(&by, TEARDOWN);
  CHECK(mesos_v1_scheduler_call(client, written(&call), on_done, &by) == 1);
  AWAIT(&by, answered);
  mesos_v1_scheduler_free(client);
}

/* ---- Executors -------------------------------------------------------------------------------------------------- */

enum { EXECUTOR_SUBSCRIBED = 1, LAUNCH = 2, MESSAGE = 5, SHUTDOWN = 7 };
enum { EXECUTOR_SUBSCRIBE = 1, UPDATE = 2, EXECUTOR_MESSAGE = 3 };

typedef struct running {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  unsigned shutdowns;
  uint8_t updates;
  uint8_t task[TEXT_MAX];
  size_t task_length;
} running;

static void put_ids(writer *call) {
  writer id = {{0}, 0};
  const char *executor = getenv("MESOS_EXECUTOR_ID"), *framework = getenv("MESOS_FRAMEWORK_ID");
  CHECK(executor != NULL && framework != NULL);
  put_bytes(&id, 1, text_bytes(executor));
  put_bytes(call, 1, written(&id));
  id.length = 0;
  put_bytes(&id, 1, text_bytes(framework));
  put_bytes(call, 2, written(&id));
}

static int executor_connected(void *user, mesos_v1_executor *client) {
  writer call = {{0}, 0}, nothing = {{0}, 0};
  (void)user;
  put_ids(&call);
  put_number(&call, 3, EXECUTOR_SUBSCRIBE);
  put_bytes(&call, 4, written(&nothing));
  CHECK(mesos_v1_executor_send(client, written(&call)) == 1);
  return 0;
}

static void update(running *by, mesos_v1_executor *client, uint8_t state) {
  writer call = {{0}, 0}, status = {{0}, 0}, body = {{0}, 0};
  /* A uuid of version 4 that differs from one update to the next. */
  uint8_t uuid[16] = {0, 1, 2, 3, 4, 5, 0x40, 7, 0x80, 9, 10, 11, 12, 13, 14, 15};
  mesos_bytes part;
  uuid[0] = ++by->updates;
  part.data = by->task;
  part.length = by->task_length;
  put_bytes(&status, 1, part);
  put_number(&status, 2, state);
  put_number(&status, 9, SOURCE_EXECUTOR);
  part.data = uuid;
  part.length = sizeof uuid;
  put_bytes(&status, 11, part);
  put_bytes(&body, 1, written(&status));
  put_ids(&call);
  put_number(&call, 3, UPDATE);
  put_bytes(&call, 5, written(&body));
  CHECK(mesos_v1_executor_send(client, written(&call)) == 1);
}

static void answer(mesos_v1_executor *client, mesos_bytes data) {
  writer call = {{0}, 0}, body = {{0}, 0};
  put_bytes(&body, 2, data);
  put_ids(&call);
  put_number(&call, 3, EXECUTOR_MESSAGE);
  put_bytes(&call, 6, written(&body));
  CHECK(mesos_v1_executor_send(client, written(&call)) == 1);
}

static int executor_received(void *user, mesos_v1_executor *client, const mesos_bytes *events, size_t count) {
  running *by = user;
  size_t i;
  for (i = 0; i < count; i++) {
    uint64_t kind = number_of(events[i], 1);
    if (kind == LAUNCH) {
      mesos_bytes id = field(field(field(events[i], 4, NULL), 1, NULL), 2, NULL);
      CHECK(id.length > 0 && id.length < TEXT_MAX);
      memcpy(by->task, id.data, id.length);
      by->task_length = id.length;
      update(by, client, TASK_RUNNING);
    }
    if (kind == MESSAGE) {
      answer(client, field(field(events[i], 6, NULL), 1, NULL));
      update(by, client, TASK_FINISHED);
    }
    if (kind == SHUTDOWN) {
      pthread_mutex_lock(&by->lock);
      by->shutdowns++;
      pthread_cond_broadcast(&by->changed);
      pthread_mutex_unlock(&by->lock);
    }
  }
  return 0;
}

/* Runs an executor until it is shut down. */
static void run_executor(const char *const *environment) {
  running by;
  mesos_v1_executor_callbacks handed;
  mesos_v1_executor_config given;
  mesos_v1_executor *client;
  memset(&by, 0, sizeof by);
  pthread_mutex_init(&by.lock, NULL);
  pthread_cond_init(&by.changed, NULL);
  memset(&handed, 0, sizeof handed);
  handed.struct_size = sizeof handed;
  handed.connected = executor_connected;
  handed.received = executor_received;
  memset(&given, 0, sizeof given);
  given.struct_size = sizeof given;
  given.environment = environment;
  client = mesos_v1_executor_new(&handed, &by, &given);
  if (client == NULL) {
    fprintf(stderr, "%s\n", mesos_last_error());
    exit(1);
  }
  pthread_mutex_lock(&by.lock);
  while (by.shutdowns == 0) pthread_cond_wait(&by.changed, &by.lock);
  pthread_mutex_unlock(&by.lock);
  mesos_v1_executor_free(client);
}

int main(int count, char **words) {
  /* Nobody listens on port 1: the agent is lost at once. */
  static const char *const lonely[] = {"MESOS_SLAVE_PID=slave(1)@127.0.0.1:1",
                                       "MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD=1hrs", NULL};
  if (count > 1 && strcmp(words[1], "executor") == 0) {
    run_executor(NULL);
    return 0;
  }
  arguments();
  framework_over_http(MESOS_V1_PROTOBUF);
  framework_over_http(MESOS_V1_JSON);
  framework_over_the_driver();
  task_over_http(words[0]);
  failing_callback();
  run_executor(lonely);
  return 0;
}
