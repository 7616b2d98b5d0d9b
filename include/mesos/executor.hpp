// The executor driver of the v0 interface: what an executor implements and what it calls.
#ifndef MESOS_EXECUTOR_HPP
#define MESOS_EXECUTOR_HPP

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <mesos/mesos.hpp>

namespace mesos {

class ExecutorDriver;

namespace internal {
class ExecutorCore;
}  // namespace internal

// What an executor implements. All callbacks come one after the other on the driver's thread; a callback that throws
// aborts the driver.
class Executor {
 public:
  virtual ~Executor() {}

  virtual void registered(ExecutorDriver* driver, const ExecutorInfo& executorInfo,
                          const FrameworkInfo& frameworkInfo, const SlaveInfo& slaveInfo) = 0;

  // The agent has restarted.
  virtual void reregistered(ExecutorDriver* driver, const SlaveInfo& slaveInfo) = 0;

  // Never called, as in the original.
  virtual void disconnected(ExecutorDriver* driver) = 0;

  // No other callback comes until this one returns: do the work on a thread of its own.
  virtual void launchTask(ExecutorDriver* driver, const TaskInfo& task) = 0;

  // The executor sends the update itself.
  virtual void killTask(ExecutorDriver* driver, const TaskID& taskId) = 0;

  virtual void frameworkMessage(ExecutorDriver* driver, const std::string& data) = 0;

  // Stop the driver soon: the process group is killed when the grace period is over.
  virtual void shutdown(ExecutorDriver* driver) = 0;

  // The driver is aborted already.
  virtual void error(ExecutorDriver* driver, const std::string& message) = 0;
};

// What an executor calls; every method answers the driver's status and may be called from any thread.
class ExecutorDriver {
 public:
  virtual ~ExecutorDriver() {}

  virtual Status start() = 0;
  virtual Status stop() = 0;
  virtual Status abort() = 0;
  virtual Status join() = 0;
  virtual Status run() = 0;

  // Repeated until the agent acknowledges; uuid and timestamp are set by the driver.
  virtual Status sendStatusUpdate(const TaskStatus& status) = 0;

  // Best effort.
  virtual Status sendFrameworkMessage(const std::string& data) = 0;
};

// The driver. `executor` must live longer. Who it is comes from the MESOS_* variables that the agent sets, or from the
// given ones.
class MesosExecutorDriver : public ExecutorDriver {
 public:
  explicit MesosExecutorDriver(Executor* executor);

  explicit MesosExecutorDriver(Executor* executor, const std::map<std::string, std::string>& environment);

  MesosExecutorDriver(const MesosExecutorDriver&) = delete;
  MesosExecutorDriver& operator=(const MesosExecutorDriver&) = delete;

  ~MesosExecutorDriver() override;

  Status start() override;
  Status stop() override;
  Status abort() override;
  Status join() override;
  Status run() override;
  Status sendStatusUpdate(const TaskStatus& status) override;
  Status sendFrameworkMessage(const std::string& data) override;

 private:
  std::unique_ptr<internal::ExecutorCore> core;
};

}  // namespace mesos

#endif
