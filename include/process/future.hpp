// A value that comes later.
//
// A subset: there are no libprocess actors here. Callbacks run on the thread that completes the future, or on the
// caller's if it is complete already, and never under a lock. Waiting with `await` or `get` blocks the thread, so do
// not wait inside a callback of the client that would complete the future.
#ifndef PROCESS_FUTURE_HPP
#define PROCESS_FUTURE_HPP

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <stout/duration.hpp>
#include <stout/error.hpp>
#include <stout/none.hpp>
#include <stout/nothing.hpp>
#include <stout/option.hpp>
#include <stout/try.hpp>

namespace process {

template <typename T>
class Promise;

template <typename T>
class Future;

// Why a future failed.
struct Failure {
  explicit Failure(const std::string& message) : message(message) {}
  explicit Failure(const Error& error) : message(error.message) {}

  std::string message;
};

namespace internal {

enum class State { PENDING, READY, FAILED, DISCARDED };

template <typename T>
struct Shared {
  std::mutex mutex;
  std::condition_variable changed;
  State state = State::PENDING;
  bool discard = false;
  Option<T> value;
  std::string failure;
  // Run once, when the state changes.
  std::vector<std::function<void()>> completed;
  std::vector<std::function<void()>> discarding;
};

// What a continuation answers: X itself, or a future of X.
template <typename X>
struct Unwrap {
  typedef X type;
};

template <typename X>
struct Unwrap<Future<X>> {
  typedef X type;
};

template <typename Answer>
struct Unwrapped {
  typedef typename Unwrap<typename std::decay<Answer>::type>::type type;
};

}  // namespace internal

template <typename T>
class Future {
 public:
  typedef T value_type;

  static Future<T> failed(const std::string& message) { return Future<T>(Failure(message)); }

  Future() : data(std::make_shared<internal::Shared<T>>()) {}

  Future(const T& value) : Future() { complete(internal::State::READY, Option<T>(value), ""); }
  Future(T&& value) : Future() { complete(internal::State::READY, Option<T>(std::move(value)), ""); }

  template <typename U, typename = typename std::enable_if<std::is_constructible<T, const U&>::value &&
                                                           !std::is_same<U, Failure>::value>::type>
  Future(const U& value) : Future(T(value)) {}

  Future(const Failure& failure) : Future() { complete(internal::State::FAILED, None(), failure.message); }

  Future(const Try<T>& value) : Future() {
    if (value.isSome()) {
      complete(internal::State::READY, Option<T>(value.get()), "");
    } else {
      complete(internal::State::FAILED, None(), value.error());
    }
  }

  bool operator==(const Future<T>& that) const { return data == that.data; }
  bool operator!=(const Future<T>& that) const { return data != that.data; }
  bool operator<(const Future<T>& that) const { return data < that.data; }

  bool isPending() const { return state() == internal::State::PENDING; }
  bool isReady() const { return state() == internal::State::READY; }
  bool isFailed() const { return state() == internal::State::FAILED; }
  bool isDiscarded() const { return state() == internal::State::DISCARDED; }

  // Someone asked for it.
  bool hasDiscard() const {
    std::lock_guard<std::mutex> lock(data->mutex);
    return data->discard;
  }

  // Asks whoever holds the promise to give up. Answers whether this was the first time, on a pending future.
  bool discard() const {
    std::vector<std::function<void()>> callbacks;
    {
      std::lock_guard<std::mutex> lock(data->mutex);
      if (data->discard || data->state != internal::State::PENDING) return false;
      data->discard = true;
      callbacks.swap(data->discarding);
    }
    for (const auto& callback : callbacks) callback();
    return true;
  }

  // Answers whether it completed in time.
  bool await(const Duration& duration = Seconds(-1)) const {
    std::unique_lock<std::mutex> lock(data->mutex);
    const auto is_complete = [this] { return data->state != internal::State::PENDING; };
    if (duration < Duration::zero()) {
      data->changed.wait(lock, is_complete);
      return true;
    }
    return data->changed.wait_for(lock, std::chrono::nanoseconds(duration.ns()), is_complete);
  }

  // Waits. The future must not have failed.
  const T& get() const {
    await();
    if (!isReady()) {
      std::cerr << "There is no value to get from a future that "
                << (isFailed() ? "failed: " + failure() : "was discarded") << std::endl;
      std::abort();
    }
    return data->value.get();
  }
  const T* operator->() const { return &get(); }
  const T& operator*() const { return get(); }

  // The future must have failed.
  const std::string& failure() const {
    if (!isFailed()) {
      std::cerr << "A future that has not failed was asked for its failure" << std::endl;
      std::abort();
    }
    return data->failure;
  }

  template <typename F>
  const Future<T>& onReady(F callback) const {
    const Future<T> self = *this;
    when([self, callback]() mutable {
      if (self.isReady()) callback(self.get());
    });
    return *this;
  }

  template <typename F>
  const Future<T>& onFailed(F callback) const {
    const Future<T> self = *this;
    when([self, callback]() mutable {
      if (self.isFailed()) callback(self.failure());
    });
    return *this;
  }

  template <typename F>
  const Future<T>& onDiscarded(F callback) const {
    const Future<T> self = *this;
    when([self, callback]() mutable {
      if (self.isDiscarded()) callback();
    });
    return *this;
  }

