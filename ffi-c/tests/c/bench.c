/*
 * What the C interface costs: plays a framework against `mesos-load feed`.
 *
 * usage: bench MASTER UPDATES LAUNCHES
 * Prints one line of JSON: registered_ms (start to registered), rss_kb (then), cpu_us_per_update and, seen from here,
 * updates_per_second. The feed prints what it saw arrive.
 */
#define _DEFAULT_SOURCE

#include <mesos/mesos.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static long expected;
static long seen;
static double started, registered, cpu_before;
static long rss_kb;

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double cpu(void) {
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
         (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static long resident_kb(void) {
  long pages = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file != NULL) {
    if (fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    fclose(file);
  }
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static mesos_bytes bytes(const char *data, size_t length) {
  mesos_bytes made;
  made.data = (const uint8_t *)data;
  made.length = length;
  return made;
}

static int on_registered(void *user, mesos_scheduler_driver *driver, mesos_bytes framework, mesos_bytes master) {
  (void)user, (void)driver, (void)framework, (void)master;
  registered = now();
  rss_kb = resident_kb();
  cpu_before = cpu();
  return 0;
}

/* The last update starts the launches, on the driver's own thread as frameworks do it. */
static int on_update(void *user, mesos_scheduler_driver *driver, mesos_bytes status) {
  long launches = *(long *)user;
  /* OfferID "o"; TaskInfo { name "t", task_id "t", slave_id "s" }; Filters {} */
  mesos_bytes offer = bytes("\012\001o", 3);
  mesos_bytes task = bytes("\012\001t\022\003\012\001t\032\003\012\001s", 13);
  double took, used;
  (void)status;
  if (++seen != expected) return 0;
  took = now() - registered;
  used = cpu() - cpu_before;
  printf("{\"registered_ms\": %.2f, \"rss_kb\": %ld, \"updates_per_second\": %.0f, \"cpu_us_per_update\": %.2f}\n",
         (registered - started) * 1e3, rss_kb, (double)expected / took, used * 1e6 / (double)expected);
  fflush(stdout);
  while (launches-- > 0) mesos_scheduler_driver_launch_tasks(driver, &offer, 1, &task, 1, bytes("", 0));
  mesos_scheduler_driver_stop(driver, 0);
  return 0;
}

int main(int count, char **words) {
  mesos_scheduler_callbacks callbacks = {0};
  mesos_scheduler_config config = {0};
  mesos_scheduler_driver *driver;
  long launches;
  if (count != 4) {
    fprintf(stderr, "usage: bench MASTER UPDATES LAUNCHES\n");
    return 2;
  }
  expected = atol(words[2]);
  launches = atol(words[3]);
  callbacks.struct_size = sizeof callbacks;
  callbacks.registered = on_registered;
  callbacks.status_update = on_update;
  config.struct_size = sizeof config;
  /* FrameworkInfo { user "", name "bench" } */
  config.framework = bytes("\012\000\022\005bench", 9);
  config.master = words[1];
  driver = mesos_scheduler_driver_new(&callbacks, &launches, &config);
  if (driver == NULL) {
    fprintf(stderr, "bench: %s\n", mesos_last_error());
    return 1;
  }
  started = now();
  mesos_scheduler_driver_run(driver);
  mesos_scheduler_driver_free(driver);
  return seen == expected ? 0 : 1;
}
