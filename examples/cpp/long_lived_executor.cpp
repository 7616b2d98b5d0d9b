// The executor of long-lived-framework, over the v1 executor API: each task sleeps up to ten seconds and finishes.

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <random>
#include <string>
#include <thread>

#include <mesos/v1/executor.hpp>
#include <mesos/v1/mesos.hpp>

#include <stout/duration.hpp>
#include <stout/exit.hpp>
#include <stout/foreach.hpp>
#include <stout/option.hpp>
#include <stout/os.hpp>
#include <stout/uuid.hpp>

using namespace mesos::v1;

using mesos::v1::executor::Call;
using mesos::v1::executor::Event;
using mesos::v1::executor::Mesos;

using std::cout;
using std::endl;
using std::string;

class LongLivedExecutor {
 public:
  LongLivedExecutor(const string& frameworkId, const string& executorId) {
    framework.set_value(frameworkId);
    executor.set_value(executorId);
    std::lock_guard<std::mutex> lock(mutex);
    mesos.reset(new Mesos(
        mesos::ContentType::PROTOBUF, [this] { connected(); }, [this] { disconnected(); },
        [this](const std::queue<Event>& events) { received(events); }));
  }

  // Subscribes again every second until the agent has answered; returns when it is told to shut down.
  void run() {
    std::unique_lock<std::mutex> lock(mutex);
    while (!is_over) {
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
    state = DISCONNECTED;
  }

  void received(std::queue<Event> events) {
    std::lock_guard<std::mutex> lock(mutex);
    for (; !events.empty(); events.pop()) on(events.front());
  }

  void on(const Event& event) {
    cout << "Received " << event.type() << " event" << endl;
    switch (event.type()) {
      case Event::SUBSCRIBED:
        cout << "Subscribed executor on " << event.subscribed().agent_info().hostname() << endl;
        state = SUBSCRIBED;
        break;
      case Event::LAUNCH:
        launch(event.launch().task());
        break;
      case Event::ACKNOWLEDGED:
        updates.erase(event.acknowledged().uuid());
        tasks.erase(event.acknowledged().task_id().value());
        break;
      case Event::ERROR:
        std::cerr << "Error: " << event.error().message() << endl;
        break;
      case Event::SHUTDOWN:
        is_over = true;
        changed.notify_all();
        break;
      case Event::LAUNCH_GROUP:
      case Event::KILL:
      case Event::MESSAGE:
      case Event::HEARTBEAT:
      case Event::UNKNOWN:
        break;
    }
  }

  // Tells what the agent may not know yet.
  void subscribe() {
    Call call = begin(Call::SUBSCRIBE);
    call.mutable_subscribe();
    foreachvalue (const Call::Update& update, updates) {
      *call.mutable_subscribe()->add_unacknowledged_updates() = update;
    }
    foreachvalue (const TaskInfo& task, tasks) *call.mutable_subscribe()->add_unacknowledged_tasks() = task;
    mesos->send(call);
  }

  void launch(const TaskInfo& task) {
    cout << "Starting task " << task.task_id() << endl;
    tasks[task.task_id().value()] = task;
    update(task.task_id(), TASK_RUNNING);
    const TaskID id = task.task_id();
    const Duration work = Seconds(static_cast<int64_t>(random() % 10));
    std::thread([this, id, work] {
      os::sleep(work);
      std::lock_guard<std::mutex> lock(mutex);
      update(id, TASK_FINISHED);
    }).detach();
  }

  void update(const TaskID& id, TaskState state) {
    const id::UUID uuid = id::UUID::random();
    Call call = begin(Call::UPDATE);
    TaskStatus* status = call.mutable_update()->mutable_status();
    *status->mutable_task_id() = id;
    *status->mutable_executor_id() = executor;
    status->set_state(state);
    status->set_source(TaskStatus::SOURCE_EXECUTOR);
    status->set_timestamp(static_cast<double>(::time(nullptr)));
    status->set_uuid(uuid.toBytes());
    updates[uuid.toBytes()] = call.update();
    mesos->send(call);
  }

  Call begin(Call::Type type) const {
    Call call;
    call.set_type(type);
    *call.mutable_framework_id() = framework;
    *call.mutable_executor_id() = executor;
    return call;
  }

  enum State { DISCONNECTED, CONNECTED, SUBSCRIBED } state = DISCONNECTED;

  std::mutex mutex;
  std::condition_variable changed;
  bool is_over = false;
  FrameworkID framework;
  ExecutorID executor;
  // What the agent has not acknowledged: by the bytes of the identifier, and by the task's.
  std::map<string, Call::Update> updates;
  std::map<string, TaskInfo> tasks;
  std::random_device random;
  std::unique_ptr<Mesos> mesos;
};

string needed(const char* name) {
  const Option<string> value = os::getenv(name);
  if (value.isNone()) EXIT(EXIT_FAILURE) << "Expecting '" << name << "' to be set in the environment";
  return value.get();
}

int main() {
  // Not destroyed: tasks may still be sleeping when the program ends.
  LongLivedExecutor* executor = new LongLivedExecutor(needed("MESOS_FRAMEWORK_ID"), needed("MESOS_EXECUTOR_ID"));
  executor->run();
}
