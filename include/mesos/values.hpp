// Values of resources and attributes: arithmetic, comparison, text.
#ifndef MESOS_VALUES_HPP
#define MESOS_VALUES_HPP

#include <iosfwd>
#include <string>

#include <mesos/mesos.hpp>

#include <stout/try.hpp>

#define MESOS_NAMESPACE_BEGIN namespace mesos {
#define MESOS_NAMESPACE_END }
#include <mesos/detail/values.hpp>
#undef MESOS_NAMESPACE_BEGIN
#undef MESOS_NAMESPACE_END

#endif
