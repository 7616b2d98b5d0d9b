// Equality, order, text and hashes of the messages of package "mesos".
#ifndef MESOS_TYPE_UTILS_HPP
#define MESOS_TYPE_UTILS_HPP

#include <functional>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include <mesos/mesos.hpp>
#include <mesos/detail/protobuf_utils.hpp>

#include <stout/option.hpp>
#include <stout/stringify.hpp>
#include <stout/strings.hpp>
#include <stout/uuid.hpp>

#define MESOS_NAMESPACE ::mesos
#define MESOS_NAMESPACE_BEGIN namespace mesos {
#define MESOS_NAMESPACE_END }
#define MESOS_AGENT_ID SlaveID
#define MESOS_AGENT_INFO SlaveInfo
#include <mesos/detail/type_utils.hpp>
#undef MESOS_NAMESPACE
#undef MESOS_NAMESPACE_BEGIN
#undef MESOS_NAMESPACE_END
#undef MESOS_AGENT_ID
#undef MESOS_AGENT_INFO

#endif
