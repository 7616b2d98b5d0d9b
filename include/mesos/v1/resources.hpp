// Bags of resources: parsing, queries, reservations, arithmetic.
#ifndef MESOS_V1_RESOURCES_HPP
#define MESOS_V1_RESOURCES_HPP

#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <google/protobuf/repeated_field.h>

#include <mesos/v1/mesos.hpp>
#include <mesos/v1/values.hpp>

#include <stout/bytes.hpp>
#include <stout/check.hpp>
#include <stout/error.hpp>
#include <stout/foreach.hpp>
#include <stout/hashmap.hpp>
#include <stout/lambda.hpp>
#include <stout/none.hpp>
#include <stout/nothing.hpp>
#include <stout/option.hpp>
#include <stout/stringify.hpp>
#include <stout/try.hpp>

extern "C" {
struct mesos_resources;
}

#define MESOS_NAMESPACE_BEGIN namespace mesos { namespace v1 {
#define MESOS_NAMESPACE_END }}
#include <mesos/detail/resources.hpp>
#undef MESOS_NAMESPACE_BEGIN
#undef MESOS_NAMESPACE_END

#endif
