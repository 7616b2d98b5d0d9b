/*
 * The C puppet of the scenario suite: connects to 127.0.0.1:PORT, makes the driver calls that it is told to make, and
 * tells every callback. It decides nothing.
 *
 * usage: puppet scheduler|executor PORT
 *
 * A line is words with one blank between them. A word is an integer, the lower-case hexadecimal of bytes (none: no
 * bytes), a list "[hex,hex]", or "-" for what is absent. Requests are answered with "= NAME STATUS", or with
 * "! NAME HEXTEXT" when the library refused; callbacks are told as "> NAME ARGUMENTS".
 */
#define _POSIX_C_SOURCE 200809L

#include <mesos/mesos.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORDS_MAX = 8, NAME_MAX_LENGTH = 32 };

static int connection;
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

/* The callback that shall fail next; empty: none. */
static char doomed[NAME_MAX_LENGTH];

static mesos_scheduler_driver *scheduler;
static mesos_executor_driver *executor;

static void fail(const char *what) {
  perror(what);
  exit(2);
}

/* ---- Text that grows ------------------------------------------------------------------------------------------ */

typedef struct text {
  char *data;
  size_t length, capacity;
} text;

static void *need(void *memory) {
  if (memory == NULL) fail("memory");
  return memory;
}

static void reserve(text *to, size_t more) {
  if (to->length + more <= to->capacity) return;
  to->capacity = (to->length + more) * 2;
  to->data = need(realloc(to->data, to->capacity));
}

static void put(text *to, const char *word) {
  size_t length = strlen(word);
  reserve(to, length);
  memcpy(to->data + to->length, word, length);
  to->length += length;
}

static void put_hex(text *to, mesos_bytes bytes) {
  static const char digits[] = "0123456789abcdef";
  size_t i;
  reserve(to, bytes.length * 2);
  for (i = 0; i < bytes.length; i++) {
    to->data[to->length++] = digits[bytes.data[i] >> 4];
    to->data[to->length++] = digits[bytes.data[i] & 15];
  }
}

/* Appends the end of the line, sends it whole, and forgets it. */
static void send_line(text *line) {
  size_t sent = 0;
  put(line, "\n");
  pthread_mutex_lock(&writing);
  while (sent < line->length) {
    ssize_t count = write(connection, line->data + sent, line->length - sent);
    if (count <= 0) fail("write");
    sent += (size_t)count;
  }
  pthread_mutex_unlock(&writing);
  free(line->data);
}

static mesos_bytes bytes_of(const char *string) {
  mesos_bytes bytes;
  bytes.data = (const uint8_t *)string;
  bytes.length = strlen(string);
  return bytes;
}

/* ---- Callbacks ------------------------------------------------------------------------------------------------ */

static text begin(const char *name) {
  text line = {NULL, 0, 0};
  put(&line, "> ");
  put(&line, name);
  return line;
}

static void put_word(text *line, mesos_bytes bytes) {
  put(line, " ");
  put_hex(line, bytes);
}

/* Answers what the callback answers: failure if that was asked for. */
static int finish(const char *name, text *line) {
  int is_doomed;
  send_line(line);
  pthread_mutex_lock(&writing);
  is_doomed = strcmp(doomed, name) == 0;
  if (is_doomed) doomed[0] = '\0';
  pthread_mutex_unlock(&writing);
  return is_doomed;
}

static int tell(const char *name) {
  text line = begin(name);
  return finish(name, &line);
}

static int tell1(const char *name, mesos_bytes first) {
  text line = begin(name);
  put_word(&line, first);
  return finish(name, &line);
}

static int tell2(const char *name, mesos_bytes first, mesos_bytes second) {
  text line = begin(name);
  put_word(&line, first);
  put_word(&line, second);
  return finish(name, &line);
}

static int tell3(const char *name, mesos_bytes first, mesos_bytes second, mesos_bytes third) {
  text line = begin(name);
  put_word(&line, first);
  put_word(&line, second);
  put_word(&line, third);
  return finish(name, &line);
}

#define SCHEDULER void *user, mesos_scheduler_driver *driver
#define EXECUTOR void *user, mesos_executor_driver *driver
#define UNUSED (void)user, (void)driver

static int on_registered(SCHEDULER, mesos_bytes framework_id, mesos_bytes master) {
  UNUSED;
  return tell2("registered", framework_id, master);
}

static int on_reregistered(SCHEDULER, mesos_bytes master) {
  UNUSED;
  return tell1("reregistered", master);
}

static int on_disconnected(SCHEDULER) {
  UNUSED;
  return tell("disconnected");
}

