// The v1 executor client over the C interface. Compat: V1 (the decisions are libmesos.so's).

#include <mesos/v1/executor.hpp>

#include "v1_events.hpp"

namespace mesos {
namespace v1 {
namespace executor {

using mesos::internal::Encoded;
using mesos::internal::Environ;
using mesos::internal::complain;

// The C client and what its callbacks need.
class MesosProcess {
 public:
  // No environment: that of the process.
  MesosProcess(ContentType contentType, const std::map<std::string, std::string>* environment,
               const std::shared_ptr<internal::Functions<Event>>& given)
      : functions(given) {
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

  ~MesosProcess() {
    functions->close();
    mesos_v1_executor_free(handle);
  }

  // Whoever holds it can be reached by the functions from now on.
  void open() { functions->open(); }

  mesos_v1_executor* handle = nullptr;

 private:
  std::shared_ptr<internal::Functions<Event>> functions;
  std::unique_ptr<internal::Refusal<Event>> refusal;
};

Mesos::Mesos(ContentType contentType, const std::function<void(void)>& connected,
             const std::function<void(void)>& disconnected,
             const std::function<void(const std::queue<Event>&)>& received)
    : process(new MesosProcess(contentType, nullptr,
                               std::make_shared<internal::Functions<Event>>(connected, disconnected, received))) {
  process->open();
}

Mesos::Mesos(ContentType contentType, const std::function<void(void)>& connected,
             const std::function<void(void)>& disconnected,
             const std::function<void(const std::queue<Event>&)>& received,
             const std::map<std::string, std::string>& environment)
    : process(new MesosProcess(contentType, &environment,
                               std::make_shared<internal::Functions<Event>>(connected, disconnected, received))) {
  process->open();
}

Mesos::~Mesos() {}

void Mesos::send(const Call& call) {
  if (!process) return complain("send: the client has stopped; the call is dropped");
  mesos_v1_executor_send(process->handle, Encoded(call));
}

}  // namespace executor
}  // namespace v1
}  // namespace mesos
