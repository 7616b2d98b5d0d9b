/* Resources, quantities, values and attributes through the C interface. Exit status 0 = all held. */
#include "check.h"

static mesos_resources *parsed(const char *text) {
  mesos_resources *resources = mesos_resources_parse(text, NULL);
  if (resources == NULL) fprintf(stderr, "%s: %s\n", text, mesos_last_error());
  CHECK(resources != NULL);
  return resources;
}

/* Frees the bag. */
#define CHECK_BAG(bag, wanted)                        \
  do {                                                \
    mesos_resources *bag_ = (bag);                    \
    CHECK_TEXT(mesos_resources_text(bag_), wanted);   \
    mesos_resources_free(bag_);                       \
  } while (0)

static void arithmetic(void) {
  mesos_resources *total = parsed("cpus:4;mem:1024;ports:[31000-32000]");
  mesos_resources *part = parsed("cpus:0.1;ports:[31000-31009]");
  mesos_resources *copy = mesos_resources_clone(total);
  CHECK(mesos_resources_count(total) == 3);
  CHECK(mesos_resources_contains(total, part) == 1);
  CHECK(mesos_resources_contains(part, total) == 0);
  CHECK(mesos_resources_equal(total, copy) == 1);
  CHECK(mesos_resources_subtract(total, part) == 0);
  CHECK_TEXT(mesos_resources_text(total), "cpus:3.9; mem:1024; ports:[31010-32000]");
  CHECK(mesos_resources_equal(total, copy) == 0);
  CHECK(mesos_resources_add(total, part) == 0);
  CHECK(mesos_resources_equal(total, copy) == 1);
  CHECK(mesos_resources_add(total, total) == 0);
  CHECK_TEXT(mesos_resources_text(total), "cpus:8; mem:2048; ports:[31000-32000]");
  CHECK(mesos_resources_subtract(total, total) == 0);
  CHECK_TEXT(mesos_resources_text(total), "{}");
  mesos_resources_free(copy);
  mesos_resources_free(part);
  mesos_resources_free(total);
}

static void amounts(void) {
  mesos_resources *bag = parsed("cpus:4;cpus(web):1.5;mem:1024;ports(web):[5-6];ports:[1-2,8-9];zones:{a, b}");
  mesos_range ranges[2];
  mesos_buffer value;
  mesos_bytes lent;
  double amount = 7;
  size_t count = 7;
  CHECK(mesos_resources_scalar(bag, "cpus", &amount) == 1 && amount == 5.5);
  CHECK(mesos_resources_scalar(bag, "gpus", &amount) == 0 && amount == 0);
  CHECK(mesos_resources_ranges(bag, "ports", ranges, 2, &count) == 1 && count == 3);
  CHECK(ranges[0].begin == 1 && ranges[0].end == 2 && ranges[1].begin == 5 && ranges[1].end == 6);
  CHECK(mesos_resources_ranges(bag, "ports", NULL, 0, &count) == 1 && count == 3);
  CHECK(mesos_resources_ranges(bag, "cpus", NULL, 0, &count) == 0 && count == 0);
  value = mesos_resources_value(bag, "zones");
  lent.data = value.data;
  lent.length = value.length;
  CHECK_TEXT(mesos_value_text(lent), "{a, b}");
  mesos_buffer_free(&value);
  CHECK(value.data == NULL && value.length == 0);
  value = mesos_resources_value(bag, "disk");
  CHECK(value.data != NULL && value.length == 0);
  mesos_buffer_free(&value);
  mesos_resources_free(bag);
}