  // Gets this future, whatever became of it.
  template <typename F>
  const Future<T>& onAny(F callback) const {
    const Future<T> self = *this;
    when([self, callback]() mutable { call_any(callback, self, 0); });
    return *this;
  }

  // When somebody asks for a discard.
  template <typename F>
  const Future<T>& onDiscard(F callback) const {
    {
      std::lock_guard<std::mutex> lock(data->mutex);
      if (!data->discard) {
        if (data->state == internal::State::PENDING) data->discarding.push_back(callback);
        return *this;
      }
    }
    callback();
    return *this;
  }

  // What `callback` makes of the value; a failure or a discard passes by.
  template <typename F>
  auto then(F callback) const
      -> Future<typename internal::Unwrapped<decltype(callback(std::declval<const T&>()))>::type> {
    return chain([callback](const T& value) mutable { return callback(value); });
  }

  template <typename F, typename = void>
  auto then(F callback) const
      -> Future<typename internal::Unwrapped<decltype(callback())>::type> {
    return chain([callback](const T&) mutable { return callback(); });
  }

  // Another future in place of a failed one.
  template <typename F>
  Future<T> repair(F callback) const {
    std::shared_ptr<Promise<T>> promise = std::make_shared<Promise<T>>();
    onAny([promise, callback](const Future<T>& self) mutable {
      if (self.isFailed()) {
        promise->associate(Future<T>(callback(self)));
      } else {
        promise->associate(self);
      }
    });
    return promise->future();
  }

 private:
  friend class Promise<T>;

  template <typename F>
  static auto call_any(F& callback, const Future<T>& self, int) -> decltype(callback(self), void()) {
    callback(self);
  }
  template <typename F>
  static auto call_any(F& callback, const Future<T>&, long) -> decltype(callback(), void()) {
    callback();
  }

  template <typename F>
  auto chain(F callback) const
      -> Future<typename internal::Unwrapped<decltype(callback(std::declval<const T&>()))>::type> {
    typedef typename std::decay<decltype(callback(std::declval<const T&>()))>::type Answer;
    typedef typename internal::Unwrap<Answer>::type X;
    std::shared_ptr<Promise<X>> promise = std::make_shared<Promise<X>>();
    onAny([promise, callback](const Future<T>& self) mutable {
      if (self.isReady()) {
        promise->associate(Future<X>(callback(self.get())));
      } else if (self.isFailed()) {
        promise->fail(self.failure());
      } else {
        promise->discard();
      }
    });
    const Future<X> result = promise->future();
    const Future<T> self = *this;
    result.onDiscard([self]() mutable { self.discard(); });
    return result;
  }

  internal::State state() const {
    std::lock_guard<std::mutex> lock(data->mutex);
    return data->state;
  }

  void when(std::function<void()> callback) const {
    {
      std::lock_guard<std::mutex> lock(data->mutex);
      if (data->state == internal::State::PENDING) {
        data->completed.push_back(std::move(callback));
        return;
      }
    }
    callback();
  }

  // False if it was complete already.
  bool complete(internal::State state, Option<T> value, const std::string& failure) {
    std::vector<std::function<void()>> callbacks;
    {
      std::lock_guard<std::mutex> lock(data->mutex);
      if (data->state != internal::State::PENDING) return false;
      data->value = std::move(value);
      data->failure = failure;
      data->state = state;
      callbacks.swap(data->completed);
      data->discarding.clear();
    }
    data->changed.notify_all();
    for (const auto& callback : callbacks) callback();
    return true;
  }

  std::shared_ptr<internal::Shared<T>> data;
};

// The side that completes a future.
template <typename T>
class Promise {
 public:
  Promise() {}
  explicit Promise(const T& value) : made(value) {}
  virtual ~Promise() {}

  Promise(const Promise<T>&) = delete;
  Promise<T>& operator=(const Promise<T>&) = delete;

  // Each answers whether the future was pending.
  bool set(const T& value) { return made.complete(internal::State::READY, Option<T>(value), ""); }
  bool set(T&& value) { return made.complete(internal::State::READY, Option<T>(std::move(value)), ""); }
  bool set(const Future<T>& future) { return associate(future); }
  bool fail(const std::string& message) { return made.complete(internal::State::FAILED, None(), message); }
  bool discard() { return made.complete(internal::State::DISCARDED, None(), ""); }

  // Ends as the other one does.
  bool associate(const Future<T>& future) {
    if (!made.isPending()) return false;
    Future<T> mine = made;
    Future<T> theirs = future;
    mine.onDiscard([theirs]() mutable { theirs.discard(); });
    future.onAny([mine](const Future<T>& other) mutable {
      if (other.isReady()) {
        mine.complete(internal::State::READY, Option<T>(other.get()), "");
      } else if (other.isFailed()) {
        mine.complete(internal::State::FAILED, None(), other.failure());
      } else {
        mine.complete(internal::State::DISCARDED, None(), "");
      }
    });
    return true;
  }

  Future<T> future() const { return made; }

 private:
  Future<T> made;
};

template <typename T>
std::ostream& operator<<(std::ostream& stream, const Future<T>& future) {
  if (future.isFailed()) return stream << "Failed: " << future.failure();
  return stream << (future.isReady() ? "Ready" : future.isDiscarded() ? "Discarded" : "Pending");
}

}  // namespace process

#endif
