//! mesos-ffi-c
