// Runs short tasks for ever on one agent, through one long-lived executor, over the v1 scheduler API. When the agent or
// the executor is lost, another agent is taken.
//
//   long-lived-framework --master=HOST:PORT [--executor_command=C | --build_dir=D]
//                        [--executor_uri=U | --executor_uris=J]   and the flags of all examples

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <queue>
#include <string>

#include <google/protobuf/util/json_util.h>

#include <mesos/v1/mesos.hpp>
#include <mesos/v1/resources.hpp>
#include <mesos/v1/scheduler.hpp>

#include <stout/exit.hpp>
#include <stout/foreach.hpp>
#include <stout/option.hpp>
#include <stout/os.hpp>
#include <stout/path.hpp>
#include <stout/stringify.hpp>

#include "example_flags.hpp"

using namespace mesos::v1;

using mesos::v1::scheduler::Call;
using mesos::v1::scheduler::Event;
using mesos::v1::scheduler::Mesos;

using std::cerr;
using std::endl;
using std::string;

const char RESOURCES_PER_TASK[] = "cpus:0.001;mem:1";
const char RESOURCES_OF_EXECUTOR[] = "cpus:0.1;mem:32";
const double REFUSE_SECONDS = 600;

class Flags : public virtual ExampleFlags {
 public:
  Flags() {
    add(&Flags::build_dir, "build_dir", "The folder of a build whose folder `src` holds the executor.");
    add(&Flags::executor_uri, "executor_uri", "What the fetcher brings as the executor; see `--executor_uris`.");
    add(&Flags::executor_uris, "executor_uris",
        "What the fetcher brings before the executor runs: a JSON array of `CommandInfo::URI`, or the path of a file\n"
        "that holds one, beginning with `/` or `file://`.");
    add(&Flags::executor_command, "executor_command", "How to run the executor.");
  }

  Option<string> build_dir;
  Option<string> executor_uri;
  Option<string> executor_uris;
  Option<string> executor_command;
};

// All of the client's callbacks come on one thread; the lock is for the thread of `main`, which repeats subscriptions.
class LongLivedScheduler {
 public:
  LongLivedScheduler(const string& master, const FrameworkInfo& framework, const ExecutorInfo& executor,
                     const Option<Credential>& credential)
      : framework(framework), executor(executor), perTask(allocated(RESOURCES_PER_TASK)) {
    std::lock_guard<std::mutex> lock(mutex);
    mesos.reset(new Mesos(
        master, mesos::ContentType::PROTOBUF, [this] { connected(); }, [this] { disconnected(); },
        [this](const std::queue<Event>& events) { received(events); }, credential));
  }

  // Subscribes again every second until the master has answered; never returns.
  void run() {
    std::unique_lock<std::mutex> lock(mutex);
    for (;;) {
      changed.wait_for(lock, std::chrono::seconds(1));
      if (state == CONNECTED) subscribe();
    }
  }

 private:
  void connected() {
    std::lock_guard<std::mutex> lock(mutex);
    state = CONNECTED;
    subscribe();
  }

  void disconnected() {
    std::lock_guard<std::mutex> lock(mutex);
    cerr << "Disconnected!" << endl;
    state = DISCONNECTED;
  }

  void received(std::queue<Event> events) {
    std::lock_guard<std::mutex> lock(mutex);
    for (; !events.empty(); events.pop()) on(events.front());
  }

  void on(const Event& event) {
    cerr << "Received " << event.type() << " event" << endl;
    switch (event.type()) {
      case Event::SUBSCRIBED:
        *framework.mutable_id() = event.subscribed().framework_id();
        cerr << "Subscribed with ID '" << framework.id() << "'" << endl;
        state = SUBSCRIBED;
        break;
      case Event::OFFERS:
        foreach (const Offer& offer, event.offers().offers()) on_offer(offer);
        break;
      case Event::UPDATE:
        on_update(event.update().status());
        break;
      case Event::FAILURE:
        on_failure(event.failure());
        break;
      case Event::ERROR:
        EXIT(EXIT_FAILURE) << "Error: " << event.error().message();
        break;
      case Event::HEARTBEAT:
      case Event::INVERSE_OFFERS:
      case Event::RESCIND:
      case Event::RESCIND_INVERSE_OFFER:
      case Event::UPDATE_OPERATION_STATUS:
      case Event::MESSAGE:
      case Event::UNKNOWN:
        break;
    }
  }

  void subscribe() {
    Call call = begin(Call::SUBSCRIBE);
    *call.mutable_subscribe()->mutable_framework_info() = framework;
    mesos->send(call);
  }

  // The first agent with enough room gets the executor; later tasks go to the same.
  void on_offer(const Offer& offer) {
    Resources needed = perTask;
    if (agentId.isNone()) {
      Resources more = executor.resources();
      more.allocate(framework.roles(0));
      needed += more;
    }
    const bool is_ours = agentId.isNone() || agentId.get() == offer.agent_id();
    if (!is_ours || !Resources(offer.resources()).toUnreserved().contains(needed)) {
      decline(offer);
      return;
    }
    cerr << "Starting " << (agentId.isNone() ? "executor and " : "") << "task " << launched << " on "
         << offer.hostname() << endl;
    agentId = offer.agent_id();
    launch(offer);
  }

