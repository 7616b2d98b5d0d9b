// A value on its way into an Option or a Result, where its type alone would be ambiguous.
#ifndef STOUT_SOME_HPP
#define STOUT_SOME_HPP

#include <type_traits>
#include <utility>

template <typename T>
struct SomeValue {
  T value;
};

template <typename T>
SomeValue<typename std::decay<T>::type> Some(T&& value) {
  return SomeValue<typename std::decay<T>::type>{std::forward<T>(value)};
}

#endif
