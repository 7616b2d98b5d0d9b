// The messages of package "mesos.v1.executor".
#ifndef MESOS_V1_EXECUTOR_EXECUTOR_HPP
#define MESOS_V1_EXECUTOR_EXECUTOR_HPP

#include <ostream>

// Generated code uses its own deprecated enumerators.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <mesos/v1/executor/executor.pb.h>
#pragma GCC diagnostic pop

namespace mesos {
namespace v1 {
namespace executor {

inline std::ostream& operator<<(std::ostream& stream, const Call::Type& type) {
  return stream << Call::Type_Name(type);
}

inline std::ostream& operator<<(std::ostream& stream, const Event::Type& type) {
  return stream << Event::Type_Name(type);
}

}  // namespace executor
}  // namespace v1
}  // namespace mesos

#endif
