// The version of Mesos whose interface these headers offer.
#ifndef MESOS_VERSION_HPP
#define MESOS_VERSION_HPP

#define MESOS_VERSION "1.11.0"

#define MESOS_MAJOR_VERSION "1"
#define MESOS_MAJOR_VERSION_NUM 1

#define MESOS_MINOR_VERSION "11"
#define MESOS_MINOR_VERSION_NUM 11

#define MESOS_PATCH_VERSION "0"
#define MESOS_PATCH_VERSION_NUM 0

#endif
