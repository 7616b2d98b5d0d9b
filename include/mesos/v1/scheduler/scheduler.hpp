// Every message of package "mesos.v1.scheduler".
#ifndef MESOS_V1_SCHEDULER_SCHEDULER_HPP
#define MESOS_V1_SCHEDULER_SCHEDULER_HPP

// Generated code uses its own deprecated enumerators.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <mesos/v1/scheduler/scheduler.pb.h>
#pragma GCC diagnostic pop

#endif
