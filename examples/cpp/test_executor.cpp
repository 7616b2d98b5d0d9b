// The executor of test-framework: says that each task runs, and that it has finished.

#include <iostream>
#include <string>

#include <mesos/executor.hpp>

using namespace mesos;

using std::cout;
using std::endl;

class TestExecutor : public Executor {
 public:
  void registered(ExecutorDriver*, const ExecutorInfo&, const FrameworkInfo&, const SlaveInfo& agent) override {
    cout << "Registered executor on " << agent.hostname() << endl;
  }

  void reregistered(ExecutorDriver*, const SlaveInfo& agent) override {
    cout << "Re-registered executor on " << agent.hostname() << endl;
  }

  void disconnected(ExecutorDriver*) override {}

  void launchTask(ExecutorDriver* driver, const TaskInfo& task) override {
    cout << "Starting task " << task.task_id().value() << endl;
    update(driver, task, TASK_RUNNING);
    // A real executor works here, on another thread.
    cout << "Finishing task " << task.task_id().value() << endl;
    update(driver, task, TASK_FINISHED);
  }

  void killTask(ExecutorDriver*, const TaskID&) override {}
  void frameworkMessage(ExecutorDriver*, const std::string&) override {}
  void shutdown(ExecutorDriver*) override {}
  void error(ExecutorDriver*, const std::string&) override {}

 private:
  static void update(ExecutorDriver* driver, const TaskInfo& task, TaskState state) {
    TaskStatus status;
    *status.mutable_task_id() = task.task_id();
    status.set_state(state);
    driver->sendStatusUpdate(status);
  }
};

int main() {
  TestExecutor executor;
  MesosExecutorDriver driver(&executor);
  return driver.run() == DRIVER_STOPPED ? 0 : 1;
}
