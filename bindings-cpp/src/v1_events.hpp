// What the v1 clients of schedulers and executors share: the user's functions, and how they are called.
#ifndef MESOS_BINDINGS_CPP_V1_EVENTS_HPP
#define MESOS_BINDINGS_CPP_V1_EVENTS_HPP

#include <functional>
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

template <typename Event>
struct Functions {
  std::function<void()> connected;
  std::function<void()> disconnected;
  std::function<void(const std::queue<Event>&)> received;
};

template <typename Event>
Functions<Event>* functions_of(void* user) {
  return static_cast<Functions<Event>*>(user);
}

template <typename Event, typename Client>
int connected(void* user, Client*) {
  return mesos::internal::upcall("connected", [=] {
    functions_of<Event>(user)->connected();
    return true;
  });
}

template <typename Event, typename Client>
int disconnected(void* user, Client*) {
  return mesos::internal::upcall("disconnected", [=] {
    functions_of<Event>(user)->disconnected();
    return true;
  });
}

template <typename Event, typename Client>
int received(void* user, Client*, const mesos_bytes* items, size_t count) {
  return mesos::internal::upcall("received", [=] {
    std::queue<Event> events;
    for (size_t at = 0; at < count; at++) {
      Event event;
      if (!mesos::internal::decode(items[at], &event)) return false;
      events.push(std::move(event));
    }
    functions_of<Event>(user)->received(events);
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
  Refusal(const Functions<Event>& functions, const std::string& why) {
    std::queue<Event> events;
    Event event;
    event.set_type(Event::ERROR);
    event.mutable_error()->set_message(why);
    events.push(event);
    thread = std::thread([functions, events] {
      mesos::internal::upcall("received", [&] {
        functions.received(events);
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
