// MesosSchedulerDriver over the C interface. Compat: S1, S13, S20 (the decisions are libmesos.so's).

#include <mesos/scheduler.hpp>

#include "upcall.hpp"
#include "wire.hpp"

namespace mesos {
namespace internal {

// The C driver and what its callbacks need. Its address is the `user` of every callback.
class SchedulerCore {
 public:
  SchedulerCore(SchedulerDriver* driver, Scheduler* scheduler) : driver(driver), scheduler(scheduler) {}

  ~SchedulerCore() { mesos_scheduler_driver_free(handle); }

  // What C answers. A call with a message that lacks something has no effect, so the driver stays what it is; one that
  // could not be made is aborted.
  Status answer(mesos_status status) const {
    if (status != MESOS_INVALID) return static_cast<Status>(status);
    if (handle == nullptr) return DRIVER_ABORTED;
    complain(mesos_last_error());
    return static_cast<Status>(mesos_scheduler_driver_status(handle));
  }

  void open(const FrameworkInfo& framework, const std::vector<std::string>& suppressedRoles, const std::string& master,
            bool implicitAcknowledgements, const Credential* credential);

  // NULL until the C driver exists, which is so inside an `error` of the constructor, and for ever if none was made.
  mesos_scheduler_driver* handle = nullptr;

  SchedulerDriver* const driver;
  Scheduler* const scheduler;
};

namespace {

SchedulerCore* core_of(void* user) { return static_cast<SchedulerCore*>(user); }

int registered(void* user, mesos_scheduler_driver*, mesos_bytes framework_id, mesos_bytes master) {
  return upcall("registered", [=] {
    FrameworkID id;
    MasterInfo info;
    if (!decode(framework_id, &id) || !decode(master, &info)) return false;
    core_of(user)->scheduler->registered(core_of(user)->driver, id, info);
    return true;
  });
}

int reregistered(void* user, mesos_scheduler_driver*, mesos_bytes master) {
  return upcall("reregistered", [=] {
    MasterInfo info;
    if (!decode(master, &info)) return false;
    core_of(user)->scheduler->reregistered(core_of(user)->driver, info);
    return true;
  });
}

int disconnected(void* user, mesos_scheduler_driver*) {
  return upcall("disconnected", [=] {
    core_of(user)->scheduler->disconnected(core_of(user)->driver);
    return true;
  });
}

int resource_offers(void* user, mesos_scheduler_driver*, const mesos_bytes* items, size_t count) {
  return upcall("resourceOffers", [=] {
    std::vector<Offer> offers;
    if (!decode(items, count, &offers)) return false;
    core_of(user)->scheduler->resourceOffers(core_of(user)->driver, offers);
    return true;
  });
}

int offer_rescinded(void* user, mesos_scheduler_driver*, mesos_bytes offer_id) {
  return upcall("offerRescinded", [=] {
    OfferID id;
    if (!decode(offer_id, &id)) return false;
    core_of(user)->scheduler->offerRescinded(core_of(user)->driver, id);
    return true;
  });
}

int status_update(void* user, mesos_scheduler_driver*, mesos_bytes bytes) {
  return upcall("statusUpdate", [=] {
    TaskStatus status;
    if (!decode(bytes, &status)) return false;
    core_of(user)->scheduler->statusUpdate(core_of(user)->driver, status);
    return true;
  });
}

int framework_message(void* user, mesos_scheduler_driver*, mesos_bytes executor_id, mesos_bytes agent_id,
                      mesos_bytes data) {
  return upcall("frameworkMessage", [=] {
    ExecutorID executor;
    SlaveID agent;
    if (!decode(executor_id, &executor) || !decode(agent_id, &agent)) return false;
    core_of(user)->scheduler->frameworkMessage(core_of(user)->driver, executor, agent, text(data));
    return true;
  });
}

int slave_lost(void* user, mesos_scheduler_driver*, mesos_bytes agent_id) {
  return upcall("slaveLost", [=] {
    SlaveID agent;
    if (!decode(agent_id, &agent)) return false;
    core_of(user)->scheduler->slaveLost(core_of(user)->driver, agent);
    return true;
  });
}

int executor_lost(void* user, mesos_scheduler_driver*, mesos_bytes executor_id, mesos_bytes agent_id, int status) {
  return upcall("executorLost", [=] {
    ExecutorID executor;
    SlaveID agent;
    if (!decode(executor_id, &executor) || !decode(agent_id, &agent)) return false;
    core_of(user)->scheduler->executorLost(core_of(user)->driver, executor, agent, status);
    return true;
  });
}

int error(void* user, mesos_scheduler_driver*, const char* message) {
  return upcall("error", [=] {
    core_of(user)->scheduler->error(core_of(user)->driver, message);
    return true;
  });
}

mesos_scheduler_callbacks callbacks() {
  mesos_scheduler_callbacks table = {};
  table.struct_size = sizeof table;
  table.registered = registered;
  table.reregistered = reregistered;
  table.disconnected = disconnected;
  table.resource_offers = resource_offers;
  table.offer_rescinded = offer_rescinded;
  table.status_update = status_update;
  table.framework_message = framework_message;
  table.slave_lost = slave_lost;
  table.executor_lost = executor_lost;
  table.error = error;
  return table;
}

}  // namespace

void SchedulerCore::open(const FrameworkInfo& framework, const std::vector<std::string>& suppressedRoles,
                         const std::string& master, bool implicitAcknowledgements, const Credential* credential) {
  const Encoded encoded(framework);
  const Encoded secret(credential != nullptr ? *credential : Credential());
  const TextList roles(suppressedRoles);
  mesos_scheduler_config config = {};
  config.struct_size = sizeof config;
  config.framework = encoded;
  config.master = master.c_str();
  config.credential = credential != nullptr ? static_cast<mesos_bytes>(secret) : nothing();
  config.explicit_acknowledgements = implicitAcknowledgements ? 0 : 1;
  config.suppressed_roles = roles.data();
  config.suppressed_roles_count = roles.size();
  const mesos_scheduler_callbacks table = callbacks();
  handle = mesos_scheduler_driver_new(&table, this, &config);
  if (handle == nullptr) error(this, nullptr, mesos_last_error());
}

}  // namespace internal

using internal::Encoded;
using internal::EncodedList;
using internal::SchedulerCore;
using internal::TextList;
using internal::lend;

MesosSchedulerDriver::MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                                           const std::string& master)
    : core(new SchedulerCore(this, scheduler)) {
  core->open(framework, {}, master, true, nullptr);
}

