// CHECK_SOME and its like, for Option, Try and Result: a message and an abort if it does not hold. CHECK itself is
// glog's: include <glog/logging.h> for it.
#ifndef STOUT_CHECK_HPP
#define STOUT_CHECK_HPP

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include <stout/error.hpp>
#include <stout/none.hpp>
#include <stout/option.hpp>
#include <stout/result.hpp>
#include <stout/try.hpp>

namespace stout_check {

class Fatal {
 public:
  Fatal(const char* file, int line, const char* name, const char* expression, const Error& error) {
    text << file << ':' << line << ": " << name << '(' << expression << "): " << error.message << ' ';
  }

  [[noreturn]] ~Fatal() {
    std::cerr << text.str() << std::endl;
    std::abort();
  }

  std::ostream& stream() { return text; }

 private:
  std::ostringstream text;
};

template <typename T>
Option<Error> some(const Option<T>& value) {
  if (value.isNone()) return Error("is NONE");
  return None();
}

template <typename T, typename E>
Option<Error> some(const Try<T, E>& value) {
  if (value.isError()) return Error(value.error());
  return None();
}

template <typename T>
Option<Error> some(const Result<T>& value) {
  if (value.isError()) return Error(value.error());
  if (value.isNone()) return Error("is NONE");
  return None();
}

template <typename V>
Option<Error> none(const V& value) {
  if (value.isNone()) return None();
  return Error("is not NONE");
}

template <typename V>
Option<Error> error(const V& value) {
  if (value.isError()) return None();
  return Error("is not ERROR");
}

template <typename V>
Option<Error> not_none(const V& value) {
  if (!value.isNone()) return None();
  return Error("is NONE");
}

template <typename V>
Option<Error> not_error(const V& value) {
  if (!value.isError()) return None();
  return Error("is ERROR: " + std::string(value.error()));
}

// For process::Future.
template <typename V>
Option<Error> ready(const V& value) {
  if (value.isReady()) return None();
  if (value.isFailed()) return Error("is FAILED: " + value.failure());
  return Error(value.isDiscarded() ? "is DISCARDED" : "is PENDING");
}

}  // namespace stout_check

#define STOUT_CHECK(name, test, expression)                                                 \
  for (const Option<Error> stout_check_error = stout_check::test(expression);               \
       stout_check_error.isSome();)                                                         \
  stout_check::Fatal(__FILE__, __LINE__, name, #expression, stout_check_error.get()).stream()

#define CHECK_SOME(expression) STOUT_CHECK("CHECK_SOME", some, expression)
#define CHECK_NONE(expression) STOUT_CHECK("CHECK_NONE", none, expression)
#define CHECK_ERROR(expression) STOUT_CHECK("CHECK_ERROR", error, expression)
#define CHECK_NOTNONE(expression) STOUT_CHECK("CHECK_NOTNONE", not_none, expression)
#define CHECK_NOTERROR(expression) STOUT_CHECK("CHECK_NOTERROR", not_error, expression)
#define CHECK_READY(expression) STOUT_CHECK("CHECK_READY", ready, expression)

#endif
