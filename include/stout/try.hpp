// A value or an error.
#ifndef STOUT_TRY_HPP
#define STOUT_TRY_HPP

#include <cassert>
#include <string>
#include <type_traits>
#include <utility>

#include <stout/error.hpp>
#include <stout/option.hpp>

template <typename T, typename E = Error>
class Try {
 public:
  static Try some(const T& value) { return Try(value); }
  static Try error(const E& error) { return Try(error); }

  Try(const T& value) : data(value) {}
  Try(T&& value) : data(std::move(value)) {}

  template <typename U,
            typename = typename std::enable_if<std::is_constructible<T, const U&>::value &&
                                               !std::is_base_of<E, U>::value>::type>
  Try(const U& value) : data(T(value)) {}

  Try(const E& error) : failure(error) {}

  template <typename Derived,
            typename = typename std::enable_if<std::is_base_of<E, Derived>::value>::type, typename = void>
  Try(const Derived& error) : failure(static_cast<const E&>(error)) {}

  bool isSome() const { return data.isSome(); }
  bool isError() const { return data.isNone(); }

  // There must be a value.
  const T& get() const& { return data.get(); }
  T& get() & { return data.get(); }
  T&& get() && { return std::move(data).get(); }

  const T* operator->() const { return &data.get(); }
  T* operator->() { return &data.get(); }
  const T& operator*() const& { return data.get(); }
  T& operator*() & { return data.get(); }
  T&& operator*() && { return std::move(data).get(); }

  // There must be an error. Its text, unless the error is of a type of its own.
  template <typename Err = E>
  typename std::enable_if<std::is_same<Err, Error>::value, const std::string&>::type error() const {
    return failure.get().message;
  }
  template <typename Err = E>
  typename std::enable_if<!std::is_same<Err, Error>::value, const E&>::type error() const {
    return failure.get();
  }

 private:
  Option<T> data;
  Option<E> failure;
};

#endif
