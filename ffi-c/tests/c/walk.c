/*
 * Walks through every function of the C interface that can fail.
 *
 * usage: walk names    prints the names
 *        walk nothing  each gets NULL and zero for everything, and answers what it answers for unusable arguments
 *        walk panics   a panic is injected into each (a library with the feature inject-panics), and stays inside
 *
 * Exit status 0 = all held.
 */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <mesos/v1.h>

static const mesos_bytes none = {NULL, 0};

typedef enum expectation {
  FAILS,   /* with nothing to work on */
  HOLDS    /* by design: a list may be empty, and NULL may be freed */
} expectation;

typedef struct entry {
  const char *name;
  /* Makes the call and answers whether it failed, as far as its answer tells. */
  int (*call)(void);
  expectation with_nothing;
} entry;

#define STATUS(name, ...) static int call_##name(void) { return name(__VA_ARGS__) == MESOS_INVALID; }
#define NUMBER(name, ...) static int call_##name(void) { return name(__VA_ARGS__) == -1; }
#define BUFFER(name, ...) static int call_##name(void) { return name(__VA_ARGS__).data == NULL; }
#define NOTHING(name, ...) static int call_##name(void) { return name(__VA_ARGS__), 1; }
/* `arguments` come in parentheses, because there may be none. */
#define HANDLE(name, release, arguments)                      \
  static int call_##name(void) {                              \
    void *made = name arguments;                              \
    if (made != NULL) release(made);                          \
    return made == NULL;                                      \
  }

HANDLE(mesos_scheduler_driver_new, mesos_scheduler_driver_free, (NULL, NULL, NULL))
NOTHING(mesos_scheduler_driver_free, NULL)
STATUS(mesos_scheduler_driver_status, NULL)
STATUS(mesos_scheduler_driver_start, NULL)
STATUS(mesos_scheduler_driver_stop, NULL, 0)
STATUS(mesos_scheduler_driver_abort, NULL)
STATUS(mesos_scheduler_driver_join, NULL)
STATUS(mesos_scheduler_driver_run, NULL)
STATUS(mesos_scheduler_driver_request_resources, NULL, NULL, 0)
STATUS(mesos_scheduler_driver_launch_tasks, NULL, NULL, 0, NULL, 0, none)
STATUS(mesos_scheduler_driver_accept_offers, NULL, NULL, 0, NULL, 0, none)
STATUS(mesos_scheduler_driver_decline_offer, NULL, none, none)
STATUS(mesos_scheduler_driver_revive_offers, NULL)
STATUS(mesos_scheduler_driver_revive_offers_of, NULL, NULL, 0)
STATUS(mesos_scheduler_driver_suppress_offers, NULL)
STATUS(mesos_scheduler_driver_suppress_offers_of, NULL, NULL, 0)
STATUS(mesos_scheduler_driver_kill_task, NULL, none)
STATUS(mesos_scheduler_driver_acknowledge_status_update, NULL, none)
STATUS(mesos_scheduler_driver_send_framework_message, NULL, none, none, none)
STATUS(mesos_scheduler_driver_reconcile_tasks, NULL, NULL, 0)
STATUS(mesos_scheduler_driver_update_framework, NULL, none, NULL, 0, none)
HANDLE(mesos_executor_driver_new, mesos_executor_driver_free, (NULL, NULL))
HANDLE(mesos_executor_driver_new_with_environment, mesos_executor_driver_free, (NULL, NULL, NULL))
NOTHING(mesos_executor_driver_free, NULL)
STATUS(mesos_executor_driver_status, NULL)
STATUS(mesos_executor_driver_start, NULL)
STATUS(mesos_executor_driver_stop, NULL)
STATUS(mesos_executor_driver_abort, NULL)
STATUS(mesos_executor_driver_join, NULL)
STATUS(mesos_executor_driver_run, NULL)
STATUS(mesos_executor_driver_send_status_update, NULL, none)
STATUS(mesos_executor_driver_send_framework_message, NULL, none)

HANDLE(mesos_v1_scheduler_new, mesos_v1_scheduler_free, (NULL, NULL, NULL))
NOTHING(mesos_v1_scheduler_free, NULL)
STATUS(mesos_v1_scheduler_send, NULL, none)
STATUS(mesos_v1_scheduler_call, NULL, none, NULL, NULL)
STATUS(mesos_v1_scheduler_reconnect, NULL)
HANDLE(mesos_v1_executor_new, mesos_v1_executor_free, (NULL, NULL, NULL))
NOTHING(mesos_v1_executor_free, NULL)
STATUS(mesos_v1_executor_send, NULL, none)

