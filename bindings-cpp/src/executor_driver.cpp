// MesosExecutorDriver over the C interface. Compat: X1, X2 (the decisions are libmesos.so's).

#include <mesos/executor.hpp>

#include "upcall.hpp"
#include "wire.hpp"

namespace mesos {
namespace internal {

// The C driver and what its callbacks need. Its address is the `user` of every callback.
class ExecutorCore {
 public:
  ExecutorCore(ExecutorDriver* driver, Executor* executor) : driver(driver), executor(executor) {}

  ~ExecutorCore() { mesos_executor_driver_free(handle); }

  // What C answers. A call with a message that lacks something has no effect, so the driver stays what it is; one that
  // could not be made is aborted.
  Status answer(mesos_status status) const {
    if (status != MESOS_INVALID) return static_cast<Status>(status);
    if (handle == nullptr) return DRIVER_ABORTED;
    complain(mesos_last_error());
    return static_cast<Status>(mesos_executor_driver_status(handle));
  }

  // No environment: that of the process.
  void open(const std::map<std::string, std::string>* environment);

  // NULL until the C driver exists.
  mesos_executor_driver* handle = nullptr;

  ExecutorDriver* const driver;
  Executor* const executor;
};

namespace {

ExecutorCore* executor_of(void* user) { return static_cast<ExecutorCore*>(user); }

int registered(void* user, mesos_executor_driver*, mesos_bytes executor, mesos_bytes framework, mesos_bytes agent) {
  return upcall("registered", [=] {
    ExecutorInfo executorInfo;
    FrameworkInfo frameworkInfo;
    SlaveInfo slaveInfo;
    if (!decode(executor, &executorInfo) || !decode(framework, &frameworkInfo) || !decode(agent, &slaveInfo)) {
      return false;
    }
    executor_of(user)->executor->registered(executor_of(user)->driver, executorInfo, frameworkInfo, slaveInfo);
    return true;
  });
}

int reregistered(void* user, mesos_executor_driver*, mesos_bytes agent) {
  return upcall("reregistered", [=] {
    SlaveInfo slaveInfo;
    if (!decode(agent, &slaveInfo)) return false;
    executor_of(user)->executor->reregistered(executor_of(user)->driver, slaveInfo);
    return true;
  });
}

int launch_task(void* user, mesos_executor_driver*, mesos_bytes bytes) {
  return upcall("launchTask", [=] {
    TaskInfo task;
    if (!decode(bytes, &task)) return false;
    executor_of(user)->executor->launchTask(executor_of(user)->driver, task);
    return true;
  });
}

int kill_task(void* user, mesos_executor_driver*, mesos_bytes bytes) {
  return upcall("killTask", [=] {
    TaskID id;
    if (!decode(bytes, &id)) return false;
    executor_of(user)->executor->killTask(executor_of(user)->driver, id);
    return true;
  });
}

int framework_message(void* user, mesos_executor_driver*, mesos_bytes data) {
  return upcall("frameworkMessage", [=] {
    executor_of(user)->executor->frameworkMessage(executor_of(user)->driver, text(data));
    return true;
  });
}

int shutdown(void* user, mesos_executor_driver*) {
  return upcall("shutdown", [=] {
    executor_of(user)->executor->shutdown(executor_of(user)->driver);
    return true;
  });
}

int error(void* user, mesos_executor_driver*, const char* message) {
  return upcall("error", [=] {
    executor_of(user)->executor->error(executor_of(user)->driver, message);
    return true;
  });
}

mesos_executor_callbacks callbacks() {
  mesos_executor_callbacks table = {};
  table.struct_size = sizeof table;
  table.registered = registered;
  table.reregistered = reregistered;
  table.launch_task = launch_task;
  table.kill_task = kill_task;
  table.framework_message = framework_message;
  table.shutdown = shutdown;
  table.error = error;
  return table;
}

}  // namespace

void ExecutorCore::open(const std::map<std::string, std::string>* environment) {
  const mesos_executor_callbacks table = callbacks();
  if (environment == nullptr) {
    handle = mesos_executor_driver_new(&table, this);
  } else {
    const Environ variables(*environment);
    handle = mesos_executor_driver_new_with_environment(&table, this, variables.data());
  }
  if (handle == nullptr) error(this, nullptr, mesos_last_error());
}

}  // namespace internal

using internal::Encoded;
using internal::ExecutorCore;
using internal::lend;

MesosExecutorDriver::MesosExecutorDriver(Executor* executor) : core(new ExecutorCore(this, executor)) {
  core->open(nullptr);
}

MesosExecutorDriver::MesosExecutorDriver(Executor* executor, const std::map<std::string, std::string>& environment)
    : core(new ExecutorCore(this, executor)) {
  core->open(&environment);
}

MesosExecutorDriver::~MesosExecutorDriver() {}

Status MesosExecutorDriver::start() { return core->answer(mesos_executor_driver_start(core->handle)); }

Status MesosExecutorDriver::stop() { return core->answer(mesos_executor_driver_stop(core->handle)); }

Status MesosExecutorDriver::abort() { return core->answer(mesos_executor_driver_abort(core->handle)); }

Status MesosExecutorDriver::join() { return core->answer(mesos_executor_driver_join(core->handle)); }

// Through the virtual functions, as the original: a subclass may override them.
Status MesosExecutorDriver::run() {
  const Status status = start();
  return status != DRIVER_RUNNING ? status : join();
}

Status MesosExecutorDriver::sendStatusUpdate(const TaskStatus& status) {
  return core->answer(mesos_executor_driver_send_status_update(core->handle, Encoded(status)));
}

Status MesosExecutorDriver::sendFrameworkMessage(const std::string& data) {
  return core->answer(mesos_executor_driver_send_framework_message(core->handle, lend(data)));
}

}  // namespace mesos