static void filters(void) {
  mesos_resources *bag = parsed("cpus:4;cpus(web):1;mem(db):64;ports(web):[5-6]");
  CHECK_BAG(mesos_resources_reserved(bag, "web"),
            "cpus(reservations: [(STATIC,web)]):1; ports(reservations: [(STATIC,web)]):[5-6]");
  CHECK_BAG(mesos_resources_unreserved(bag), "cpus:4");
  CHECK_BAG(mesos_resources_named(bag, "mem"), "mem(reservations: [(STATIC,db)]):64");
  CHECK_BAG(mesos_resources_allocatable_to(bag, "db/x"), "cpus:4; mem(reservations: [(STATIC,db)]):64");
  CHECK_BAG(mesos_resources_revocable(bag), "{}");
  CHECK_BAG(mesos_resources_shared(bag), "{}");
  CHECK_BAG(mesos_resources_persistent_volumes(bag), "{}");
  CHECK_BAG(mesos_resources_to_unreserved(bag), "cpus:5; mem:64; ports:[5-6]");
  {
    mesos_resources *any = mesos_resources_reserved(bag, NULL);
    mesos_resources *scalars = mesos_resources_scalars(bag);
    mesos_resources *rest = mesos_resources_non_revocable(bag);
    mesos_resources *single = mesos_resources_non_shared(bag);
    CHECK(mesos_resources_count(any) == 3 && mesos_resources_count(scalars) == 3);
    CHECK(mesos_resources_equal(rest, bag) == 1 && mesos_resources_equal(single, bag) == 1);
    mesos_resources_free(any);
    mesos_resources_free(scalars);
    mesos_resources_free(rest);
    mesos_resources_free(single);
  }
  CHECK(mesos_resources_allocate(bag, "web") == 0);
  CHECK_BAG(mesos_resources_allocated_to(bag, "db"), "{}");
  {
    mesos_resources *allocated = mesos_resources_allocated_to(bag, "web");
    CHECK(mesos_resources_equal(allocated, bag) == 1);
    CHECK(mesos_resources_unallocate(allocated) == 0);
    CHECK(mesos_resources_equal(allocated, bag) == 0);
    mesos_resources_free(allocated);
  }
  mesos_resources_free(bag);
}

/* Resource.ReservationInfo {type: DYNAMIC, role: "web"} */
static const uint8_t dynamic[] = {0x20, 2, 0x1a, 3, 'w', 'e', 'b'};

static void reservations(void) {
  mesos_bytes reservation = {dynamic, sizeof dynamic};
  mesos_resources *bag = parsed("cpus:2");
  mesos_resources *reserved = mesos_resources_push_reservation(bag, reservation);
  mesos_resources *found;
  CHECK_TEXT(mesos_resources_text(reserved), "cpus(reservations: [(DYNAMIC,web)]):2");
  /* The same role again refines nothing. */
  CHECK(mesos_resources_push_reservation(reserved, reservation) == NULL);
  CHECK(strstr(mesos_last_error(), "is not a refinement of") != NULL);
  CHECK_BAG(mesos_resources_pop_reservation(reserved), "cpus:2");
  CHECK(mesos_resources_find(reserved, bag, &found) == 1);
  CHECK(mesos_resources_equal(found, reserved) == 1);
  mesos_resources_free(found);
  CHECK(mesos_resources_add(bag, bag) == 0);
  CHECK(mesos_resources_find(reserved, bag, &found) == 0 && found == NULL);
  mesos_resources_free(reserved);
  mesos_resources_free(bag);
}

/* Offer.Operation {type: UNRESERVE, unreserve {resources: one Resource}} */
static mesos_bytes unreserve(mesos_buffer resource, uint8_t *room) {
  mesos_bytes operation;
  const uint8_t length = (uint8_t)resource.length;
  const uint8_t head[] = {0x08, 3, 0x22, (uint8_t)(length + 2), 0x0a, length};
  CHECK(resource.length < 100);
  memcpy(room, head, sizeof head);
  memcpy(room + sizeof head, resource.data, resource.length);
  operation.data = room;
  operation.length = sizeof head + resource.length;
  return operation;
}

