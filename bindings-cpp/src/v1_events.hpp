// What the v1 clients of schedulers and executors share: the user's functions, and how they are called.
#ifndef MESOS_BINDINGS_CPP_V1_EVENTS_HPP
#define MESOS_BINDINGS_CPP_V1_EVENTS_HPP

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <utility>

#include <mesos/http.hpp>
#include <mesos/v1.h>

#include "upcall.hpp"
#include "wire.hpp"

namespace mesos {
namespace v1 {
namespace internal {

// Held back until the object that they belong to is built: callbacks may begin while the C client is being made.
template <typename Event>
class Functions {
 public:
  Functions(const std::function<void()>& connected, const std::function<void()>& disconnected,
            const std::function<void(const std::queue<Event>&)>& received)
      : connected(connected), disconnected(disconnected), received(received) {}

  // The object is built.
  void open() { change(State::OPEN); }

  // The object is about to go: nothing is called any more.
  void close() { change(State::CLOSED); }

  // Waits until it is built. False if it is closed.
  bool wait() {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [this] { return state != State::BEING_BUILT; });
    return state == State::OPEN;
  }

  const std::function<void()> connected;
  const std::function<void()> disconnected;
  const std::function<void(const std::queue<Event>&)> received;

 private:
  enum class State { BEING_BUILT, OPEN, CLOSED };

  void change(State to) {
    {
      std::lock_guard<std::mutex> lock(mutex);
      state = to;
    }
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  State state = State::BEING_BUILT;
};

// By value: a function may destroy the client, and must itself outlast that.
template <typename Event, typename Body>
int call(const char* name, std::shared_ptr<Functions<Event>> functions, const Body& body) {
  return mesos::internal::upcall(name, [&] { return !functions->wait() || body(*functions); });
}

// `user` points to the client's own share.
template <typename Event>
const std::shared_ptr<Functions<Event>>& functions_of(void* user) {
  return *static_cast<std::shared_ptr<Functions<Event>>*>(user);
}

template <typename Event, typename Client>
int connected(void* user, Client*) {
  return call("connected", functions_of<Event>(user), [](const Functions<Event>& functions) {
    functions.connected();
    return true;
  });
}

template <typename Event, typename Client>
int disconnected(void* user, Client*) {
  return call("disconnected", functions_of<Event>(user), [](const Functions<Event>& functions) {
    functions.disconnected();
    return true;
  });
}

template <typename Event, typename Client>
int received(void* user, Client*, const mesos_bytes* items, size_t count) {
  return call("received", functions_of<Event>(user), [=](const Functions<Event>& functions) {
    std::queue<Event> events;
    for (size_t at = 0; at < count; at++) {
      Event event;
      if (!mesos::internal::decode(items[at], &event)) return false;
      events.push(std::move(event));
    }
    functions.received(events);
    return true;
  });
}

inline int content_type_of(ContentType type) {
  return type == ContentType::JSON ? MESOS_V1_JSON : MESOS_V1_PROTOBUF;
}

// Tells an ERROR event, on a thread of its own as all callbacks: there is no client that could.
template <typename Event>
class Refusal {
 public:
  Refusal(const std::shared_ptr<Functions<Event>>& functions, const std::string& why) {
    std::queue<Event> events;
    Event event;
    event.set_type(Event::ERROR);
    event.mutable_error()->set_message(why);
    events.push(event);
    thread = std::thread([functions, events] {
      call("received", functions, [&](const Functions<Event>& shared) {
        shared.received(events);
        return true;
      });
    });
  }

  ~Refusal() {
    if (thread.get_id() == std::this_thread::get_id()) {
      thread.detach();
    } else {
      thread.join();
    }
  }

 private:
  std::thread thread;
};

}  // namespace internal
}  // namespace v1
}  // namespace mesos

#endif
