// Runs five tasks through an executor of its own, test-executor, and ends when all have finished.
//
//   test-framework --master=HOST:PORT [--role=R] [--principal=P --secret=S --authenticate] [--checkpoint]
//
// With MESOS_EXPLICIT_ACKNOWLEDGEMENTS in its environment it acknowledges updates itself.

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <mesos/resources.hpp>
#include <mesos/scheduler.hpp>
#include <mesos/type_utils.hpp>

#include <stout/check.hpp>
#include <stout/foreach.hpp>
#include <stout/option.hpp>
#include <stout/os.hpp>
#include <stout/stringify.hpp>

#include "example_flags.hpp"

using namespace mesos;

using std::cout;
using std::endl;
using std::string;
using std::vector;

const int TASKS = 5;
const char RESOURCES_PER_TASK[] = "cpus:1;mem:128";

class TestScheduler : public Scheduler {
 public:
  TestScheduler(bool implicitAcknowledgements, const ExecutorInfo& executor, const string& role)
      : implicitAcknowledgements(implicitAcknowledgements), executor(executor), role(role) {}

  void registered(SchedulerDriver*, const FrameworkID&, const MasterInfo&) override { cout << "Registered!" << endl; }

  void reregistered(SchedulerDriver*, const MasterInfo&) override {}
  void disconnected(SchedulerDriver*) override {}

  void resourceOffers(SchedulerDriver* driver, const vector<Offer>& offers) override {
    foreach (const Offer& offer, offers) {
      cout << "Received offer " << offer.id() << " with " << offer.resources() << endl;
      driver->launchTasks(offer.id(), tasks_for(offer));
    }
  }

  void offerRescinded(SchedulerDriver*, const OfferID&) override {}

  void statusUpdate(SchedulerDriver* driver, const TaskStatus& status) override {
    cout << "Task " << status.task_id() << " is in state " << status.state() << endl;
    switch (status.state()) {
      case TASK_FINISHED:
        finished++;
        break;
      case TASK_LOST:
      case TASK_KILLED:
      case TASK_FAILED:
      case TASK_ERROR:
        cout << "Aborting because task " << status.task_id() << " is in unexpected state " << status.state()
             << " with reason " << TaskStatus::Reason_Name(status.reason()) << " from source "
             << TaskStatus::Source_Name(status.source()) << " with message '" << status.message() << "'" << endl;
        driver->abort();
        break;
      default:
        break;
    }
    if (!implicitAcknowledgements) driver->acknowledgeStatusUpdate(status);
    if (finished == TASKS) driver->stop();
  }

  void frameworkMessage(SchedulerDriver*, const ExecutorID&, const SlaveID&, const string&) override {}
  void slaveLost(SchedulerDriver*, const SlaveID&) override {}
  void executorLost(SchedulerDriver*, const ExecutorID&, const SlaveID&, int) override {}

  void error(SchedulerDriver*, const string& message) override { cout << message << endl; }

 private:
  // As many tasks as are left and as the offer holds.
  vector<TaskInfo> tasks_for(const Offer& offer) {
    Resources wanted = Resources::parse(RESOURCES_PER_TASK).get();
    wanted.allocate(role);
    Resources remaining = offer.resources();
    vector<TaskInfo> tasks;
    while (launched < TASKS && remaining.toUnreserved().contains(wanted)) {
      const Option<Resources> found = remaining.find(own(wanted));
      CHECK_SOME(found);
      remaining -= found.get();
      cout << "Launching task " << launched << " using offer " << offer.id() << endl;
      TaskInfo task;
      task.set_name("Task " + stringify(launched));
      task.mutable_task_id()->set_value(stringify(launched));
      *task.mutable_slave_id() = offer.slave_id();
      *task.mutable_executor() = executor;
      *task.mutable_resources() = found.get();
      tasks.push_back(task);
      launched++;
    }
    return tasks;
  }

  // What is reserved to our role goes first.
  Resources own(const Resources& wanted) const {
    if (role == "*") return wanted;
    Resource::ReservationInfo reservation;
    reservation.set_type(Resource::ReservationInfo::STATIC);
    reservation.set_role(role);
    return wanted.pushReservation(reservation);
  }

  const bool implicitAcknowledgements;
  const ExecutorInfo executor;
  const string role;
  int launched = 0;
  int finished = 0;
};

int main(int argc, char** argv) {
  ExampleFlags flags;
  flags.load_or_exit(argc, argv);
  flags.configure_local();

  ExecutorInfo executor;
  executor.mutable_executor_id()->set_value("default");
  executor.mutable_command()->set_value(sibling(argv[0], "test-executor"));
  executor.set_name("Test Executor (C++)");

  FrameworkInfo framework;
  framework.set_user("");  // The library fills in the current user.
  framework.set_principal(flags.principal);
  framework.set_name("Test Framework (C++)");
  framework.add_roles(flags.role);
  framework.add_capabilities()->set_type(FrameworkInfo::Capability::MULTI_ROLE);
  framework.add_capabilities()->set_type(FrameworkInfo::Capability::RESERVATION_REFINEMENT);
  framework.set_checkpoint(flags.checkpoint);

  const bool implicitAcknowledgements = os::getenv("MESOS_EXPLICIT_ACKNOWLEDGEMENTS").isNone();
  if (!implicitAcknowledgements) cout << "Enabling explicit acknowledgements for status updates" << endl;

  TestScheduler scheduler(implicitAcknowledgements, executor, flags.role);
  const Option<Credential> credential = flags.credential<Credential>();
  std::unique_ptr<MesosSchedulerDriver> driver;
  if (credential.isSome()) {
    cout << "Enabling authentication for the framework" << endl;
    driver.reset(new MesosSchedulerDriver(&scheduler, framework, flags.master, implicitAcknowledgements,
                                          credential.get()));
  } else {
    driver.reset(new MesosSchedulerDriver(&scheduler, framework, flags.master, implicitAcknowledgements));
  }

  const int status = driver->run() == DRIVER_STOPPED ? EXIT_SUCCESS : EXIT_FAILURE;
  driver->stop();
  return status;
}