MesosSchedulerDriver::MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                                           const std::string& master, const Credential& credential)
    : core(new SchedulerCore(this, scheduler)) {
  core->open(framework, {}, master, true, &credential);
}

MesosSchedulerDriver::MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                                           const std::string& master, bool implicitAcknowledgements)
    : core(new SchedulerCore(this, scheduler)) {
  core->open(framework, {}, master, implicitAcknowledgements, nullptr);
}

MesosSchedulerDriver::MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                                           const std::string& master, bool implicitAcknowledgements,
                                           const Credential& credential)
    : core(new SchedulerCore(this, scheduler)) {
  core->open(framework, {}, master, implicitAcknowledgements, &credential);
}

MesosSchedulerDriver::MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                                           const std::vector<std::string>& suppressedRoles, const std::string& master,
                                           bool implicitAcknowledgements)
    : core(new SchedulerCore(this, scheduler)) {
  core->open(framework, suppressedRoles, master, implicitAcknowledgements, nullptr);
}

MesosSchedulerDriver::MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                                           const std::vector<std::string>& suppressedRoles, const std::string& master,
                                           bool implicitAcknowledgements, const Credential& credential)
    : core(new SchedulerCore(this, scheduler)) {
  core->open(framework, suppressedRoles, master, implicitAcknowledgements, &credential);
}

MesosSchedulerDriver::~MesosSchedulerDriver() {}

Status MesosSchedulerDriver::start() { return core->answer(mesos_scheduler_driver_start(core->handle)); }

Status MesosSchedulerDriver::stop(bool failover) {
  return core->answer(mesos_scheduler_driver_stop(core->handle, failover ? 1 : 0));
}