NOTHING(mesos_buffer_free, NULL)
NOTHING(mesos_buffers_free, NULL)
HANDLE(mesos_resources_new, mesos_resources_free, ())
HANDLE(mesos_resources_parse, mesos_resources_free, (NULL, NULL))
HANDLE(mesos_resources_of, mesos_resources_free, (NULL, 0))
NUMBER(mesos_resources_validate, NULL, 0)
HANDLE(mesos_resources_clone, mesos_resources_free, (NULL))
NOTHING(mesos_resources_free, NULL)
STATUS(mesos_resources_count, NULL)
NUMBER(mesos_resources_list, NULL, NULL)
STATUS(mesos_resources_copies, NULL, 0)
BUFFER(mesos_resources_text, NULL)
NUMBER(mesos_resources_add, NULL, NULL)
NUMBER(mesos_resources_subtract, NULL, NULL)
NUMBER(mesos_resources_contains, NULL, NULL)
NUMBER(mesos_resources_equal, NULL, NULL)
HANDLE(mesos_resources_reserved, mesos_resources_free, (NULL, NULL))
HANDLE(mesos_resources_unreserved, mesos_resources_free, (NULL))
HANDLE(mesos_resources_revocable, mesos_resources_free, (NULL))
HANDLE(mesos_resources_non_revocable, mesos_resources_free, (NULL))
HANDLE(mesos_resources_shared, mesos_resources_free, (NULL))
HANDLE(mesos_resources_non_shared, mesos_resources_free, (NULL))
HANDLE(mesos_resources_persistent_volumes, mesos_resources_free, (NULL))
HANDLE(mesos_resources_scalars, mesos_resources_free, (NULL))
HANDLE(mesos_resources_named, mesos_resources_free, (NULL, NULL))
HANDLE(mesos_resources_allocatable_to, mesos_resources_free, (NULL, NULL))
HANDLE(mesos_resources_allocated_to, mesos_resources_free, (NULL, NULL))
HANDLE(mesos_resources_to_unreserved, mesos_resources_free, (NULL))
HANDLE(mesos_resources_push_reservation, mesos_resources_free, (NULL, none))
HANDLE(mesos_resources_pop_reservation, mesos_resources_free, (NULL))
NUMBER(mesos_resources_allocate, NULL, NULL)
NUMBER(mesos_resources_unallocate, NULL)
NUMBER(mesos_resources_find, NULL, NULL, NULL)
HANDLE(mesos_resources_apply, mesos_resources_free, (NULL, none))
NUMBER(mesos_resources_scalar, NULL, NULL, NULL)
NUMBER(mesos_resources_ranges, NULL, NULL, NULL, 0, NULL)
BUFFER(mesos_resources_value, NULL, NULL)
HANDLE(mesos_resource_quantities_parse, mesos_resource_quantities_free, (NULL))
HANDLE(mesos_resource_quantities_of, mesos_resource_quantities_free, (NULL))
HANDLE(mesos_resource_quantities_clone, mesos_resource_quantities_free, (NULL))
NOTHING(mesos_resource_quantities_free, NULL)
BUFFER(mesos_resource_quantities_text, NULL)
NUMBER(mesos_resource_quantities_get, NULL, NULL, NULL)
NUMBER(mesos_resource_quantities_add, NULL, NULL)
NUMBER(mesos_resource_quantities_subtract, NULL, NULL)
NUMBER(mesos_resource_quantities_contains, NULL, NULL)
NUMBER(mesos_resources_contains_quantities, NULL, NULL)
BUFFER(mesos_value_parse, NULL)
BUFFER(mesos_value_text, none)
NUMBER(mesos_attributes_parse, NULL, NULL)
NUMBER(mesos_attributes_equal, NULL, 0, NULL, 0)
BUFFER(mesos_attribute_text, none)

#define ENTRY(name) {#name, call_##name, FAILS}
#define TOLERANT(name) {#name, call_##name, HOLDS}

