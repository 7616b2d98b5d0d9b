// Bags of resources, in both packages, over the C interface.

// The older form of reservations is deprecated, not gone.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#include <algorithm>
#include <mutex>
#include <ostream>
#include <utility>

#include <mesos/resources.hpp>
#include <mesos/roles.hpp>
#include <mesos/v1/resources.hpp>

#include "buffers.hpp"

#define MESOS_NAMESPACE_BEGIN namespace mesos {
#define MESOS_NAMESPACE_END }
#include "resources_body.hpp"
#include "resources_of_one_body.hpp"
#undef MESOS_NAMESPACE_BEGIN
#undef MESOS_NAMESPACE_END

#define MESOS_NAMESPACE_BEGIN namespace mesos { namespace v1 {
#define MESOS_NAMESPACE_END }}
#include "resources_body.hpp"
#include "resources_of_one_body.hpp"
