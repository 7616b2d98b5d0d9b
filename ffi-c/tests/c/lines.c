/* Prints as an executor, and ends without giving the C library a chance to flush. */
#include <mesos/mesos.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  mesos_executor_callbacks callbacks;
  mesos_executor_driver *driver;
  memset(&callbacks, 0, sizeof callbacks);
  callbacks.struct_size = sizeof callbacks;
  driver = mesos_executor_driver_new(&callbacks, NULL);
  /* Outside of an agent it cannot run, which is no matter here. */
  if (driver == NULL || mesos_executor_driver_start(driver) != MESOS_DRIVER_ABORTED) return 1;
  printf("whole\npart");
  _Exit(0);
}