static const entry entries[] = {
    ENTRY(mesos_scheduler_driver_new),
    TOLERANT(mesos_scheduler_driver_free),
    ENTRY(mesos_scheduler_driver_status),
    ENTRY(mesos_scheduler_driver_start),
    ENTRY(mesos_scheduler_driver_stop),
    ENTRY(mesos_scheduler_driver_abort),
    ENTRY(mesos_scheduler_driver_join),
    ENTRY(mesos_scheduler_driver_run),
    ENTRY(mesos_scheduler_driver_request_resources),
    ENTRY(mesos_scheduler_driver_launch_tasks),
    ENTRY(mesos_scheduler_driver_accept_offers),
    ENTRY(mesos_scheduler_driver_decline_offer),
    ENTRY(mesos_scheduler_driver_revive_offers),
    ENTRY(mesos_scheduler_driver_revive_offers_of),
    ENTRY(mesos_scheduler_driver_suppress_offers),
    ENTRY(mesos_scheduler_driver_suppress_offers_of),
    ENTRY(mesos_scheduler_driver_kill_task),
    ENTRY(mesos_scheduler_driver_acknowledge_status_update),
    ENTRY(mesos_scheduler_driver_send_framework_message),
    ENTRY(mesos_scheduler_driver_reconcile_tasks),
    ENTRY(mesos_scheduler_driver_update_framework),
    ENTRY(mesos_executor_driver_new),
    ENTRY(mesos_executor_driver_new_with_environment),
    TOLERANT(mesos_executor_driver_free),
    ENTRY(mesos_executor_driver_status),
    ENTRY(mesos_executor_driver_start),
    ENTRY(mesos_executor_driver_stop),
    ENTRY(mesos_executor_driver_abort),
    ENTRY(mesos_executor_driver_join),
    ENTRY(mesos_executor_driver_run),
    ENTRY(mesos_executor_driver_send_status_update),
    ENTRY(mesos_executor_driver_send_framework_message),
    ENTRY(mesos_v1_scheduler_new),
    TOLERANT(mesos_v1_scheduler_free),
    ENTRY(mesos_v1_scheduler_send),
    ENTRY(mesos_v1_scheduler_call),
    ENTRY(mesos_v1_scheduler_reconnect),
    ENTRY(mesos_v1_executor_new),
    TOLERANT(mesos_v1_executor_free),
    ENTRY(mesos_v1_executor_send),
    TOLERANT(mesos_buffer_free),
    TOLERANT(mesos_buffers_free),
    TOLERANT(mesos_resources_new),
    ENTRY(mesos_resources_parse),
    TOLERANT(mesos_resources_of),
    TOLERANT(mesos_resources_validate),
    ENTRY(mesos_resources_clone),
    TOLERANT(mesos_resources_free),
    ENTRY(mesos_resources_count),
    ENTRY(mesos_resources_list),
    ENTRY(mesos_resources_copies),
    ENTRY(mesos_resources_text),
    ENTRY(mesos_resources_add),
    ENTRY(mesos_resources_subtract),
    ENTRY(mesos_resources_contains),
    ENTRY(mesos_resources_equal),
    ENTRY(mesos_resources_reserved),
    ENTRY(mesos_resources_unreserved),
    ENTRY(mesos_resources_revocable),
    ENTRY(mesos_resources_non_revocable),
    ENTRY(mesos_resources_shared),
    ENTRY(mesos_resources_non_shared),
    ENTRY(mesos_resources_persistent_volumes),
    ENTRY(mesos_resources_scalars),
    ENTRY(mesos_resources_named),
    ENTRY(mesos_resources_allocatable_to),
    ENTRY(mesos_resources_allocated_to),
    ENTRY(mesos_resources_to_unreserved),
    ENTRY(mesos_resources_push_reservation),
    ENTRY(mesos_resources_pop_reservation),
    ENTRY(mesos_resources_allocate),
    ENTRY(mesos_resources_unallocate),
    ENTRY(mesos_resources_find),
    ENTRY(mesos_resources_apply),
    ENTRY(mesos_resources_scalar),
    ENTRY(mesos_resources_ranges),
    ENTRY(mesos_resources_value),
    ENTRY(mesos_resource_quantities_parse),
    ENTRY(mesos_resource_quantities_of),
    ENTRY(mesos_resource_quantities_clone),
    TOLERANT(mesos_resource_quantities_free),
    ENTRY(mesos_resource_quantities_text),
    ENTRY(mesos_resource_quantities_get),
    ENTRY(mesos_resource_quantities_add),
    ENTRY(mesos_resource_quantities_subtract),
    ENTRY(mesos_resource_quantities_contains),
    ENTRY(mesos_resources_contains_quantities),
    ENTRY(mesos_value_parse),
    ENTRY(mesos_value_text),
    ENTRY(mesos_attributes_parse),
    TOLERANT(mesos_attributes_equal),
    ENTRY(mesos_attribute_text),
};

static int complain(const entry *of, const char *what) {
  fprintf(stderr, "%s: %s (last error: %s)\n", of->name, what, mesos_last_error());
  return 1;
}

/* Makes the last error one that no entry leaves by itself. */
static void mark_error(void) {
  mesos_resources_free(mesos_resources_parse("marked", NULL));
}

static int is_marked(void) {
  return strstr(mesos_last_error(), "marked") != NULL;
}

static int with_nothing(const entry *of) {
  int has_failed;
  mark_error();
  has_failed = of->call();
  if (of->with_nothing == HOLDS) return is_marked() ? 0 : complain(of, "failed");
  if (!has_failed) return complain(of, "did not fail");
  return is_marked() ? complain(of, "left no error") : 0;
}

static int with_panic(const entry *of) {
  int has_failed;
  mark_error();
  setenv("LIBMESOS_INJECT_PANIC", of->name, 1);
  has_failed = of->call();
  setenv("LIBMESOS_INJECT_PANIC", "nowhere", 1);
  if (!has_failed) return complain(of, "did not fail");
  return strcmp(mesos_last_error(), "libmesos failed internally") == 0 ? 0 : complain(of, "did not panic");
}

int main(int argc, char **argv) {
  const size_t count = sizeof entries / sizeof *entries;
  const char *mode = argc == 2 ? argv[1] : "";
  int failures = 0;
  size_t i;
  for (i = 0; i < count; i++) {
    if (strcmp(mode, "names") == 0) {
      puts(entries[i].name);
    } else if (strcmp(mode, "nothing") == 0) {
      failures += with_nothing(&entries[i]);
    } else if (strcmp(mode, "panics") == 0) {
      failures += with_panic(&entries[i]);
    } else {
      fprintf(stderr, "usage: %s names|nothing|panics\n", argv[0]);
      return 2;
    }
  }
  return failures == 0 ? 0 : 1;
}
