// Every message of package "mesos.executor".
#ifndef MESOS_EXECUTOR_EXECUTOR_HPP
#define MESOS_EXECUTOR_EXECUTOR_HPP

#include <mesos/executor/executor.pb.h>

#endif
