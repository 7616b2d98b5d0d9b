/*
 * The C interface of libmesos: arithmetic of resources, and the texts of resources, values and attributes.
 *
 * Messages are serialised protobuf messages of the types named in the comments. The messages of package "mesos" and
 * their twins in "mesos.v1" have the same field numbers here, so every function takes and makes both alike.
 *
 * Ownership: what a function takes stays the caller's and is not kept. Handles are made by functions that return
 * mesos_resources * or mesos_resource_quantities *, belong to the caller, and end by the function that ends in _free. A
 * mesos_buffer or mesos_buffers that a function fills belongs to the caller and ends by mesos_buffer_free or
 * mesos_buffers_free.
 *
 * Threads: one handle may be read by several threads at a time, but not while another thread changes or frees it.
 *
 * Errors: functions that return a pointer answer NULL, those that return a mesos_buffer one with NULL data, and those
 * that return an int -1, when an argument is unusable or the operation cannot be done; mesos_last_error() then says why.
 */
#ifndef MESOS_RESOURCES_H
#define MESOS_RESOURCES_H

#include <mesos/mesos.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Memory ------------------------------------------------------------------------------------------------- */

/* A message or a text. One zero byte that is not counted follows the data, so a text can be read as a C string. */
typedef struct mesos_buffer {
  uint8_t *data;
  size_t length;
} mesos_buffer;

/* `items` is NULL if there are none. */
typedef struct mesos_buffers {
  mesos_buffer *items;
  size_t count;
} mesos_buffers;

/* Frees the data and makes the buffer an empty one. NULL and empty buffers are left alone. */
void mesos_buffer_free(mesos_buffer *buffer);

/* The same for the list and each of its items. */
void mesos_buffers_free(mesos_buffers *buffers);

/* ---- Resources ---------------------------------------------------------------------------------------------- */

/* A bag of resources: entries that differ only in their amount are one entry. */
typedef struct mesos_resources mesos_resources;

/* An empty bag. */
mesos_resources *mesos_resources_new(void);

/*
 * Reads "cpus:4;mem:1024;ports(web):[31000-32000]" or a JSON array of Resources. Entries without a role get
 * `default_role`; NULL stands for "*", which is unreserved.
 */
mesos_resources *mesos_resources_parse(const char *text, const char *default_role);

/*
 * Resources, in any of the forms that Mesos has for reservations. Bytes that are no Resource are an error; one that
 * mesos_resources_validate refuses, or that amounts to nothing, is left out.
 */
mesos_resources *mesos_resources_of(const mesos_bytes *resources, size_t count);

/* Resources: 0 if each is valid, else -1. */
int mesos_resources_validate(const mesos_bytes *resources, size_t count);

mesos_resources *mesos_resources_clone(const mesos_resources *resources);

/* NULL is left alone. */
void mesos_resources_free(mesos_resources *resources);

/* How many entries there are; 0 for NULL. */
size_t mesos_resources_count(const mesos_resources *resources);

/* Fills `list` with one Resource for each entry, with its reservations in the field `reservations`. 0 or -1. */
int mesos_resources_list(const mesos_resources *resources, mesos_buffers *list);

/* How many copies of a shared entry there are, 1 for other entries; 0 if there is no such entry. */
uint32_t mesos_resources_copies(const mesos_resources *resources, size_t index);

/* As Mesos prints them: "cpus:4; mem:1024", or "{}" for none. */
mesos_buffer mesos_resources_text(const mesos_resources *resources);

/* Adds to `resources`. 0 or -1. */
int mesos_resources_add(mesos_resources *resources, const mesos_resources *other);

/* Takes out of `resources`; an entry of which more is taken than there is disappears. 0 or -1. */
int mesos_resources_subtract(mesos_resources *resources, const mesos_resources *other);

/* Whether `other` can be taken out without taking too much: 1 or 0, or -1. */
int mesos_resources_contains(const mesos_resources *resources, const mesos_resources *other);

/* Whether each contains the other: 1 or 0, or -1. */
int mesos_resources_equal(const mesos_resources *resources, const mesos_resources *other);

/* New bags with the entries of a kind. */

/* Reserved to `role`; NULL: to anyone. */
mesos_resources *mesos_resources_reserved(const mesos_resources *resources, const char *role);
mesos_resources *mesos_resources_unreserved(const mesos_resources *resources);
mesos_resources *mesos_resources_revocable(const mesos_resources *resources);
mesos_resources *mesos_resources_non_revocable(const mesos_resources *resources);
mesos_resources *mesos_resources_shared(const mesos_resources *resources);
mesos_resources *mesos_resources_non_shared(const mesos_resources *resources);
mesos_resources *mesos_resources_persistent_volumes(const mesos_resources *resources);
mesos_resources *mesos_resources_scalars(const mesos_resources *resources);
/* Of that name, such as "cpus". */
mesos_resources *mesos_resources_named(const mesos_resources *resources, const char *name);
/* Unreserved, or reserved to `role` or an ancestor of it. */
mesos_resources *mesos_resources_allocatable_to(const mesos_resources *resources, const char *role);
/* Allocated to `role`. */
mesos_resources *mesos_resources_allocated_to(const mesos_resources *resources, const char *role);

