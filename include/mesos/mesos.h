/*
 * The C interface of libmesos: scheduler and executor drivers.
 *
 * Messages are serialised protobuf messages of the types named in the comments (package "mesos" of mesos.proto);
 * generate their code with any protobuf compiler. Bytes passed to a function are copied before it returns; bytes
 * passed to a callback belong to the library and are valid until the callback returns.
 *
 * Threads: every function may be called from any thread, also inside callbacks. All callbacks of one driver come
 * one after the other on a thread of that driver, except that `error` may come on the thread that calls _new or
 * _start. _new calls it with a NULL driver.
 *
 * Ownership: a driver belongs to the caller of _new and ends by _free. Everything else that is passed to a function
 * stays the caller's and is not used after the function has returned, unless its comment says so.
 *
 * Errors: functions that return a mesos_status answer MESOS_INVALID (0), and functions that return a pointer NULL,
 * when an argument is unusable: a NULL where something is needed, or bytes that are no message of their type or lack
 * required fields of it. mesos_last_error() then says why. Nothing has happened in this case. No function ends the
 * process, changes its environment, installs signal handlers or writes to standard output; logs go to standard error as
 * the MESOS_* variables say.
 *
 * resources.h has the arithmetic of resources, v1.h the clients of the v1 HTTP APIs. Replicated log and state storage
 * have no C interface yet.
 */
#ifndef MESOS_MESOS_H
#define MESOS_MESOS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of Mesos that this library stands in for, such as "1.11.0". */
const char *mesos_version(void);

/* Why the last call on this thread failed; valid until the next call on this thread. */
const char *mesos_last_error(void);

/* `data` may be NULL where a message is optional. */
typedef struct mesos_bytes {
  const uint8_t *data;
  size_t length;
} mesos_bytes;

/* mesos.Status, and 0 for unusable arguments. */
typedef enum mesos_status {
  MESOS_INVALID = 0,
  MESOS_DRIVER_NOT_STARTED = 1,
  MESOS_DRIVER_RUNNING = 2,
  MESOS_DRIVER_ABORTED = 3,
  MESOS_DRIVER_STOPPED = 4
} mesos_status;

/* ---- Scheduler ---------------------------------------------------------------------------------------------- */

typedef struct mesos_scheduler_driver mesos_scheduler_driver;

/*
 * Every callback may be NULL. A callback answers 0, or anything else to say that it failed, which aborts the driver.
 * Set struct_size to sizeof(mesos_scheduler_callbacks).
 */
typedef struct mesos_scheduler_callbacks {
  size_t struct_size;
  /* FrameworkID, MasterInfo */
  int (*registered)(void *user, mesos_scheduler_driver *driver, mesos_bytes framework_id, mesos_bytes master);
  /* MasterInfo */
  int (*reregistered)(void *user, mesos_scheduler_driver *driver, mesos_bytes master);
  int (*disconnected)(void *user, mesos_scheduler_driver *driver);
  /* Offers */
  int (*resource_offers)(void *user, mesos_scheduler_driver *driver, const mesos_bytes *offers, size_t count);
  /* OfferID */
  int (*offer_rescinded)(void *user, mesos_scheduler_driver *driver, mesos_bytes offer_id);
  /* TaskStatus */
  int (*status_update)(void *user, mesos_scheduler_driver *driver, mesos_bytes status);
  /* ExecutorID, SlaveID */
  int (*framework_message)(void *user, mesos_scheduler_driver *driver, mesos_bytes executor_id, mesos_bytes agent_id,
                           mesos_bytes data);
  /* SlaveID */
  int (*slave_lost)(void *user, mesos_scheduler_driver *driver, mesos_bytes agent_id);
  /* ExecutorID, SlaveID, the executor's wait status */
  int (*executor_lost)(void *user, mesos_scheduler_driver *driver, mesos_bytes executor_id, mesos_bytes agent_id,
                       int status);
  /* The driver is aborted. */
  int (*error)(void *user, mesos_scheduler_driver *driver, const char *message);
} mesos_scheduler_callbacks;

/* Set struct_size to sizeof(mesos_scheduler_config), and what is not wanted to zero. */
typedef struct mesos_scheduler_config {
  size_t struct_size;
  /* FrameworkInfo; user and hostname are filled in when empty. */
  mesos_bytes framework;
  /* "host:port", "file:///path" to a file that holds it, or "local". "zk://..." is refused by `error` so far. */
  const char *master;
  /* Credential; optional. */
  mesos_bytes credential;
  /* Not 0: updates are acknowledged by mesos_scheduler_driver_acknowledge_status_update only. */
  int explicit_acknowledgements;
  const char *const *suppressed_roles;
  size_t suppressed_roles_count;
  /* scheduler.OfferConstraints; optional. */
  mesos_bytes offer_constraints;
} mesos_scheduler_config;

/* `user` is passed to every callback and must stay valid until _free returns. */
mesos_scheduler_driver *mesos_scheduler_driver_new(const mesos_scheduler_callbacks *callbacks, void *user,
                                                   const mesos_scheduler_config *config);

/*
 * Ends the driver without telling the master, as if the process had died: use _stop and _join before. Waits for a
 * running callback unless called from one.
 */
void mesos_scheduler_driver_free(mesos_scheduler_driver *driver);

mesos_status mesos_scheduler_driver_status(const mesos_scheduler_driver *driver);

/* Returns at once; the connection is made, and retried for ever, in the background. */
mesos_status mesos_scheduler_driver_start(const mesos_scheduler_driver *driver);

/* failover 0 removes the framework; otherwise it may come back within its failover timeout. */
mesos_status mesos_scheduler_driver_stop(const mesos_scheduler_driver *driver, int failover);

