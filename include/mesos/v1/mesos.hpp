// The messages of package "mesos.v1": equality, order, text and hashes.
#ifndef MESOS_V1_MESOS_HPP
#define MESOS_V1_MESOS_HPP

#include <functional>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include <mesos/v1/mesos.pb.h>
#include <mesos/version.hpp>
#include <mesos/detail/protobuf_utils.hpp>

#include <stout/option.hpp>
#include <stout/stringify.hpp>
#include <stout/strings.hpp>
#include <stout/uuid.hpp>

#define MESOS_NAMESPACE ::mesos::v1
#define MESOS_NAMESPACE_BEGIN namespace mesos { namespace v1 {
#define MESOS_NAMESPACE_END }}
#define MESOS_AGENT_ID AgentID
#define MESOS_AGENT_INFO AgentInfo
#include <mesos/detail/type_utils.hpp>
#undef MESOS_NAMESPACE
#undef MESOS_NAMESPACE_BEGIN
#undef MESOS_NAMESPACE_END
#undef MESOS_AGENT_ID
#undef MESOS_AGENT_INFO

#endif
