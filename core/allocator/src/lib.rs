//! mesos-allocator
