// A value, none, or an error.
#ifndef STOUT_RESULT_HPP
#define STOUT_RESULT_HPP

#include <string>
#include <utility>

#include <stout/error.hpp>
#include <stout/none.hpp>
#include <stout/option.hpp>
#include <stout/try.hpp>

template <typename T>
class Result {
 public:
  static Result none() { return Result(None()); }
  static Result some(const T& value) { return Result(value); }
  static Result error(const std::string& message) { return Result(Error(message)); }

  Result(const T& value) : data(value) {}
  Result(T&& value) : data(std::move(value)) {}
  Result(const None&) {}
  Result(const Error& error) : failure(error) {}
  Result(const Option<T>& option) : data(option) {}
  Result(const Try<T>& that) {
    if (that.isSome()) {
      data = that.get();
    } else {
      failure = Error(that.error());
    }
  }

  bool isSome() const { return data.isSome(); }
  bool isNone() const { return data.isNone() && failure.isNone(); }
  bool isError() const { return failure.isSome(); }

  // There must be a value.
  const T& get() const& { return data.get(); }
  T& get() & { return data.get(); }
  T&& get() && { return std::move(data).get(); }
  const T* operator->() const { return &data.get(); }
  const T& operator*() const& { return data.get(); }

  // There must be an error.
  const std::string& error() const { return failure.get().message; }

 private:
  Option<T> data;
  Option<Error> failure;
};

#endif
