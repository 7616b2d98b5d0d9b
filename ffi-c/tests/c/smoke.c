/* Drives the C interface without a master: statuses, refused arguments, error callbacks. Exit status 0 = all held. */
#include <mesos/mesos.h>

#include <stdio.h>
#include <string.h>

static char error_text[512];

static int on_error(void *user, mesos_scheduler_driver *driver, const char *message) {
  (void)driver;
  ++*(int *)user;
  snprintf(error_text, sizeof error_text, "%s", message);
  return 0;
}

static mesos_scheduler_driver *make(const char *master, int *errors) {
  /* FrameworkInfo {user: "u", name: "n"} */
  static const uint8_t framework[] = {0x0a, 1, 'u', 0x12, 1, 'n'};
  mesos_scheduler_callbacks callbacks = {.struct_size = sizeof callbacks, .error = on_error};
  mesos_scheduler_config config = {.struct_size = sizeof config,
                                   .framework = {framework, sizeof framework},
                                   .master = master};
  return mesos_scheduler_driver_new(&callbacks, errors, &config);
}

#define CHECK(condition)                                        \
  do {                                                          \
    if (!(condition)) {                                         \
      fprintf(stderr, "line %d: %s\n", __LINE__, #condition);   \
      return 1;                                                 \
    }                                                           \
  } while (0)

int main(void) {
  int errors = 0;
  CHECK(strcmp(mesos_version(), "1.11.0") == 0);
  CHECK(mesos_scheduler_driver_new(NULL, NULL, NULL) == NULL);
  CHECK(strcmp(mesos_last_error(), "callbacks is NULL") == 0);
  CHECK(mesos_scheduler_driver_start(NULL) == MESOS_INVALID);

  mesos_scheduler_driver *driver = make("127.0.0.1:1", &errors);
  CHECK(driver != NULL);
  CHECK(mesos_scheduler_driver_stop(driver, 0) == MESOS_DRIVER_NOT_STARTED);
  CHECK(mesos_scheduler_driver_start(driver) == MESOS_DRIVER_RUNNING);
  CHECK(mesos_scheduler_driver_revive_offers(driver) == MESOS_DRIVER_RUNNING);
  CHECK(mesos_scheduler_driver_stop(driver, 0) == MESOS_DRIVER_STOPPED);
  CHECK(mesos_scheduler_driver_join(driver) == MESOS_DRIVER_STOPPED);
  CHECK(mesos_scheduler_driver_start(driver) == MESOS_DRIVER_STOPPED);
  mesos_scheduler_driver_free(driver);
  CHECK(errors == 0);

  driver = make("not a master", &errors);
  CHECK(mesos_scheduler_driver_run(driver) == MESOS_DRIVER_ABORTED);
  CHECK(errors == 1);
  CHECK(strcmp(error_text, "Failed to create a master detector for 'not a master': Failed to parse 'not a master'") == 0);
  CHECK(mesos_scheduler_driver_stop(driver, 0) == MESOS_DRIVER_ABORTED);
  CHECK(mesos_scheduler_driver_join(driver) == MESOS_DRIVER_STOPPED);
  mesos_scheduler_driver_free(driver);

  mesos_executor_callbacks callbacks = {.struct_size = sizeof callbacks};
  mesos_executor_driver *executor = mesos_executor_driver_new(&callbacks, NULL);
  CHECK(mesos_executor_driver_run(executor) == MESOS_DRIVER_ABORTED);
  mesos_executor_driver_free(executor);
  return 0;
}
