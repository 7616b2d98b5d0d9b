/*
 * What the v1 scheduler client costs in C: a thread of this program plays the master over HTTP, floods the client with
 * status updates of about 1 kB, and counts the acknowledgements.
 *
 * usage: bench_v1 UPDATES [json]
 * Prints one line of JSON: connected_ms (start to connected), updates_per_second (first byte to last acknowledgement)
 * and cpu_us_per_update of the client, without the threads that play the master.
 */
#define _DEFAULT_SOURCE

#include <mesos/v1.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DATA_BYTES = 850, BUFFER_BYTES = 256 * 1024, EVENT_BYTES = 2048 };

static long expected;
static int is_json, listener;
static double started, connected_at, fed_at, master_cpu;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static double clock_of(clockid_t clock) {
  struct timespec at;
  clock_gettime(clock, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void write_all(int to, const char *data, size_t length) {
  while (length > 0) {
    ssize_t count = write(to, data, length);
    if (count <= 0) fail("write");
    data += count;
    length -= (size_t)count;
  }
}

static void add_cpu(void) {
  pthread_mutex_lock(&lock);
  master_cpu += clock_of(CLOCK_THREAD_CPUTIME_ID);
  pthread_mutex_unlock(&lock);
}

/* ---- The master ------------------------------------------------------------------------------------------------- */

/* Appends `length` and the content of a field. */
static size_t put(char *to, size_t at, unsigned number, const char *data, size_t length) {
  to[at++] = (char)(number << 3 | 2);
  if (length >= 128) to[at++] = (char)((length & 0x7f) | 0x80);
  to[at++] = (char)(length >= 128 ? length >> 7 : length);
  memcpy(to + at, data, length);
  return at + length;
}

/* Event { type UPDATE, update { status { task_id "t", state RUNNING, data, agent_id "s", uuid } } } */
static size_t update_event(char *event) {
  static char data[DATA_BYTES];
  char status[EVENT_BYTES], update[EVENT_BYTES];
  size_t length, inner;
  if (is_json) {
    char text[DATA_BYTES * 4 / 3 + 1];
    memset(text, 'e', sizeof text);
    text[(sizeof text - 1) / 4 * 4] = 0;
    return (size_t)snprintf(event, EVENT_BYTES,
                            "{\"type\":\"UPDATE\",\"update\":{\"status\":{\"task_id\":{\"value\":\"t\"},\"state\":"
                            "\"TASK_RUNNING\",\"data\":\"%s\",\"agent_id\":{\"value\":\"s\"},\"uuid\":"
                            "\"AAECAwQFQAeACQoLDA0ODw==\"}}}",
                            text);
  }
  memset(data, 'x', sizeof data);
  length = put(status, 0, 1, "\012\001t", 3);
  memcpy(status + length, "\020\001", 2);
  length = put(status, length + 2, 3, data, sizeof data);
  length = put(status, length, 5, "\012\001s", 3);
  length = put(status, length, 11, "\0\1\2\3\4\5\100\7\200\11\12\13\14\15\16\17", 16);
  inner = put(update, 0, 1, status, length);
  memcpy(event, "\010\004", 2);
  return put(event, 2, 5, update, inner);
}

/* Reads one request; what was read behind it stays in the buffer. */
static int read_request(int from, char *buffer, size_t *held) {
  for (;;) {
    char *end, *length;
    ssize_t count;
    size_t whole;
    buffer[*held] = 0;
    end = strstr(buffer, "\r\n\r\n");
    length = strstr(buffer, "Content-Length: ");
    if (end != NULL && length != NULL) {
      whole = (size_t)(end + 4 - buffer) + (size_t)atol(length + 16);
      if (*held >= whole) {
        memmove(buffer, buffer + whole, *held - whole);
        *held -= whole;
        return 1;
      }
    }
    count = read(from, buffer + *held, BUFFER_BYTES - 1 - *held);
    if (count <= 0) return 0;
    *held += (size_t)count;
  }
}

static void *acknowledgements(void *connection) {
  static const char accepted[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
  static char buffer[BUFFER_BYTES];
  int from = *(int *)connection;
  size_t held = 0;
  long seen = 0;
  while (seen < expected && read_request(from, buffer, &held)) {
    write_all(from, accepted, sizeof accepted - 1);
    seen++;
  }
  add_cpu();
  return NULL;
}

static void feed(int stream) {
  static char out[BUFFER_BYTES + EVENT_BYTES];
  static const char head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nMesos-Stream-Id: id\r\n\r\n";
  char event[EVENT_BYTES], record[EVENT_BYTES];
  size_t length = update_event(event), held = 0, whole;
  long sent;
  int digits = snprintf(record, sizeof record, "%zu\n", length);
  whole = (size_t)digits + length;
  memcpy(record + digits, event, length);
  write_all(stream, head, sizeof head - 1);
  fed_at = clock_of(CLOCK_MONOTONIC);
  for (sent = 0; sent < expected; sent++) {
    held += (size_t)snprintf(out + held, EVENT_BYTES, "%zx\r\n", whole);
    memcpy(out + held, record, whole);
    memcpy(out + held + whole, "\r\n", 2);
    held += whole + 2;
    if (held < BUFFER_BYTES - EVENT_BYTES) continue;
    write_all(stream, out, held);
    held = 0;
  }
  write_all(stream, out, held);
}

static void *master(void *unused) {
  static char buffer[BUFFER_BYTES];
  struct pollfd both[2];
  pthread_t reader;
  size_t held = 0;
  int i, calls;
  (void)unused;
  for (i = 0; i < 2; i++) {
    both[i].fd = accept(listener, NULL, NULL);
    both[i].events = POLLIN;
    if (both[i].fd < 0) fail("accept");
  }
  if (poll(both, 2, -1) < 0) fail("poll");
  i = (both[0].revents & POLLIN) != 0 ? 0 : 1;
  if (!read_request(both[i].fd, buffer, &held)) fail("SUBSCRIBE");
  calls = both[1 - i].fd;
  if (pthread_create(&reader, NULL, acknowledgements, &calls) != 0) fail("thread");
  feed(both[i].fd);
  pthread_join(reader, NULL);
  add_cpu();
  return NULL;
}

/* ---- The framework ---------------------------------------------------------------------------------------------- */

static int on_connected(void *user, mesos_v1_scheduler *client) {
  /* Call { type SUBSCRIBE, subscribe { framework_info { user "u", name "b" } } } */
  static const char call[] = "\020\001\032\010\012\006\012\001u\022\001b";
  mesos_bytes bytes;
  (void)user;
  connected_at = clock_of(CLOCK_MONOTONIC);
  bytes.data = (const uint8_t *)call;
  bytes.length = sizeof call - 1;
  mesos_v1_scheduler_send(client, bytes);
  return 0;
}

static int on_received(void *user, mesos_v1_scheduler *client, const mesos_bytes *events, size_t count) {
  /* Call { framework_id "f", type ACKNOWLEDGE, acknowledge { agent_id "s", task_id "t", uuid } } */
  static const char call[] = "\012\003\012\001f\020\010\102\034\012\003\012\001s\022\003\012\001t\032\020"
                             "\0\1\2\3\4\5\100\7\200\11\12\13\14\15\16\17";
  mesos_bytes bytes;
  size_t i;
  (void)user, (void)events;
  bytes.data = (const uint8_t *)call;
  bytes.length = sizeof call - 1;
  for (i = 0; i < count; i++) mesos_v1_scheduler_send(client, bytes);
  return 0;
}

int main(int count, char **words) {
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  mesos_v1_scheduler_callbacks callbacks;
  mesos_v1_scheduler_config config;
  mesos_v1_scheduler *client;
  struct rusage use;
  pthread_t thread;
  char place[64];
  double took, cpu;
  if (count < 2) {
    fprintf(stderr, "usage: bench_v1 UPDATES [json]\n");
    return 2;
  }
  expected = atol(words[1]);
  is_json = count > 2 && strcmp(words[2], "json") == 0;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 8) != 0) fail("listen");
  getsockname(listener, (struct sockaddr *)&address, &size);
  snprintf(place, sizeof place, "127.0.0.1:%d", ntohs(address.sin_port));
  if (pthread_create(&thread, NULL, master, NULL) != 0) fail("thread");

  memset(&callbacks, 0, sizeof callbacks);
  callbacks.struct_size = sizeof callbacks;
  callbacks.connected = on_connected;
  callbacks.received = on_received;
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.master = place;
  config.content_type = is_json ? MESOS_V1_JSON : MESOS_V1_PROTOBUF;
  started = clock_of(CLOCK_MONOTONIC);
  client = mesos_v1_scheduler_new(&callbacks, NULL, &config);
  if (client == NULL) {
    fprintf(stderr, "bench_v1: %s\n", mesos_last_error());
    return 1;
  }
  pthread_join(thread, NULL);
  took = clock_of(CLOCK_MONOTONIC) - fed_at;
  getrusage(RUSAGE_SELF, &use);
  cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
        (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6 - master_cpu;
  printf("{\"connected_ms\": %.2f, \"updates_per_second\": %.0f, \"cpu_us_per_update\": %.2f}\n",
         (connected_at - started) * 1e3, (double)expected / took, cpu * 1e6 / (double)expected);
  mesos_v1_scheduler_free(client);
  return 0;
}
