/*
 * The C interface of libmesos: clients of the v1 HTTP APIs of masters (schedulers) and agents (executors).
 *
 * Messages are serialised protobuf messages of package "mesos.v1" and below, whatever content type the client speaks
 * with its server. What mesos.h says of bytes, errors, callbacks and struct_size holds here, too.
 *
 * Threads: every function may be called from any thread, also inside callbacks. All callbacks of one client come one
 * after the other on a thread of that client, never on the caller's. They may begin before _new has returned; `client`
 * is usable in all of them, but must not be freed before _new has returned.
 *
 * Every callback may be NULL. A callback answers 0, or anything else to say that it failed: the client then closes its
 * connections, makes one `disconnected` call if it was connected, and stops for good; calls have no effect any more.
 */
#ifndef MESOS_V1_H
#define MESOS_V1_H

#include <mesos/mesos.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What goes over the wire. */
typedef enum mesos_v1_content_type { MESOS_V1_PROTOBUF = 0, MESOS_V1_JSON = 1 } mesos_v1_content_type;

/* ---- Scheduler ---------------------------------------------------------------------------------------------- */

typedef struct mesos_v1_scheduler mesos_v1_scheduler;

typedef struct mesos_v1_scheduler_callbacks {
  size_t struct_size;
  /*
   * Send SUBSCRIBE now, and again from time to time until SUBSCRIBED comes: a master that is not ready yet refuses, of
   * which nothing is heard. A SUBSCRIBE too many is dropped.
   */
  int (*connected)(void *user, mesos_v1_scheduler *client);
  /* A new connection is being made; calls are dropped until the client has subscribed again. */
  int (*disconnected)(void *user, mesos_v1_scheduler *client);
  /* scheduler.Events, in the order they came; at least one. */
  int (*received)(void *user, mesos_v1_scheduler *client, const mesos_bytes *events, size_t count);
} mesos_v1_scheduler_callbacks;

/* Set struct_size to sizeof(mesos_v1_scheduler_config), and what is not wanted to zero. */
typedef struct mesos_v1_scheduler_config {
  size_t struct_size;
  /*
   * "host:port", "file:///path" to a file that holds it, or "local". "zk://host:port,.../path" is refused so far: it is
   * not built yet.
   */
  const char *master;
  /* Credential, for HTTP basic authentication; optional. */
  mesos_bytes credential;
  /* A mesos_v1_content_type. */
  int content_type;
  /* Not 0: speaks the driver protocol instead of HTTP, with explicit acknowledgements. */
  int over_v0;
  /* FrameworkInfo; needed with over_v0, ignored without. */
  mesos_bytes framework;
} mesos_v1_scheduler_config;

/*
 * Connects in the background, for ever. `user` is passed to every callback and must stay valid until _free returns.
 * NULL if an argument, the master string or the environment (MESOS_*, LIBPROCESS_*) is unusable; with over_v0 the
 * latter two are reported by an ERROR event instead.
 */
mesos_v1_scheduler *mesos_v1_scheduler_new(const mesos_v1_scheduler_callbacks *callbacks, void *user,
                                           const mesos_v1_scheduler_config *config);

/*
 * Calls sent before are handed to the socket; then the connections are closed, which the master takes for a
 * disconnection of the framework. Waits for a running callback, however long it takes, unless called from one; none
 * follows, also if the callback that called this then fails.
 */
void mesos_v1_scheduler_free(mesos_v1_scheduler *client);

/*
 * scheduler.Call. Returns at once. Calls that are malformed or that do not fit the state of the connection are logged
 * and dropped. MESOS_INVALID for unusable arguments, else 1.
 */
int mesos_v1_scheduler_send(const mesos_v1_scheduler *client, mesos_bytes call);

/*
 * scheduler.Call other than SUBSCRIBE; `done` is called exactly once, also if the client is freed before the answer.
 * It may come on any thread, also on the caller's before this returns, and must not block: it runs beside callbacks. It
 * must not free a client, which may block.
 *
 * Answered: http_status is the status of the answer; error is NULL for 200 and 202, else it says what came; response
 * is a scheduler.Response if the answer carried one, else empty. Not answered: http_status is 0 and error says why.
 */
int mesos_v1_scheduler_call(const mesos_v1_scheduler *client, mesos_bytes call,
                            void (*done)(void *user, int http_status, mesos_bytes response, const char *error),
                            void *user);

/* Gives up the connections and makes new ones; no effect while disconnected, or with over_v0. */
int mesos_v1_scheduler_reconnect(const mesos_v1_scheduler *client);

/* ---- Executor ----------------------------------------------------------------------------------------------- */

typedef struct mesos_v1_executor mesos_v1_executor;

typedef struct mesos_v1_executor_callbacks {
  size_t struct_size;
  /* Send SUBSCRIBE now, with what has not been acknowledged yet, and again until SUBSCRIBED comes, as above. */
  int (*connected)(void *user, mesos_v1_executor *client);
  int (*disconnected)(void *user, mesos_v1_executor *client);
  /*
   * executor.Events, in the order they came; at least one. After SHUTDOWN, which also comes when the agent is lost for
   * good, end soon: the process group is killed when the grace period is over.
   */
  int (*received)(void *user, mesos_v1_executor *client, const mesos_bytes *events, size_t count);
} mesos_v1_executor_callbacks;

/* Set struct_size to sizeof(mesos_v1_executor_config). */
typedef struct mesos_v1_executor_config {
  size_t struct_size;
  /* A mesos_v1_content_type. */
  int content_type;
  /* "NAME=value" texts and a NULL; NULL for the environment of this process. */
  const char *const *environment;
} mesos_v1_executor_config;

/*
 * Who the agent is comes from the MESOS_* variables that it sets. `user` as for the scheduler. NULL if an argument or a
 * variable is missing or unusable.
 */
mesos_v1_executor *mesos_v1_executor_new(const mesos_v1_executor_callbacks *callbacks, void *user,
                                         const mesos_v1_executor_config *config);

/* As mesos_v1_scheduler_free. */
void mesos_v1_executor_free(mesos_v1_executor *client);

/* executor.Call; as mesos_v1_scheduler_send. */
int mesos_v1_executor_send(const mesos_v1_executor *client, mesos_bytes call);

#ifdef __cplusplus
}
#endif

#endif
