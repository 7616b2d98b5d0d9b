// The scheduler driver of the v0 interface: what a framework implements and what it calls.
#ifndef MESOS_SCHEDULER_HPP
#define MESOS_SCHEDULER_HPP

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <mesos/mesos.hpp>
#include <mesos/scheduler/scheduler.hpp>

namespace mesos {

class SchedulerDriver;

namespace internal {
class SchedulerCore;
}  // namespace internal

// What a framework implements. All callbacks of one driver come one after the other on a thread of that driver, except
// that `error` may come inside the driver's constructor or its `start`. The driver outlives the call; a callback that
// throws aborts it.
class Scheduler {
 public:
  virtual ~Scheduler() {}

  // The first registration succeeded.
  virtual void registered(SchedulerDriver* driver, const FrameworkID& frameworkId, const MasterInfo& masterInfo) = 0;

  // Registered again, with the same or another master.
  virtual void reregistered(SchedulerDriver* driver, const MasterInfo& masterInfo) = 0;

  // The master is lost; the driver looks for one on its own.
  virtual void disconnected(SchedulerDriver* driver) = 0;

  // Each offer comes from one agent and is used, or declined, once.
  virtual void resourceOffers(SchedulerDriver* driver, const std::vector<Offer>& offers) = 0;

  // The offer must not be used any more.
  virtual void offerRescinded(SchedulerDriver* driver, const OfferID& offerId) = 0;

  // With implicit acknowledgements, returning acknowledges.
  virtual void statusUpdate(SchedulerDriver* driver, const TaskStatus& status) = 0;

  // Best effort.
  virtual void frameworkMessage(SchedulerDriver* driver, const ExecutorID& executorId, const SlaveID& slaveId,
                                const std::string& data) = 0;

  virtual void slaveLost(SchedulerDriver* driver, const SlaveID& slaveId) = 0;

  virtual void executorLost(SchedulerDriver* driver, const ExecutorID& executorId, const SlaveID& slaveId,
                            int status) = 0;

  // The driver is aborted already.
  virtual void error(SchedulerDriver* driver, const std::string& message) = 0;
};

// What a framework calls; every method answers the driver's status and may be called from any thread.
class SchedulerDriver {
 public:
  virtual ~SchedulerDriver() {}

  virtual Status start() = 0;
  // With `failover`, the framework may come back within its failover timeout; otherwise it is removed.
  virtual Status stop(bool failover = false) = 0;
  // No callback comes any more.
  virtual Status abort() = 0;
  // Waits for stop or abort.
  virtual Status join() = 0;
  // start and join.
  virtual Status run() = 0;

  virtual Status requestResources(const std::vector<Request>& requests) = 0;

  // The offers must be of one agent. What the tasks do not use returns to the master.
  virtual Status launchTasks(const std::vector<OfferID>& offerIds, const std::vector<TaskInfo>& tasks,
                             const Filters& filters = Filters()) = 0;
  virtual Status launchTasks(const OfferID& offerId, const std::vector<TaskInfo>& tasks,
                             const Filters& filters = Filters()) = 0;

  virtual Status killTask(const TaskID& taskId) = 0;

  virtual Status acceptOffers(const std::vector<OfferID>& offerIds, const std::vector<Offer::Operation>& operations,
                              const Filters& filters = Filters()) = 0;

  virtual Status declineOffer(const OfferID& offerId, const Filters& filters = Filters()) = 0;

  // Without roles: all of the framework's. An empty list has no effect.
  virtual Status reviveOffers() = 0;
  virtual Status reviveOffers(const std::vector<std::string>& roles) = 0;
  virtual Status suppressOffers() = 0;
  virtual Status suppressOffers(const std::vector<std::string>& roles) = 0;

  // With explicit acknowledgements only.
  virtual Status acknowledgeStatusUpdate(const TaskStatus& status) = 0;

  virtual Status sendFrameworkMessage(const ExecutorID& executorId, const SlaveID& slaveId,
                                      const std::string& data) = 0;

  // No statuses: all tasks.
  virtual Status reconcileTasks(const std::vector<TaskStatus>& statuses) = 0;

  virtual Status updateFramework(const FrameworkInfo& frameworkInfo, const std::vector<std::string>& suppressedRoles,
                                 ::mesos::scheduler::OfferConstraints&& offerConstraints) = 0;
};

// The driver. `scheduler` must live longer. The master is "host:port", "file:///path" or "local";
// "zk://host:port,.../path" is not built yet, and refused. Acknowledgements are implicit unless a constructor says
// otherwise.
class MesosSchedulerDriver : public SchedulerDriver {
 public:
  MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework, const std::string& master);

  MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework, const std::string& master,
                       const Credential& credential);

  MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework, const std::string& master,
                       bool implicitAcknowledgements);

  MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework, const std::string& master,
                       bool implicitAcknowledgements, const Credential& credential);

  MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                       const std::vector<std::string>& suppressedRoles, const std::string& master,
                       bool implicitAcknowledgements);

  MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                       const std::vector<std::string>& suppressedRoles, const std::string& master,
                       bool implicitAcknowledgements, const Credential& credential);

  MesosSchedulerDriver(const MesosSchedulerDriver&) = delete;
  MesosSchedulerDriver& operator=(const MesosSchedulerDriver&) = delete;

  // Ends a running driver without telling the master, as if the process had died; waits for a running callback.
  ~MesosSchedulerDriver() override;

  Status start() override;
  Status stop(bool failover = false) override;
  Status abort() override;
  Status join() override;
  Status run() override;

  Status requestResources(const std::vector<Request>& requests) override;

  Status launchTasks(const OfferID& offerId, const std::vector<TaskInfo>& tasks,
                     const Filters& filters = Filters()) override;
  Status launchTasks(const std::vector<OfferID>& offerIds, const std::vector<TaskInfo>& tasks,
                     const Filters& filters = Filters()) override;

  Status killTask(const TaskID& taskId) override;

  Status acceptOffers(const std::vector<OfferID>& offerIds, const std::vector<Offer::Operation>& operations,
                      const Filters& filters = Filters()) override;

  Status declineOffer(const OfferID& offerId, const Filters& filters = Filters()) override;

  Status reviveOffers() override;
  Status reviveOffers(const std::vector<std::string>& roles) override;
  Status suppressOffers() override;
  Status suppressOffers(const std::vector<std::string>& roles) override;

  Status acknowledgeStatusUpdate(const TaskStatus& status) override;

  Status sendFrameworkMessage(const ExecutorID& executorId, const SlaveID& slaveId, const std::string& data) override;

  Status reconcileTasks(const std::vector<TaskStatus>& statuses) override;

  Status updateFramework(const FrameworkInfo& frameworkInfo, const std::vector<std::string>& suppressedRoles,
                         ::mesos::scheduler::OfferConstraints&& offerConstraints) override;

 private:
  std::unique_ptr<internal::SchedulerCore> core;
};

}  // namespace mesos

#endif
