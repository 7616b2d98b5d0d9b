// Every message of package "mesos.scheduler".
#ifndef MESOS_SCHEDULER_SCHEDULER_HPP
#define MESOS_SCHEDULER_SCHEDULER_HPP

// Generated code uses its own deprecated enumerators.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <mesos/scheduler/scheduler.pb.h>
#pragma GCC diagnostic pop

#endif
