/* What the C tests share. A failed condition names its line and ends the program with status 1. */
#ifndef CHECK_H
#define CHECK_H

#include <mesos/resources.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);         \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

static inline void check_text(const char *place, int line, mesos_buffer got, const char *wanted) {
  if (got.data == NULL || strcmp((const char *)got.data, wanted) != 0 || got.length != strlen(wanted)) {
    fprintf(stderr, "%s:%d: `%s`, not `%s` (%s)\n", place, line, got.data == NULL ? "NULL" : (const char *)got.data,
            wanted, mesos_last_error());
    exit(1);
  }
  mesos_buffer_free(&got);
}

/* Takes the buffer. */
#define CHECK_TEXT(buffer, wanted) check_text(__FILE__, __LINE__, buffer, wanted)

#endif
