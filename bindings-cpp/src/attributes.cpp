// The attributes of an agent, in both packages.

#include <ostream>
#include <stdexcept>

#include <mesos/attributes.hpp>
#include <mesos/v1/attributes.hpp>
#include <mesos/v1/values.hpp>
#include <mesos/values.hpp>

#include "buffers.hpp"

#define MESOS_NAMESPACE_BEGIN namespace mesos {
#define MESOS_NAMESPACE_END }
#include "attributes_body.hpp"
#undef MESOS_NAMESPACE_BEGIN
#undef MESOS_NAMESPACE_END

#define MESOS_NAMESPACE_BEGIN namespace mesos { namespace v1 {
#define MESOS_NAMESPACE_END }}
#include "attributes_body.hpp"
