// The attributes of an agent.
#ifndef MESOS_ATTRIBUTES_HPP
#define MESOS_ATTRIBUTES_HPP

#include <iosfwd>
#include <string>

#include <mesos/mesos.hpp>

#include <stout/option.hpp>

#define MESOS_NAMESPACE_BEGIN namespace mesos {
#define MESOS_NAMESPACE_END }
#include <mesos/detail/attributes.hpp>
#undef MESOS_NAMESPACE_BEGIN
#undef MESOS_NAMESPACE_END

#endif