mesos_status mesos_scheduler_driver_abort(const mesos_scheduler_driver *driver);

/* Waits for stop or abort. */
mesos_status mesos_scheduler_driver_join(const mesos_scheduler_driver *driver);

/* start and join. */
mesos_status mesos_scheduler_driver_run(const mesos_scheduler_driver *driver);

/* Requests */
mesos_status mesos_scheduler_driver_request_resources(const mesos_scheduler_driver *driver,
                                                      const mesos_bytes *requests, size_t count);

/* OfferIDs, TaskInfos, Filters */
mesos_status mesos_scheduler_driver_launch_tasks(const mesos_scheduler_driver *driver, const mesos_bytes *offer_ids,
                                                 size_t offer_count, const mesos_bytes *tasks, size_t task_count,
                                                 mesos_bytes filters);

/* OfferIDs, Offer.Operations, Filters */
mesos_status mesos_scheduler_driver_accept_offers(const mesos_scheduler_driver *driver, const mesos_bytes *offer_ids,
                                                  size_t offer_count, const mesos_bytes *operations,
                                                  size_t operation_count, mesos_bytes filters);

/* OfferID, Filters */
mesos_status mesos_scheduler_driver_decline_offer(const mesos_scheduler_driver *driver, mesos_bytes offer_id,
                                                  mesos_bytes filters);

/* All roles. */
mesos_status mesos_scheduler_driver_revive_offers(const mesos_scheduler_driver *driver);

/* No roles: no effect. */
mesos_status mesos_scheduler_driver_revive_offers_of(const mesos_scheduler_driver *driver, const char *const *roles,
                                                     size_t count);

/* All roles. */
mesos_status mesos_scheduler_driver_suppress_offers(const mesos_scheduler_driver *driver);

/* No roles: no effect. */
mesos_status mesos_scheduler_driver_suppress_offers_of(const mesos_scheduler_driver *driver, const char *const *roles,
                                                       size_t count);

/* TaskID */
mesos_status mesos_scheduler_driver_kill_task(const mesos_scheduler_driver *driver, mesos_bytes task_id);

/* TaskStatus; with implicit acknowledgements this aborts the driver. */
mesos_status mesos_scheduler_driver_acknowledge_status_update(const mesos_scheduler_driver *driver,
                                                              mesos_bytes status);

/* ExecutorID, SlaveID */
mesos_status mesos_scheduler_driver_send_framework_message(const mesos_scheduler_driver *driver,
                                                           mesos_bytes executor_id, mesos_bytes agent_id,
                                                           mesos_bytes data);

/* TaskStatuses; none asks for all tasks. */
mesos_status mesos_scheduler_driver_reconcile_tasks(const mesos_scheduler_driver *driver, const mesos_bytes *statuses,
                                                    size_t count);

/* FrameworkInfo, scheduler.OfferConstraints */
mesos_status mesos_scheduler_driver_update_framework(const mesos_scheduler_driver *driver, mesos_bytes framework,
                                                     const char *const *suppressed_roles, size_t count,
                                                     mesos_bytes constraints);

/* ---- Executor ----------------------------------------------------------------------------------------------- */

typedef struct mesos_executor_driver mesos_executor_driver;

/* As for the scheduler. Set struct_size to sizeof(mesos_executor_callbacks). */
typedef struct mesos_executor_callbacks {
  size_t struct_size;
  /* ExecutorInfo, FrameworkInfo, SlaveInfo */
  int (*registered)(void *user, mesos_executor_driver *driver, mesos_bytes executor, mesos_bytes framework,
                    mesos_bytes agent);
  /* SlaveInfo */
  int (*reregistered)(void *user, mesos_executor_driver *driver, mesos_bytes agent);
  /* TaskInfo */
  int (*launch_task)(void *user, mesos_executor_driver *driver, mesos_bytes task);
  /* TaskID */
  int (*kill_task)(void *user, mesos_executor_driver *driver, mesos_bytes task_id);
  int (*framework_message)(void *user, mesos_executor_driver *driver, mesos_bytes data);
  /* Stop the driver soon: the process group is killed when the grace period is over. */
  int (*shutdown)(void *user, mesos_executor_driver *driver);
  int (*error)(void *user, mesos_executor_driver *driver, const char *message);
} mesos_executor_callbacks;

/* Who the executor is comes from the MESOS_* variables that the agent sets. */
mesos_executor_driver *mesos_executor_driver_new(const mesos_executor_callbacks *callbacks, void *user);

/* With these variables instead of the process's own: "NAME=value" texts and a NULL. */
mesos_executor_driver *mesos_executor_driver_new_with_environment(const mesos_executor_callbacks *callbacks, void *user,
                                                                  const char *const *environment);

/* As mesos_scheduler_driver_free. */
void mesos_executor_driver_free(mesos_executor_driver *driver);

mesos_status mesos_executor_driver_status(const mesos_executor_driver *driver);
mesos_status mesos_executor_driver_start(const mesos_executor_driver *driver);
mesos_status mesos_executor_driver_stop(const mesos_executor_driver *driver);
mesos_status mesos_executor_driver_abort(const mesos_executor_driver *driver);
mesos_status mesos_executor_driver_join(const mesos_executor_driver *driver);
mesos_status mesos_executor_driver_run(const mesos_executor_driver *driver);

/* TaskStatus; uuid and timestamp are set by the driver. */
mesos_status mesos_executor_driver_send_status_update(const mesos_executor_driver *driver, mesos_bytes status);

mesos_status mesos_executor_driver_send_framework_message(const mesos_executor_driver *driver, mesos_bytes data);

#ifdef __cplusplus
}
#endif

#endif