/* New bags with every entry changed. */

/* Without any reservation. */
mesos_resources *mesos_resources_to_unreserved(const mesos_resources *resources);
/* Resource.ReservationInfo, put on top of what reservations there are; must refine these. */
mesos_resources *mesos_resources_push_reservation(const mesos_resources *resources, mesos_bytes reservation);
/* Without the topmost reservation; unreserved entries stay as they are. */
mesos_resources *mesos_resources_pop_reservation(const mesos_resources *resources);

/* Marks every entry as allocated to `role`. 0 or -1. */
int mesos_resources_allocate(mesos_resources *resources, const char *role);

/* Takes these marks away. 0 or -1. */
int mesos_resources_unallocate(mesos_resources *resources);

/*
 * Looks for entries that amount to `targets`, whatever their reservations, those of the targets' own role first.
 * 1: `*found` is a new bag; 0: there is not enough, `*found` is NULL; -1.
 */
int mesos_resources_find(const mesos_resources *resources, const mesos_resources *targets, mesos_resources **found);

/* Offer.Operation of type RESERVE, UNRESERVE, CREATE, DESTROY, GROW_VOLUME or SHRINK_VOLUME: a new bag with its result. */
mesos_resources *mesos_resources_apply(const mesos_resources *resources, mesos_bytes operation);

/*
 * The sum of the scalar entries of a name: "cpus", "gpus", and in megabytes "mem" and "disk".
 * 1: `*amount` is set; 0: there are none, `*amount` is 0; -1.
 */
int mesos_resources_scalar(const mesos_resources *resources, const char *name, double *amount);

/* Both ends are part of it. */
typedef struct mesos_range {
  uint64_t begin;
  uint64_t end;
} mesos_range;

/*
 * The union of the range entries of a name, such as "ports", in order. Sets `*count` to how many ranges there are, and
 * writes the first `capacity` of them to `ranges`, which may be NULL if `capacity` is 0. 1, or 0 if there are none, or
 * -1.
 */
int mesos_resources_ranges(const mesos_resources *resources, const char *name, mesos_range *ranges, size_t capacity,
                           size_t *count);

/* The sum of the entries of a name as a Value; length 0 if there are none. */
mesos_buffer mesos_resources_value(const mesos_resources *resources, const char *name);

/* ---- Quantities --------------------------------------------------------------------------------------------- */

/* Scalar amounts by name, without anything else. None is zero or less. */
typedef struct mesos_resource_quantities mesos_resource_quantities;

/* Reads "cpus:4;mem:1024"; "" for none. */
mesos_resource_quantities *mesos_resource_quantities_parse(const char *text);

/* The sums of the scalar entries. */
mesos_resource_quantities *mesos_resource_quantities_of(const mesos_resources *resources);

mesos_resource_quantities *mesos_resource_quantities_clone(const mesos_resource_quantities *quantities);

/* NULL is left alone. */
void mesos_resource_quantities_free(mesos_resource_quantities *quantities);

/* As mesos_resources_text. */
mesos_buffer mesos_resource_quantities_text(const mesos_resource_quantities *quantities);

/* 1: `*amount` is set; 0: no such name, `*amount` is 0; -1. */
int mesos_resource_quantities_get(const mesos_resource_quantities *quantities, const char *name, double *amount);

/* 0 or -1. */
int mesos_resource_quantities_add(mesos_resource_quantities *quantities, const mesos_resource_quantities *other);

/* Down to zero. 0 or -1. */
int mesos_resource_quantities_subtract(mesos_resource_quantities *quantities, const mesos_resource_quantities *other);

/* Whether there is at least as much of each name: 1 or 0, or -1. */
int mesos_resource_quantities_contains(const mesos_resource_quantities *quantities,
                                       const mesos_resource_quantities *other);

/* Whether the bag's entries of each name, of any type, reach these quantities: 1 or 0, or -1. */
int mesos_resources_contains_quantities(const mesos_resources *resources, const mesos_resource_quantities *quantities);

/* ---- Values and attributes ---------------------------------------------------------------------------------- */

/* Reads "1.5", "[1-2, 5-7]", "{a, b}" or a text: a Value. */
mesos_buffer mesos_value_parse(const char *text);

/* Value, as Mesos prints it. */
mesos_buffer mesos_value_text(mesos_bytes value);

/* Reads "rack:r1;ports:[1-2]": fills `attributes` with Attributes. 0 or -1. */
int mesos_attributes_parse(const char *text, mesos_buffers *attributes);

/* Attributes: whether each list has what the other has, in whatever order: 1 or 0, or -1. */
int mesos_attributes_equal(const mesos_bytes *left, size_t left_count, const mesos_bytes *right, size_t right_count);

/* Attribute: its value, as Mesos prints it. */
mesos_buffer mesos_attribute_text(mesos_bytes attribute);

#ifdef __cplusplus
}
#endif

#endif
