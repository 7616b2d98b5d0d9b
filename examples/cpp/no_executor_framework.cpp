// Runs commands without an executor of its own: a number of them, or as many as fit, for ever.
//
//   no-executor-framework --master=HOST:PORT [--command=C] [--task_resources=R] [--task_revocable_resources=R]
//                         [--num_tasks=N]   and the flags of all examples

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <mesos/resources.hpp>
#include <mesos/scheduler.hpp>
#include <mesos/type_utils.hpp>

#include <stout/exit.hpp>
#include <stout/foreach.hpp>
#include <stout/hashset.hpp>
#include <stout/option.hpp>
#include <stout/stringify.hpp>

#include "example_flags.hpp"

using namespace mesos;

using std::cerr;
using std::endl;
using std::string;
using std::vector;

class Flags : public virtual ExampleFlags {
 public:
  Flags() {
    add(&Flags::command, "command", "What each task runs.", "echo hello");
    add(&Flags::task_resources, "task_resources", "What each task gets.", "cpus:0.1;mem:32;disk:32");
    add(&Flags::task_revocable_resources, "task_revocable_resources", "What each task gets of revocable resources.");
    add(&Flags::num_tasks, "num_tasks", "How many tasks to run; without it, as many as fit, for ever.");
  }

  string command;
  string task_resources;
  Option<string> task_revocable_resources;
  Option<size_t> num_tasks;
};

bool is_terminal(TaskState state) {
  switch (state) {
    case TASK_FINISHED:
    case TASK_FAILED:
    case TASK_KILLED:
    case TASK_ERROR:
    case TASK_LOST:
    case TASK_DROPPED:
    case TASK_GONE:
      return true;
    default:
      return false;
  }
}

class NoExecutorScheduler : public Scheduler {
 public:
  NoExecutorScheduler(const string& command, const Resources& perTask, const Option<size_t>& total)
      : command(command), perTask(perTask), total(total) {}

  void registered(SchedulerDriver*, const FrameworkID& frameworkId, const MasterInfo& master) override {
    cerr << "Registered with master " << master.pid() << " and got framework ID " << frameworkId << endl;
  }

  void reregistered(SchedulerDriver*, const MasterInfo& master) override {
    cerr << "Reregistered with master " << master.pid() << endl;
  }

  void disconnected(SchedulerDriver*) override { cerr << "Disconnected!" << endl; }

  void resourceOffers(SchedulerDriver* driver, const vector<Offer>& offers) override {
    foreach (const Offer& offer, offers) {
      cerr << "Received offer " << offer.id() << " from agent " << offer.slave_id() << " (" << offer.hostname()
           << ") with " << offer.resources() << endl;
      driver->acceptOffers({offer.id()}, {launch_on(offer)});
    }
  }

  void offerRescinded(SchedulerDriver*, const OfferID& offerId) override {
    cerr << "Offer " << offerId << " has been rescinded" << endl;
  }

  void statusUpdate(SchedulerDriver* driver, const TaskStatus& status) override {
    if (!active.contains(status.task_id())) {
      cerr << "Unknown task '" << status.task_id() << "' is in state " << status.state() << endl;
      return;
    }
    cerr << "Task '" << status.task_id() << "' is in state " << status.state();
    if (status.has_message()) cerr << " with message '" << status.message() << "'";
    cerr << endl;
    if (!is_terminal(status.state())) return;
    active.erase(status.task_id());
    terminated++;
    if (status.state() == TASK_FINISHED) finished++;
    if (total.isNone() || terminated != total.get()) return;
    if (finished < terminated) {
      EXIT(EXIT_FAILURE) << "Failed to complete successfully: " << terminated - finished << " of " << total.get()
                         << " terminated abnormally";
    }
    driver->stop();
  }

  void frameworkMessage(SchedulerDriver*, const ExecutorID& executorId, const SlaveID& agentId,
                        const string& data) override {
    EXIT(EXIT_FAILURE) << "Received framework message from executor '" << executorId << "' on agent " << agentId
                       << ": '" << data << "'";
  }

  void slaveLost(SchedulerDriver*, const SlaveID& agentId) override { cerr << "Lost agent " << agentId << endl; }

  void executorLost(SchedulerDriver*, const ExecutorID& executorId, const SlaveID& agentId, int status) override {
    cerr << "Lost executor '" << executorId << "' on agent " << agentId << ", wait status " << status << endl;
  }

  void error(SchedulerDriver*, const string& message) override { cerr << message << endl; }

 private:
  // As many tasks as are left and as the offer holds.
  Offer::Operation launch_on(const Offer& offer) {
    Offer::Operation operation;
    operation.set_type(Offer::Operation::LAUNCH);
    operation.mutable_launch();
    Resources remaining = offer.resources();
    while (remaining.contains(perTask) && (total.isNone() || launched < total.get())) {
      TaskInfo* task = operation.mutable_launch()->add_task_infos();
      task->mutable_task_id()->set_value(stringify(launched));
      task->set_name(command);
      *task->mutable_slave_id() = offer.slave_id();
      *task->mutable_resources() = perTask;
      task->mutable_command()->set_shell(true);
      task->mutable_command()->set_value(command);
      remaining -= perTask;
      active.insert(task->task_id());
      launched++;
    }
    return operation;
  }

  const string command;
  const Resources perTask;
  const Option<size_t> total;
  hashset<TaskID> active;
  size_t launched = 0;
  size_t finished = 0;
  size_t terminated = 0;
};

Resources resources_of(const Flags& flags) {
  const Try<Resources> plain = Resources::parse(flags.task_resources);
  if (plain.isError()) EXIT(EXIT_FAILURE) << "Invalid '--task_resources': " << plain.error();
  Resources all = plain.get();
  if (flags.task_revocable_resources.isSome()) {
    const Try<Resources> revocable = Resources::parse(flags.task_revocable_resources.get());
    if (revocable.isError()) EXIT(EXIT_FAILURE) << "Invalid '--task_revocable_resources': " << revocable.error();
    foreach (Resource resource, revocable.get()) {
      resource.mutable_revocable();
      all += resource;
    }
  }
  all.allocate(flags.role);
  return all;
}

int main(int argc, char** argv) {
  Flags flags;
  flags.load_or_exit(argc, argv);
  flags.configure_local();

  FrameworkInfo framework;
  framework.set_user("");  // The library fills in the current user.
  framework.set_principal(flags.principal);
  framework.set_name("No Executor Framework");
  framework.set_checkpoint(flags.checkpoint);
  framework.add_roles(flags.role);
  framework.add_capabilities()->set_type(FrameworkInfo::Capability::MULTI_ROLE);
  framework.add_capabilities()->set_type(FrameworkInfo::Capability::RESERVATION_REFINEMENT);
  if (flags.task_revocable_resources.isSome()) {
    framework.add_capabilities()->set_type(FrameworkInfo::Capability::REVOCABLE_RESOURCES);
  }

  NoExecutorScheduler scheduler(flags.command, resources_of(flags), flags.num_tasks);
  const Option<Credential> credential = flags.credential<Credential>();
  std::unique_ptr<MesosSchedulerDriver> driver;
  if (credential.isSome()) {
    driver.reset(new MesosSchedulerDriver(&scheduler, framework, flags.master, credential.get()));
  } else {
    driver.reset(new MesosSchedulerDriver(&scheduler, framework, flags.master));
  }

  const int status = driver->run() == DRIVER_STOPPED ? EXIT_SUCCESS : EXIT_FAILURE;
  driver->stop();
  return status;
}