static int on_offers(SCHEDULER, const mesos_bytes *offers, size_t count) {
  text line = begin("offers");
  size_t i;
  UNUSED;
  put(&line, " [");
  for (i = 0; i < count; i++) {
    if (i > 0) put(&line, ",");
    put_hex(&line, offers[i]);
  }
  put(&line, "]");
  return finish("offers", &line);
}

static int on_rescinded(SCHEDULER, mesos_bytes offer_id) {
  UNUSED;
  return tell1("rescinded", offer_id);
}

static int on_update(SCHEDULER, mesos_bytes status) {
  UNUSED;
  return tell1("update", status);
}

static int on_message(SCHEDULER, mesos_bytes executor_id, mesos_bytes agent_id, mesos_bytes data) {
  UNUSED;
  return tell3("message", executor_id, agent_id, data);
}

static int on_slave_lost(SCHEDULER, mesos_bytes agent_id) {
  UNUSED;
  return tell1("slave_lost", agent_id);
}

static int on_executor_lost(SCHEDULER, mesos_bytes executor_id, mesos_bytes agent_id, int status) {
  text line = begin("executor_lost");
  char number[16];
  UNUSED;
  put_word(&line, executor_id);
  put_word(&line, agent_id);
  snprintf(number, sizeof number, " %d", status);
  put(&line, number);
  return finish("executor_lost", &line);
}

static int on_error(SCHEDULER, const char *message) {
  UNUSED;
  return tell1("error", bytes_of(message));
}

static int on_executor_registered(EXECUTOR, mesos_bytes executor_info, mesos_bytes framework, mesos_bytes agent) {
  UNUSED;
  return tell3("registered", executor_info, framework, agent);
}

static int on_executor_reregistered(EXECUTOR, mesos_bytes agent) {
  UNUSED;
  return tell1("reregistered", agent);
}

static int on_launch(EXECUTOR, mesos_bytes task) {
  UNUSED;
  return tell1("launch", task);
}

static int on_kill(EXECUTOR, mesos_bytes task_id) {
  UNUSED;
  return tell1("kill", task_id);
}

static int on_executor_message(EXECUTOR, mesos_bytes data) {
  UNUSED;
  return tell1("message", data);
}

static int on_shutdown(EXECUTOR) {
  UNUSED;
  return tell("shutdown");
}

static int on_executor_error(EXECUTOR, const char *message) {
  UNUSED;
  return tell1("error", bytes_of(message));
}

/* ---- Reading words -------------------------------------------------------------------------------------------- */

/* The words of a request; `count` of them, the name first. Arguments are decoded where they stand. */
typedef struct request {
  char *words[WORDS_MAX];
  size_t count;
} request;

/* A list argument: `items` and `texts` point to the same, one as bytes and one as NUL-terminated strings. */
typedef struct list {
  mesos_bytes *items;
  const char **texts;
  size_t count;
} list;

static unsigned nibble(char digit) {
  return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10) & 15;
}

/* Decodes hexadecimal in place; the result ends with a NUL that is not part of it. */
static mesos_bytes decode(char *word) {
  mesos_bytes bytes;
  size_t i, length = strlen(word) / 2;
  for (i = 0; i < length; i++) word[i] = (char)(nibble(word[2 * i]) << 4 | nibble(word[2 * i + 1]));
  word[length] = '\0';
  bytes.data = (const uint8_t *)word;
  bytes.length = length;
  return bytes;
}

static int is_absent(const request *from, size_t at) {
  return at >= from->count || strcmp(from->words[at], "-") == 0;
}

static mesos_bytes bytes_at(request *from, size_t at) {
  mesos_bytes none = {NULL, 0};
  return is_absent(from, at) ? none : decode(from->words[at]);
}

static const char *text_at(request *from, size_t at) {
  return is_absent(from, at) ? NULL : (const char *)decode(from->words[at]).data;
}

static int number_at(const request *from, size_t at) {
  return is_absent(from, at) ? 0 : atoi(from->words[at]);
}

static list list_at(request *from, size_t at) {
  list found = {NULL, NULL, 0};
  char *word, *end;
  size_t most = 1;
  if (is_absent(from, at) || strcmp(from->words[at], "[]") == 0) return found;
  for (word = from->words[at]; *word != '\0'; word++) most += *word == ',';
  found.items = need(calloc(most, sizeof *found.items));
  found.texts = need(calloc(most, sizeof *found.texts));
  /* The brackets lie around the items. */
  for (word = from->words[at] + 1; word != NULL; word = end) {
    end = strpbrk(word, ",]");
    if (end != NULL) end = *end == ']' ? (*end = '\0', NULL) : (*end = '\0', end + 1);
    found.items[found.count] = decode(word);
    found.texts[found.count++] = word;
  }
  return found;
}

