// The v1 executor client over the C interface. Compat: V1 (the decisions are libmesos.so's).

#include <mesos/v1/executor.hpp>

#include "v1_events.hpp"

namespace mesos {
namespace v1 {
namespace executor {

using mesos::internal::Encoded;
using mesos::internal::Environ;

// The C client and what its callbacks need.
class MesosProcess {
 public:
  // No environment: that of the process.
  MesosProcess(ContentType contentType, const std::map<std::string, std::string>* environment,
               internal::Functions<Event> given)
      : functions(std::move(given)) {
    mesos_v1_executor_callbacks table = {};
    table.struct_size = sizeof table;
    table.connected = internal::connected<Event, mesos_v1_executor>;
    table.disconnected = internal::disconnected<Event, mesos_v1_executor>;
    table.received = internal::received<Event, mesos_v1_executor>;
    const Environ variables(environment != nullptr ? *environment : std::map<std::string, std::string>());
    mesos_v1_executor_config config = {};
    config.struct_size = sizeof config;
    config.content_type = internal::content_type_of(contentType);
    config.environment = environment != nullptr ? variables.data() : nullptr;
    handle = mesos_v1_executor_new(&table, &functions, &config);
    if (handle == nullptr) refusal.reset(new internal::Refusal<Event>(functions, mesos_last_error()));
  }

  ~MesosProcess() { mesos_v1_executor_free(handle); }

  mesos_v1_executor* handle = nullptr;

 private:
  internal::Functions<Event> functions;
  std::unique_ptr<internal::Refusal<Event>> refusal;
};

Mesos::Mesos(ContentType contentType, const std::function<void(void)>& connected,
             const std::function<void(void)>& disconnected,
             const std::function<void(const std::queue<Event>&)>& received)
    : process(new MesosProcess(contentType, nullptr, {connected, disconnected, received})) {}

Mesos::Mesos(ContentType contentType, const std::function<void(void)>& connected,
             const std::function<void(void)>& disconnected,
             const std::function<void(const std::queue<Event>&)>& received,
             const std::map<std::string, std::string>& environment)
    : process(new MesosProcess(contentType, &environment, {connected, disconnected, received})) {}

Mesos::~Mesos() {}

void Mesos::send(const Call& call) { mesos_v1_executor_send(process->handle, Encoded(call)); }

}  // namespace executor
}  // namespace v1
}  // namespace mesos
