// The client of the v1 executor API.
#ifndef MESOS_V1_EXECUTOR_HPP
#define MESOS_V1_EXECUTOR_HPP

#include <functional>
#include <map>
#include <queue>
#include <string>

#include <mesos/http.hpp>
#include <mesos/v1/executor/executor.hpp>
#include <mesos/v1/mesos.hpp>

#include <process/owned.hpp>

namespace mesos {
namespace v1 {
namespace executor {

class MesosProcess;

class MesosBase {
 public:
  virtual ~MesosBase() {}
  virtual void send(const Call& call) = 0;
};

// As the scheduler's. Who it is comes from the MESOS_* variables that the agent sets, or from the given ones; an
// unusable variable is told as an ERROR event.
class Mesos : public MesosBase {
 public:
  Mesos(ContentType contentType, const std::function<void(void)>& connected,
        const std::function<void(void)>& disconnected, const std::function<void(const std::queue<Event>&)>& received);

  Mesos(ContentType contentType, const std::function<void(void)>& connected,
        const std::function<void(void)>& disconnected, const std::function<void(const std::queue<Event>&)>& received,
        const std::map<std::string, std::string>& environment);

  Mesos(const Mesos& other) = delete;
  Mesos& operator=(const Mesos& other) = delete;

  ~Mesos() override;

  void send(const Call& call) override;

 private:
  process::Owned<MesosProcess> process;
};

}  // namespace executor
}  // namespace v1
}  // namespace mesos

#endif
