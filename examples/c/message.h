/*
 * As much of protobuf as the examples need: composing messages, and finding fields in them. A larger program takes the
 * code that a protobuf compiler generates from mesos.proto.
 */
#ifndef EXAMPLES_MESSAGE_H
#define EXAMPLES_MESSAGE_H

#include <mesos/mesos.h>

#include <stdlib.h>
#include <string.h>

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* A message that is being composed. Begins as {NULL, 0, 0} and ends by message_free. */
typedef struct message {
  uint8_t *data;
  size_t length, capacity;
} message;

static inline void message_raw(message *to, const void *data, size_t length) {
  if (to->length + length > to->capacity) {
    to->capacity = (to->length + length) * 2;
    to->data = (uint8_t *)realloc(to->data, to->capacity);
    if (to->data == NULL) abort();
  }
  if (length > 0) memcpy(to->data + to->length, data, length);
  to->length += length;
}

static inline void message_varint(message *to, uint64_t number) {
  uint8_t bytes[10];
  size_t length = 0;
  do {
    bytes[length] = (uint8_t)(number & 127);
    number >>= 7;
    if (number != 0) bytes[length] |= 128;
    length++;
  } while (number != 0);
  message_raw(to, bytes, length);
}

/* An integer, bool or enum field. */
static inline void message_number(message *to, unsigned field, uint64_t number) {
  message_varint(to, field << 3 | WIRE_VARINT);
  message_varint(to, number);
}

/* A bytes or message field. */
static inline void message_bytes(message *to, unsigned field, mesos_bytes bytes) {
  message_varint(to, field << 3 | WIRE_BYTES);
  message_varint(to, bytes.length);
  message_raw(to, bytes.data, bytes.length);
}

static inline void message_text(message *to, unsigned field, const char *text) {
  mesos_bytes bytes;
  bytes.data = (const uint8_t *)text;
  bytes.length = strlen(text);
  message_bytes(to, field, bytes);
}

/* What a function of the library takes; valid until the message grows or ends. */
static inline mesos_bytes message_lend(const message *from) {
  mesos_bytes bytes;
  bytes.data = from->data;
  bytes.length = from->length;
  return bytes;
}

static inline void message_free(message *old) {
  free(old->data);
  old->data = NULL;
  old->length = old->capacity = 0;
}

/* A message field; the part ends. */
static inline void message_part(message *to, unsigned field, message *part) {
  message_bytes(to, field, message_lend(part));
  message_free(part);
}

static inline int read_varint(mesos_bytes *from, uint64_t *number) {
  unsigned shift = 0;
  *number = 0;
  while (from->length > 0 && shift < 64) {
    const uint8_t byte = *from->data++;
    from->length--;
    *number |= (uint64_t)(byte & 127) << shift;
    if (byte < 128) return 1;
    shift += 7;
  }
  return 0;
}

/* A field that was read: `bytes` for texts, bytes and messages, `number` for the others. */
typedef struct message_field {
  unsigned field;
  mesos_bytes bytes;
  uint64_t number;
} message_field;

/* Takes the next field from the front of `rest`; 0 at the end. */
static inline int message_next(mesos_bytes *rest, message_field *next) {
  uint64_t key, length = 0;
  memset(next, 0, sizeof *next);
  if (!read_varint(rest, &key)) return 0;
  next->field = (unsigned)(key >> 3);
  switch (key & 7) {
    case WIRE_VARINT:
      return read_varint(rest, &next->number);
    case WIRE_FIXED64:
      length = 8;
      break;
    case WIRE_FIXED32:
      length = 4;
      break;
    default:
      if (!read_varint(rest, &length)) return 0;
  }
  if (length > rest->length) return 0;
  next->bytes.data = rest->data;
  next->bytes.length = (size_t)length;
  rest->data += length;
  rest->length -= (size_t)length;
  return 1;
}

/* The last field of that number; one with NULL bytes and number 0 if there is none. */
static inline message_field message_find(mesos_bytes from, unsigned field) {
  message_field found, next;
  memset(&found, 0, sizeof found);
  while (message_next(&from, &next)) {
    if (next.field == field) found = next;
  }
  return found;
}

/* FrameworkID, SlaveID, OfferID, TaskID and ExecutorID all have their text in field 1. */
static inline mesos_bytes message_id(mesos_bytes id) {
  return message_find(id, 1).bytes;
}

static inline int bytes_are(mesos_bytes bytes, const char *text) {
  return bytes.length == strlen(text) && memcmp(bytes.data, text, bytes.length) == 0;
}

static inline mesos_bytes bytes_of(const char *text) {
  mesos_bytes bytes;
  bytes.data = (const uint8_t *)text;
  bytes.length = strlen(text);
  return bytes;
}

#endif