  void on_update(const TaskStatus& status) {
    cerr << "Task " << status.task_id() << " is in state " << status.state()
         << (status.has_message() ? " with message: " + status.message() : "") << endl;
    if (!status.has_uuid()) return;
    Call call = begin(Call::ACKNOWLEDGE);
    *call.mutable_acknowledge()->mutable_agent_id() = status.agent_id();
    *call.mutable_acknowledge()->mutable_task_id() = status.task_id();
    call.mutable_acknowledge()->set_uuid(status.uuid());
    mesos->send(call);
  }

  void on_failure(const Event::Failure& failure) {
    if (failure.has_executor_id()) {
      cerr << "Executor '" << failure.executor_id() << "' lost on agent '" << failure.agent_id() << "'"
           << (failure.has_status() ? " with status: " + stringify(failure.status()) : "") << endl;
      agentId = None();
    } else {
      cerr << "Agent lost: " << failure.agent_id() << endl;
      if (agentId.isSome() && agentId.get() == failure.agent_id()) agentId = None();
    }
  }

  void decline(const Offer& offer) {
    Call call = begin(Call::DECLINE);
    *call.mutable_decline()->add_offer_ids() = offer.id();
    call.mutable_decline()->mutable_filters()->set_refuse_seconds(REFUSE_SECONDS);
    mesos->send(call);
  }

  void launch(const Offer& offer) {
    TaskInfo task;
    task.set_name("Task " + stringify(launched));
    task.mutable_task_id()->set_value(stringify(launched));
    *task.mutable_agent_id() = offer.agent_id();
    *task.mutable_resources() = perTask;
    *task.mutable_executor() = executor;
    launched++;
    Call call = begin(Call::ACCEPT);
    *call.mutable_accept()->add_offer_ids() = offer.id();
    Offer::Operation* operation = call.mutable_accept()->add_operations();
    operation->set_type(Offer::Operation::LAUNCH);
    *operation->mutable_launch()->add_task_infos() = task;
    mesos->send(call);
  }

  Call begin(Call::Type type) const {
    Call call;
    call.set_type(type);
    if (framework.has_id()) *call.mutable_framework_id() = framework.id();
    return call;
  }

  Resources allocated(const char* text) const {
    Resources resources = Resources::parse(text).get();
    resources.allocate(framework.roles(0));
    return resources;
  }

  enum State { DISCONNECTED, CONNECTED, SUBSCRIBED } state = DISCONNECTED;

  std::mutex mutex;
  std::condition_variable changed;
  FrameworkInfo framework;
  const ExecutorInfo executor;
  const Resources perTask;
  unsigned long launched = 0;
  // Where the executor is.
  Option<AgentID> agentId;
  std::unique_ptr<Mesos> mesos;
};

CommandInfo command_of(const Flags& flags, const char* argv0) {
  CommandInfo command;
  if (flags.executor_command.isSome()) {
    command.set_value(flags.executor_command.get());
  } else if (flags.build_dir.isSome()) {
    command.set_value(path::join(flags.build_dir.get(), "src", "long-lived-executor"));
  } else {
    command.set_value(sibling(argv0, "long-lived-executor"));
  }
  if (flags.executor_uris.isSome() && flags.executor_uri.isSome()) {
    EXIT(EXIT_FAILURE) << "Flag '--executor_uris' shall not be used with '--executor_uri'";
  }
  if (flags.executor_uri.isSome()) {
    CommandInfo::URI* uri = command.add_uris();
    uri->set_value(flags.executor_uri.get());
    uri->set_executable(true);
  }
  if (flags.executor_uris.isSome()) {
    string json = flags.executor_uris.get();
    if (strings::startsWith(json, '/')) {
      const Try<string> content = os::read(json);
      if (content.isError()) EXIT(EXIT_FAILURE) << content.error();
      json = content.get();
    }
    CommandInfo uris;
    const auto status = google::protobuf::util::JsonStringToMessage("{\"uris\":" + json + "}", &uris);
    if (!status.ok()) EXIT(EXIT_FAILURE) << "Failed to convert '--executor_uris' to protobuf: " << status.ToString();
    *command.mutable_uris() = uris.uris();
  }
  return command;
}

int main(int argc, char** argv) {
  Flags flags;
  flags.load_or_exit(argc, argv);
  flags.configure_local();

  ExecutorInfo executor;
  executor.mutable_executor_id()->set_value("default");
  executor.set_name("Long Lived Executor (C++)");
  *executor.mutable_resources() = Resources::parse(RESOURCES_OF_EXECUTOR).get();
  *executor.mutable_command() = command_of(flags, argv[0]);

  FrameworkInfo framework;
  framework.set_user(os::user().get());
  framework.set_principal(flags.principal);
  framework.set_name("Long Lived Framework (C++)");
  framework.set_checkpoint(flags.checkpoint);
  framework.add_roles(flags.role);
  framework.add_capabilities()->set_type(FrameworkInfo::Capability::MULTI_ROLE);
  framework.add_capabilities()->set_type(FrameworkInfo::Capability::RESERVATION_REFINEMENT);

  LongLivedScheduler scheduler(flags.master, framework, executor, flags.credential<Credential>());
  scheduler.run();
}
