// The client of the v1 scheduler API.
#ifndef MESOS_V1_SCHEDULER_HPP
#define MESOS_V1_SCHEDULER_HPP

#include <functional>
#include <memory>
#include <queue>
#include <string>

#include <mesos/http.hpp>
#include <mesos/v1/mesos.hpp>
#include <mesos/v1/scheduler/scheduler.hpp>

#include <process/future.hpp>

#include <stout/option.hpp>

namespace mesos {
namespace v1 {
namespace scheduler {

class MesosProcess;

class MesosBase {
 public:
  virtual ~MesosBase() {}
  virtual void send(const Call& call) = 0;
  virtual process::Future<APIResult> call(const Call& callMessage) = 0;
  virtual void reconnect() = 0;
};

// Connects in the background, for ever. The callbacks come one after the other on a thread of the client; they begin
// when this class is constructed, which may be before a derived class is, or before `new` has returned. Subscribe when
// `connected` comes. One that throws ends the client; one may also stop or delete it.
//
// A master string that cannot be used, or unusable variables, are told as an ERROR event.
class Mesos : public MesosBase {
 public:
  // The master is "host:port", "file:///path" or "local"; "zk://host:port,.../path" is not built yet, and refused.
  Mesos(const std::string& master, ContentType contentType, const std::function<void()>& connected,
        const std::function<void()>& disconnected, const std::function<void(const std::queue<Event>&)>& received,
        const Option<Credential>& credential);

  Mesos(const Mesos& other) = delete;
  Mesos& operator=(const Mesos& other) = delete;

  // Closes the connections; waits for a running callback unless called from one.
  ~Mesos() override;

  // Dropped while disconnected, after `stop`, and, but for SUBSCRIBE, before the subscription.
  void send(const Call& call) override;

  // As `send`, and tells what the master answered.
  process::Future<APIResult> call(const Call& callMessage) override;

  void reconnect() override;

 protected:
  // No event comes after it.
  virtual void stop();

 private:
  std::unique_ptr<MesosProcess> process;
};

}  // namespace scheduler
}  // namespace v1
}  // namespace mesos

#endif
