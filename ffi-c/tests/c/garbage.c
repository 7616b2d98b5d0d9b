/*
 * Bytes that are no messages, lists that are not there, structs of another size, and handles that end in an unusual
 * order. Exit status 0 = each was refused with an error, and nothing else happened.
 */
#include "check.h"

/* A length that reaches behind the end. */
static const uint8_t broken[] = {0x0a, 0x7f, 'x'};
static const mesos_bytes garbage = {broken, sizeof broken};
static const mesos_bytes none = {NULL, 0};

/* FrameworkInfo {user: "u", name: "n"} */
static const uint8_t whole[] = {0x0a, 1, 'u', 0x12, 1, 'n'};
/* OfferID, TaskID, ExecutorID and SlaveID are all {value: "i"}. */
static const uint8_t id_bytes[] = {0x0a, 1, 'i'};
static const mesos_bytes id = {id_bytes, sizeof id_bytes};

/* The last error must name what was not parsed. */
#define REFUSED(call, what)                                                        \
  do {                                                                             \
    CHECK((call) == MESOS_INVALID);                                                \
    if (strstr(mesos_last_error(), what) == NULL) {                                \
      fprintf(stderr, "%s: %s\n", #call, mesos_last_error());                      \
      exit(1);                                                                     \
    }                                                                              \
  } while (0)

static mesos_scheduler_config config(void) {
  mesos_scheduler_config made;
  memset(&made, 0, sizeof made);
  made.struct_size = sizeof made;
  made.framework.data = whole;
  made.framework.length = sizeof whole;
  made.master = "127.0.0.1:1";
  return made;
}

static mesos_scheduler_callbacks callbacks(void) {
  mesos_scheduler_callbacks made;
  memset(&made, 0, sizeof made);
  made.struct_size = sizeof made;
  return made;
}

static void refused_configuration(const mesos_scheduler_config *given, const char *what) {
  const mesos_scheduler_callbacks silent = callbacks();
  CHECK(mesos_scheduler_driver_new(&silent, NULL, given) == NULL);
  if (strstr(mesos_last_error(), what) == NULL) {
    fprintf(stderr, "not `%s`: %s\n", what, mesos_last_error());
    exit(1);
  }
}

static void configurations(void) {
  static const char *const holes[] = {"role", NULL};
  mesos_scheduler_callbacks silent = callbacks();
  mesos_scheduler_config given = config();
  given.framework = garbage;
  refused_configuration(&given, "Failed to parse mesos.FrameworkInfo");
  given.framework = id;
  refused_configuration(&given, "Missing required fields: name");
  given = config();
  given.framework = none;
  refused_configuration(&given, "config.framework is empty");
  given = config();
  given.master = NULL;
  refused_configuration(&given, "config.master is NULL");
  given = config();
  given.credential = garbage;
  refused_configuration(&given, "Failed to parse mesos.Credential");
  given = config();
  given.offer_constraints = garbage;
  refused_configuration(&given, "Failed to parse mesos.scheduler.OfferConstraints");
  given = config();
  given.suppressed_roles_count = 1;
  refused_configuration(&given, "a list is NULL");
  given.suppressed_roles = holes;
  given.suppressed_roles_count = 2;
  refused_configuration(&given, "a text in a list is NULL");
  given = config();
  given.struct_size--;
  refused_configuration(&given, "struct_size");
  given = config();
  silent.struct_size = 0;
  CHECK(mesos_scheduler_driver_new(&silent, NULL, &given) == NULL);
  CHECK(mesos_scheduler_driver_new(NULL, NULL, &given) == NULL);
}

static void scheduler_calls(void) {
  static const char *const holes[] = {NULL};
  const mesos_scheduler_callbacks silent = callbacks();
  const mesos_scheduler_config given = config();
  mesos_scheduler_driver *driver = mesos_scheduler_driver_new(&silent, NULL, &given);
  CHECK(driver != NULL);
  CHECK(mesos_scheduler_driver_start(driver) == MESOS_DRIVER_RUNNING);
  REFUSED(mesos_scheduler_driver_request_resources(driver, &garbage, 1), "mesos.Request");
  REFUSED(mesos_scheduler_driver_request_resources(driver, NULL, 1), "a list is NULL");
  REFUSED(mesos_scheduler_driver_launch_tasks(driver, &garbage, 1, NULL, 0, none), "mesos.OfferID");
  REFUSED(mesos_scheduler_driver_launch_tasks(driver, &id, 1, &garbage, 1, none), "mesos.TaskInfo");
  REFUSED(mesos_scheduler_driver_launch_tasks(driver, &id, 1, NULL, 0, garbage), "mesos.Filters");
  REFUSED(mesos_scheduler_driver_accept_offers(driver, NULL, 1, NULL, 0, none), "a list is NULL");
  REFUSED(mesos_scheduler_driver_accept_offers(driver, &id, 1, &garbage, 1, none), "mesos.Offer.Operation");
  REFUSED(mesos_scheduler_driver_decline_offer(driver, none, none), "mesos.OfferID");
  REFUSED(mesos_scheduler_driver_revive_offers_of(driver, holes, 1), "a text in a list is NULL");
  REFUSED(mesos_scheduler_driver_suppress_offers_of(driver, NULL, 1), "a list is NULL");
  REFUSED(mesos_scheduler_driver_kill_task(driver, garbage), "mesos.TaskID");
  REFUSED(mesos_scheduler_driver_acknowledge_status_update(driver, id), "mesos.TaskStatus");
  REFUSED(mesos_scheduler_driver_send_framework_message(driver, garbage, id, garbage), "mesos.ExecutorID");
  REFUSED(mesos_scheduler_driver_send_framework_message(driver, id, none, garbage), "mesos.SlaveID");
  REFUSED(mesos_scheduler_driver_reconcile_tasks(driver, &garbage, 1), "mesos.TaskStatus");
  REFUSED(mesos_scheduler_driver_update_framework(driver, garbage, NULL, 0, none), "mesos.FrameworkInfo");
  /* Data is no message. */
  CHECK(mesos_scheduler_driver_send_framework_message(driver, id, id, garbage) == MESOS_DRIVER_RUNNING);
  /* Neither stopped nor joined. */
  mesos_scheduler_driver_free(driver);
}

static void executor_calls(void) {
  static const char *const environment[] = {"no equals sign", "MESOS_FRAMEWORK_ID=f", NULL};
  mesos_executor_callbacks silent;
  mesos_executor_driver *driver;
  memset(&silent, 0, sizeof silent);
  CHECK(mesos_executor_driver_new(&silent, NULL) == NULL);
  silent.struct_size = sizeof silent;
  CHECK(mesos_executor_driver_new_with_environment(&silent, NULL, NULL) == NULL);
  driver = mesos_executor_driver_new_with_environment(&silent, NULL, environment);
  CHECK(driver != NULL);
  REFUSED(mesos_executor_driver_send_status_update(driver, garbage), "mesos.TaskStatus");
  CHECK(mesos_executor_driver_send_framework_message(driver, garbage) == MESOS_DRIVER_NOT_STARTED);
  CHECK(mesos_executor_driver_start(driver) == MESOS_DRIVER_ABORTED);
  mesos_executor_driver_free(driver);
}

static void resources(void) {
  mesos_resources *bag = mesos_resources_parse("cpus:1", NULL), *found;
  mesos_resource_quantities *quantities = mesos_resource_quantities_of(bag);
  mesos_buffer buffer = {NULL, 0};
  mesos_buffers list = {NULL, 0};
  size_t count;
  CHECK(mesos_resources_parse("cpus", NULL) == NULL);
  CHECK(mesos_resources_parse("cpus:1", "a role") == NULL);
  CHECK(mesos_resources_parse("cpus:-1", NULL) == NULL);
  CHECK(mesos_resources_of(&garbage, 1) == NULL);
  CHECK(mesos_resources_of(NULL, 1) == NULL);
  CHECK(mesos_resources_validate(&garbage, 1) == -1);
  CHECK(mesos_resources_push_reservation(bag, garbage) == NULL);
  CHECK(mesos_resources_push_reservation(bag, none) == NULL);
  CHECK(mesos_resources_allocate(bag, "a role") == -1);
  CHECK(mesos_resources_allocatable_to(bag, "") == NULL);
  CHECK(mesos_resources_apply(bag, garbage) == NULL);
  CHECK(mesos_resources_apply(bag, none) == NULL);
  CHECK(mesos_resources_add(bag, NULL) == -1);
  CHECK(mesos_resources_find(bag, NULL, &found) == -1 && found == NULL);
  CHECK(mesos_resources_ranges(bag, "ports", NULL, 1, &count) == -1);
  CHECK(mesos_resource_quantities_parse("cpus:[1-2]") == NULL);
  CHECK(mesos_value_parse("[1-2").data == NULL);
  CHECK(mesos_value_text(garbage).data == NULL);
  CHECK(mesos_attributes_parse("a", &list) == -1 && list.items == NULL);
  CHECK(mesos_attributes_equal(&garbage, 1, NULL, 0) == -1);
  CHECK(mesos_attribute_text(garbage).data == NULL);
  /* Nothing was changed, and nothing depends on what it was made of. */
  CHECK_TEXT(mesos_resources_text(bag), "cpus:1");
  mesos_resources_free(bag);
  CHECK_TEXT(mesos_resource_quantities_text(quantities), "cpus:1");
  mesos_resource_quantities_free(quantities);
  buffer = mesos_value_parse("1");
  mesos_buffer_free(&buffer);
  mesos_buffer_free(&buffer);
  mesos_buffers_free(&list);
}

int main(void) {
  configurations();
  scheduler_calls();
  executor_calls();
  resources();
  return 0;
}
