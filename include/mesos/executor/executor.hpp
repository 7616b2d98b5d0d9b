// The messages of package "mesos.executor".
#ifndef MESOS_EXECUTOR_EXECUTOR_HPP
#define MESOS_EXECUTOR_EXECUTOR_HPP

#include <ostream>

#include <mesos/executor/executor.pb.h>

namespace mesos {
namespace executor {

inline std::ostream& operator<<(std::ostream& stream, const Call::Type& type) {
  return stream << Call::Type_Name(type);
}

inline std::ostream& operator<<(std::ostream& stream, const Event::Type& type) {
  return stream << Event::Type_Name(type);
}

}  // namespace executor
}  // namespace mesos

#endif