static void operations_and_bytes(void) {
  mesos_bytes reservation = {dynamic, sizeof dynamic};
  mesos_resources *plain = parsed("cpus:2"), *reserved, *back, *unreserved;
  mesos_buffers list;
  mesos_bytes bytes, operation;
  uint8_t room[128];
  reserved = mesos_resources_push_reservation(plain, reservation);
  CHECK(mesos_resources_list(reserved, &list) == 0 && list.count == 1);
  CHECK(mesos_resources_copies(reserved, 0) == 1 && mesos_resources_copies(reserved, 1) == 0);
  bytes.data = list.items[0].data;
  bytes.length = list.items[0].length;
  CHECK(mesos_resources_validate(&bytes, 1) == 0);
  back = mesos_resources_of(&bytes, 1);
  CHECK(mesos_resources_equal(back, reserved) == 1);
  operation = unreserve(list.items[0], room);
  unreserved = mesos_resources_apply(reserved, operation);
  CHECK(mesos_resources_equal(unreserved, plain) == 1);
  CHECK(mesos_resources_apply(plain, operation) == NULL);
  CHECK(strstr(mesos_last_error(), "does not contain") != NULL);
  mesos_buffers_free(&list);
  CHECK(list.items == NULL && list.count == 0);
  mesos_resources_free(plain);
  mesos_resources_free(reserved);
  mesos_resources_free(unreserved);
  mesos_resources_free(back);
}

static void json(void) {
  CHECK_BAG(mesos_resources_parse("[{\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":3}}]", "web"),
            "cpus(reservations: [(STATIC,web)]):3");
}

static void quantities(void) {
  mesos_resources *bag = parsed("cpus:4;cpus(web):1;mem:64;ports:[1-2]");
  mesos_resource_quantities *have = mesos_resource_quantities_of(bag);
  mesos_resource_quantities *want = mesos_resource_quantities_parse("cpus:5;mem:65");
  mesos_resource_quantities *copy = mesos_resource_quantities_clone(have);
  double amount;
  CHECK_TEXT(mesos_resource_quantities_text(have), "cpus:5; mem:64");
  CHECK(mesos_resource_quantities_get(have, "cpus", &amount) == 1 && amount == 5);
  CHECK(mesos_resource_quantities_get(have, "disk", &amount) == 0 && amount == 0);
  CHECK(mesos_resource_quantities_contains(have, want) == 0);
  CHECK(mesos_resources_contains_quantities(bag, want) == 0);
  CHECK(mesos_resource_quantities_add(have, have) == 0);
  CHECK(mesos_resource_quantities_contains(have, want) == 1);
  CHECK(mesos_resource_quantities_subtract(have, want) == 0);
  CHECK_TEXT(mesos_resource_quantities_text(have), "cpus:5; mem:63");
  CHECK(mesos_resources_contains_quantities(bag, have) == 1);
  CHECK_TEXT(mesos_resource_quantities_text(copy), "cpus:5; mem:64");
  mesos_resource_quantities_free(have);
  mesos_resource_quantities_free(want);
  mesos_resource_quantities_free(copy);
  mesos_resources_free(bag);
}

static void check_value(const char *text, const char *printed) {
  mesos_buffer value = mesos_value_parse(text);
  mesos_bytes lent;
  lent.data = value.data;
  lent.length = value.length;
  CHECK(value.data != NULL);
  CHECK_TEXT(mesos_value_text(lent), printed);
  mesos_buffer_free(&value);
}

static void attributes(void) {
  mesos_buffers left, right;
  mesos_bytes a[2], b[2];
  size_t i;
  CHECK(mesos_attributes_parse("rack:r1;n:2.0", &left) == 0 && left.count == 2);
  CHECK(mesos_attributes_parse("n:2;rack:r1", &right) == 0 && right.count == 2);
  for (i = 0; i < 2; i++) {
    a[i].data = left.items[i].data;
    a[i].length = left.items[i].length;
    b[i].data = right.items[i].data;
    b[i].length = right.items[i].length;
  }
  CHECK_TEXT(mesos_attribute_text(a[0]), "r1");
  CHECK(mesos_attributes_equal(a, 2, b, 2) == 1);
  CHECK(mesos_attributes_equal(a, 1, b, 1) == 0);
  mesos_buffers_free(&left);
  mesos_buffers_free(&right);
  CHECK(mesos_attributes_parse("", &left) == 0 && left.count == 0 && left.items == NULL);
}

int main(void) {
  arithmetic();
  amounts();
  filters();
  reservations();
  operations_and_bytes();
  json();
  quantities();
  check_value("1.50", "1.5");
  check_value("[5-7, 1-2]", "[1-2, 5-7]");
  check_value("{a,b}", "{a, b}");
  check_value("rack-1", "rack-1");
  attributes();
  return 0;
}