static void release(list old) {
  free(old.items);
  free(old.texts);
}

/* ---- Requests ------------------------------------------------------------------------------------------------- */

static void answer(const char *name, int status) {
  text line = {NULL, 0, 0};
  char number[16];
  put(&line, "= ");
  put(&line, name);
  snprintf(number, sizeof number, " %d", status);
  put(&line, number);
  send_line(&line);
}

static void refuse(const char *name, const char *why) {
  text line = {NULL, 0, 0};
  put(&line, "! ");
  put(&line, name);
  put_word(&line, bytes_of(why));
  send_line(&line);
}

static void answer_status(const char *name, mesos_status status) {
  if (status == MESOS_INVALID) {
    refuse(name, mesos_last_error());
  } else {
    answer(name, (int)status);
  }
}

static void *join_and_answer(void *nothing) {
  mesos_status status =
      scheduler != NULL ? mesos_scheduler_driver_join(scheduler) : mesos_executor_driver_join(executor);
  answer_status("join", status);
  return nothing;
}

static void start_join(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, join_and_answer, NULL) != 0) fail("thread");
  pthread_detach(thread);
}

static void new_scheduler(request *from) {
  mesos_scheduler_callbacks callbacks = {
      sizeof callbacks, on_registered, on_reregistered, on_disconnected,  on_offers, on_rescinded,
      on_update,        on_message,    on_slave_lost,   on_executor_lost, on_error};
  mesos_scheduler_config config;
  list roles = list_at(from, 5);
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.framework = bytes_at(from, 1);
  config.master = text_at(from, 2);
  config.credential = bytes_at(from, 3);
  config.explicit_acknowledgements = !number_at(from, 4);
  config.suppressed_roles = roles.texts;
  config.suppressed_roles_count = roles.count;
  scheduler = mesos_scheduler_driver_new(&callbacks, NULL, &config);
  release(roles);
  if (scheduler == NULL) {
    refuse("new", mesos_last_error());
  } else {
    answer("new", 0);
  }
}

static void new_executor(void) {
  mesos_executor_callbacks callbacks = {
      sizeof callbacks,    on_executor_registered, on_executor_reregistered, on_launch, on_kill,
      on_executor_message, on_shutdown,            on_executor_error};
  executor = mesos_executor_driver_new(&callbacks, NULL);
  if (executor == NULL) {
    refuse("new", mesos_last_error());
  } else {
    answer("new", 0);
  }
}

/* The calls that take lists. Answers 0 if `name` is none of them. */
static int list_call(const char *name, request *from, mesos_status *status) {
  list first = {NULL, NULL, 0}, second = {NULL, NULL, 0};
  int is_known = 1;
  if (strcmp(name, "request") == 0) {
    first = list_at(from, 1);
    *status = mesos_scheduler_driver_request_resources(scheduler, first.items, first.count);
  } else if (strcmp(name, "launch") == 0) {
    first = list_at(from, 1);
    second = list_at(from, 2);
    *status = mesos_scheduler_driver_launch_tasks(scheduler, first.items, first.count, second.items, second.count,
                                                  bytes_at(from, 3));
  } else if (strcmp(name, "accept") == 0) {
    first = list_at(from, 1);
    second = list_at(from, 2);
    *status = mesos_scheduler_driver_accept_offers(scheduler, first.items, first.count, second.items, second.count,
                                                   bytes_at(from, 3));
  } else if (strcmp(name, "revive_roles") == 0) {
    first = list_at(from, 1);
    *status = mesos_scheduler_driver_revive_offers_of(scheduler, first.texts, first.count);
  } else if (strcmp(name, "suppress_roles") == 0) {
    first = list_at(from, 1);
    *status = mesos_scheduler_driver_suppress_offers_of(scheduler, first.texts, first.count);
  } else if (strcmp(name, "reconcile") == 0) {
    first = list_at(from, 1);
    *status = mesos_scheduler_driver_reconcile_tasks(scheduler, first.items, first.count);
  } else if (strcmp(name, "update_framework") == 0) {
    first = list_at(from, 2);
    *status = mesos_scheduler_driver_update_framework(scheduler, bytes_at(from, 1), first.texts, first.count,
                                                      bytes_at(from, 3));
  } else {
    is_known = 0;
  }
  release(first);
  release(second);
  return is_known;
}

