// A value or none.
#ifndef STOUT_OPTION_HPP
#define STOUT_OPTION_HPP

#include <cassert>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <stout/none.hpp>
#include <stout/some.hpp>

template <typename T>
class Option {
 public:
  static Option<T> none() { return Option<T>(); }
  static Option<T> some(const T& value) { return Option<T>(value); }

  Option() : full(false) {}
  Option(const None&) : full(false) {}

  template <typename U, typename = typename std::enable_if<std::is_constructible<T, const U&>::value>::type>
  Option(const U& value) : full(true) {
    new (&storage) T(value);
  }

  Option(const T& value) : full(true) { new (&storage) T(value); }
  Option(T&& value) : full(true) { new (&storage) T(std::move(value)); }

  template <typename U>
  Option(const SomeValue<U>& some) : full(true) {
    new (&storage) T(some.value);
  }

  Option(const Option<T>& that) : full(that.full) {
    if (full) new (&storage) T(that.value());
  }

  Option(Option<T>&& that) noexcept(std::is_nothrow_move_constructible<T>::value) : full(that.full) {
    if (full) new (&storage) T(std::move(that.value()));
  }

  ~Option() { clear(); }

  Option<T>& operator=(const Option<T>& that) {
    if (this != &that) *this = Option<T>(that);
    return *this;
  }

  Option<T>& operator=(Option<T>&& that) noexcept(std::is_nothrow_move_constructible<T>::value) {
    if (this == &that) return *this;
    clear();
    if (that.full) new (&storage) T(std::move(that.value()));
    full = that.full;
    return *this;
  }

  bool isSome() const { return full; }
  bool isNone() const { return !full; }

  // There must be a value.
  const T& get() const& { return value(); }
  T& get() & { return value(); }
  T&& get() && { return std::move(value()); }
  const T&& get() const&& { return std::move(value()); }

  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(value()); }

  T getOrElse(const T& other) const& { return full ? value() : other; }
  T getOrElse(const T& other) && { return full ? std::move(value()) : other; }

  bool operator==(const Option<T>& that) const {
    return full == that.full && (!full || value() == that.value());
  }
  bool operator!=(const Option<T>& that) const { return !(*this == that); }
  bool operator==(const T& that) const { return full && value() == that; }
  bool operator!=(const T& that) const { return !(*this == that); }

 private:
  const T& value() const {
    assert(full);
    return *reinterpret_cast<const T*>(&storage);
  }
  T& value() {
    assert(full);
    return *reinterpret_cast<T*>(&storage);
  }

  void clear() {
    if (full) value().~T();
    full = false;
  }

  bool full;
  typename std::aligned_storage<sizeof(T), alignof(T)>::type storage;
};

template <typename T>
Option<T> min(const Option<T>& left, const Option<T>& right) {
  if (left.isNone()) return right;
  if (right.isNone()) return left;
  return left.get() < right.get() ? left : right;
}

template <typename T>
Option<T> max(const Option<T>& left, const Option<T>& right) {
  if (left.isNone()) return right;
  if (right.isNone()) return left;
  return left.get() < right.get() ? right : left;
}

namespace std {

template <typename T>
struct hash<Option<T>> {
  typedef size_t result_type;
  typedef Option<T> argument_type;

  result_type operator()(const argument_type& option) const {
    return option.isSome() ? hash<T>()(option.get()) * 31 + 1 : 0;
  }
};

}  // namespace std

#endif
