// The v1 scheduler client over the C interface. Compat: V1, V2 (the decisions are libmesos.so's).

#include <mesos/v1/scheduler.hpp>

#include "v1_events.hpp"

namespace mesos {
namespace v1 {
namespace scheduler {

using mesos::internal::Encoded;
using mesos::internal::complain;
using mesos::internal::decode;
using mesos::internal::nothing;

// The C client and what its callbacks need.
class MesosProcess {
 public:
  MesosProcess(const std::string& master, ContentType contentType, const Option<Credential>& credential,
               const std::shared_ptr<internal::Functions<Event>>& given)
      : functions(given) {
    mesos_v1_scheduler_callbacks table = {};
    table.struct_size = sizeof table;
    table.connected = internal::connected<Event, mesos_v1_scheduler>;
    table.disconnected = internal::disconnected<Event, mesos_v1_scheduler>;
    table.received = internal::received<Event, mesos_v1_scheduler>;
    const Encoded secret(credential.isSome() ? credential.get() : Credential());
    mesos_v1_scheduler_config config = {};
    config.struct_size = sizeof config;
    config.master = master.c_str();
    config.credential = credential.isSome() ? static_cast<mesos_bytes>(secret) : nothing();
    config.content_type = internal::content_type_of(contentType);
    handle = mesos_v1_scheduler_new(&table, &functions, &config);
    if (handle == nullptr) refusal.reset(new internal::Refusal<Event>(functions, mesos_last_error()));
  }

  ~MesosProcess() {
    functions->close();
    mesos_v1_scheduler_free(handle);
  }

  // Whoever holds it can be reached by the functions from now on.
  void open() { functions->open(); }

  mesos_v1_scheduler* handle = nullptr;

 private:
  std::shared_ptr<internal::Functions<Event>> functions;
  std::unique_ptr<internal::Refusal<Event>> refusal;
};

namespace {

typedef process::Promise<APIResult> Promise;

// Called exactly once for each call.
void answered(void* user, int http_status, mesos_bytes response, const char* error) {
  const std::unique_ptr<Promise> promise(static_cast<Promise*>(user));
  mesos::internal::upcall("call", [&] {
    if (http_status == 0) {
      promise->fail(error != nullptr ? error : "The call was not answered");
      return true;
    }
    APIResult result;
    result.set_status_code(static_cast<uint32_t>(http_status));
    if (error != nullptr) result.set_error(error);
    if (response.length > 0 && !decode(response, result.mutable_response())) {
      promise->fail("The response cannot be read");
      return true;
    }
    promise->set(result);
    return true;
  });
}

}  // namespace

Mesos::Mesos(const std::string& master, ContentType contentType, const std::function<void()>& connected,
             const std::function<void()>& disconnected, const std::function<void(const std::queue<Event>&)>& received,
             const Option<Credential>& credential)
    : process(new MesosProcess(master, contentType, credential,
                               std::make_shared<internal::Functions<Event>>(connected, disconnected, received))) {
  process->open();
}

Mesos::~Mesos() {}

void Mesos::send(const Call& call) {
  if (!process) return complain("send: the client has stopped; the call is dropped");
  mesos_v1_scheduler_send(process->handle, Encoded(call));
}

process::Future<APIResult> Mesos::call(const Call& callMessage) {
  std::unique_ptr<Promise> promise(new Promise());
  const process::Future<APIResult> future = promise->future();
  if (!process) return process::Failure("The client has stopped");
  Promise* given = promise.get();
  if (mesos_v1_scheduler_call(process->handle, Encoded(callMessage), answered, given) == MESOS_INVALID) {
    return process::Failure(mesos_last_error());
  }
  // `answered` frees it, or has done so already.
  promise.release();
  return future;
}

void Mesos::reconnect() {
  if (process) mesos_v1_scheduler_reconnect(process->handle);
}

void Mesos::stop() { process.reset(); }

}  // namespace scheduler
}  // namespace v1
}  // namespace mesos