/* The other calls; as list_call. */
static int plain_call(const char *name, request *from, mesos_status *status) {
  if (strcmp(name, "start") == 0) {
    *status = mesos_scheduler_driver_start(scheduler);
  } else if (strcmp(name, "stop") == 0) {
    *status = mesos_scheduler_driver_stop(scheduler, number_at(from, 1));
  } else if (strcmp(name, "abort") == 0) {
    *status = mesos_scheduler_driver_abort(scheduler);
  } else if (strcmp(name, "decline") == 0) {
    *status = mesos_scheduler_driver_decline_offer(scheduler, bytes_at(from, 1), bytes_at(from, 2));
  } else if (strcmp(name, "revive") == 0) {
    *status = mesos_scheduler_driver_revive_offers(scheduler);
  } else if (strcmp(name, "suppress") == 0) {
    *status = mesos_scheduler_driver_suppress_offers(scheduler);
  } else if (strcmp(name, "acknowledge") == 0) {
    *status = mesos_scheduler_driver_acknowledge_status_update(scheduler, bytes_at(from, 1));
  } else if (strcmp(name, "message") == 0) {
    *status = mesos_scheduler_driver_send_framework_message(scheduler, bytes_at(from, 1), bytes_at(from, 2),
                                                            bytes_at(from, 3));
  } else if (strcmp(name, "kill") == 0) {
    *status = mesos_scheduler_driver_kill_task(scheduler, bytes_at(from, 1));
  } else {
    return 0;
  }
  return 1;
}

static void scheduler_request(const char *name, request *from) {
  mesos_status status = MESOS_INVALID;
  if (strcmp(name, "new") == 0) {
    new_scheduler(from);
  } else if (strcmp(name, "free") == 0) {
    mesos_scheduler_driver_free(scheduler);
    scheduler = NULL;
    answer(name, 0);
  } else if (plain_call(name, from, &status) || list_call(name, from, &status)) {
    answer_status(name, status);
  } else {
    refuse(name, "unknown request");
  }
}

static void executor_request(const char *name, request *from) {
  if (strcmp(name, "new") == 0) {
    new_executor();
  } else if (strcmp(name, "free") == 0) {
    mesos_executor_driver_free(executor);
    executor = NULL;
    answer(name, 0);
  } else if (strcmp(name, "start") == 0) {
    answer_status(name, mesos_executor_driver_start(executor));
  } else if (strcmp(name, "stop") == 0) {
    answer_status(name, mesos_executor_driver_stop(executor));
  } else if (strcmp(name, "abort") == 0) {
    answer_status(name, mesos_executor_driver_abort(executor));
  } else if (strcmp(name, "update") == 0) {
    answer_status(name, mesos_executor_driver_send_status_update(executor, bytes_at(from, 1)));
  } else if (strcmp(name, "message") == 0) {
    answer_status(name, mesos_executor_driver_send_framework_message(executor, bytes_at(from, 1)));
  } else {
    refuse(name, "unknown request");
  }
}

static void doom(const char *callback) {
  pthread_mutex_lock(&writing);
  snprintf(doomed, sizeof doomed, "%s", callback);
  pthread_mutex_unlock(&writing);
  answer("throw", 0);
}

/* Answers whether to go on. */
static int obey(char *line, int is_scheduler) {
  request from = {{NULL}, 0};
  char *word = line;
  line[strcspn(line, "\r\n")] = '\0';
  while (word != NULL && from.count < WORDS_MAX) {
    char *blank = strchr(word, ' ');
    if (blank != NULL) *blank++ = '\0';
    from.words[from.count++] = word;
    word = blank;
  }
  if (strcmp(line, "quit") == 0) return 0;
  if (strcmp(line, "throw") == 0) {
    doom(from.count > 1 ? from.words[1] : "");
  } else if (strcmp(line, "join") == 0) {
    start_join();
  } else if (is_scheduler) {
    scheduler_request(line, &from);
  } else {
    executor_request(line, &from);
  }
  return 1;
}

static int connect_to(int port) {
  struct sockaddr_in address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
  return fd;
}

int main(int argc, char **argv) {
  text hello = {NULL, 0, 0};
  char *line = NULL;
  size_t capacity = 0;
  FILE *input;
  int is_scheduler;
  if (argc != 3) {
    fprintf(stderr, "usage: %s scheduler|executor PORT\n", argv[0]);
    return 2;
  }
  is_scheduler = strcmp(argv[1], "scheduler") == 0;
  connection = connect_to(atoi(argv[2]));
  input = need(fdopen(connection, "r"));
  put(&hello, is_scheduler ? "hello scheduler" : "hello executor");
  send_line(&hello);
  while (getline(&line, &capacity, input) > 0 && obey(line, is_scheduler)) {
  }
  free(line);
  return 0;
}