Status MesosSchedulerDriver::abort() { return core->answer(mesos_scheduler_driver_abort(core->handle)); }

Status MesosSchedulerDriver::join() { return core->answer(mesos_scheduler_driver_join(core->handle)); }

// Through the virtual functions, as the original: a subclass may override them.
Status MesosSchedulerDriver::run() {
  const Status status = start();
  return status != DRIVER_RUNNING ? status : join();
}

Status MesosSchedulerDriver::requestResources(const std::vector<Request>& requests) {
  const EncodedList list(requests);
  return core->answer(mesos_scheduler_driver_request_resources(core->handle, list.data(), list.size()));
}

Status MesosSchedulerDriver::launchTasks(const OfferID& offerId, const std::vector<TaskInfo>& tasks,
                                         const Filters& filters) {
  return launchTasks(std::vector<OfferID>(1, offerId), tasks, filters);
}

Status MesosSchedulerDriver::launchTasks(const std::vector<OfferID>& offerIds, const std::vector<TaskInfo>& tasks,
                                         const Filters& filters) {
  const EncodedList offers(offerIds), launched(tasks);
  return core->answer(mesos_scheduler_driver_launch_tasks(core->handle, offers.data(), offers.size(), launched.data(),
                                                    launched.size(), Encoded(filters)));
}

Status MesosSchedulerDriver::killTask(const TaskID& taskId) {
  return core->answer(mesos_scheduler_driver_kill_task(core->handle, Encoded(taskId)));
}

Status MesosSchedulerDriver::acceptOffers(const std::vector<OfferID>& offerIds,
                                          const std::vector<Offer::Operation>& operations, const Filters& filters) {
  const EncodedList offers(offerIds), list(operations);
  return core->answer(mesos_scheduler_driver_accept_offers(core->handle, offers.data(), offers.size(), list.data(),
                                                     list.size(), Encoded(filters)));
}

Status MesosSchedulerDriver::declineOffer(const OfferID& offerId, const Filters& filters) {
  return core->answer(mesos_scheduler_driver_decline_offer(core->handle, Encoded(offerId), Encoded(filters)));
}

Status MesosSchedulerDriver::reviveOffers() { return core->answer(mesos_scheduler_driver_revive_offers(core->handle)); }

Status MesosSchedulerDriver::reviveOffers(const std::vector<std::string>& roles) {
  const TextList list(roles);
  return core->answer(mesos_scheduler_driver_revive_offers_of(core->handle, list.data(), list.size()));
}

Status MesosSchedulerDriver::suppressOffers() {
  return core->answer(mesos_scheduler_driver_suppress_offers(core->handle));
}

Status MesosSchedulerDriver::suppressOffers(const std::vector<std::string>& roles) {
  const TextList list(roles);
  return core->answer(mesos_scheduler_driver_suppress_offers_of(core->handle, list.data(), list.size()));
}

Status MesosSchedulerDriver::acknowledgeStatusUpdate(const TaskStatus& status) {
  return core->answer(mesos_scheduler_driver_acknowledge_status_update(core->handle, Encoded(status)));
}

Status MesosSchedulerDriver::sendFrameworkMessage(const ExecutorID& executorId, const SlaveID& slaveId,
                                                  const std::string& data) {
  return core->answer(mesos_scheduler_driver_send_framework_message(core->handle, Encoded(executorId), Encoded(slaveId),
                                                              lend(data)));
}

Status MesosSchedulerDriver::reconcileTasks(const std::vector<TaskStatus>& statuses) {
  const EncodedList list(statuses);
  return core->answer(mesos_scheduler_driver_reconcile_tasks(core->handle, list.data(), list.size()));
}

Status MesosSchedulerDriver::updateFramework(const FrameworkInfo& frameworkInfo,
                                             const std::vector<std::string>& suppressedRoles,
                                             ::mesos::scheduler::OfferConstraints&& offerConstraints) {
  const TextList roles(suppressedRoles);
  return core->answer(mesos_scheduler_driver_update_framework(core->handle, Encoded(frameworkInfo), roles.data(),
                                                        roles.size(), Encoded(offerConstraints)));
}

}  // namespace mesos
