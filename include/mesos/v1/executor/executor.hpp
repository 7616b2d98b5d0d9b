// Every message of package "mesos.v1.executor".
#ifndef MESOS_V1_EXECUTOR_EXECUTOR_HPP
#define MESOS_V1_EXECUTOR_EXECUTOR_HPP

// Generated code uses its own deprecated enumerators.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <mesos/v1/executor/executor.pb.h>
#pragma GCC diagnostic pop

#endif
