// The only owner of an object, which can still be copied until it is used up.
#ifndef PROCESS_OWNED_HPP
#define PROCESS_OWNED_HPP

#include <cassert>
#include <memory>

namespace process {

template <typename T>
class Owned {
 public:
  Owned() {}
  explicit Owned(T* object) : object(object) {}
  Owned(std::unique_ptr<T>&& object) : object(std::move(object)) {}
  Owned(std::nullptr_t) {}

  bool operator==(const Owned<T>& that) const { return object == that.object; }
  bool operator<(const Owned<T>& that) const { return object < that.object; }

  T& operator*() const {
    assert(object);
    return *object;
  }
  T* operator->() const {
    assert(object);
    return object.get();
  }
  T* get() const { return object.get(); }
  explicit operator bool() const { return static_cast<bool>(object); }

  void reset() { object.reset(); }
  void reset(T* other) { object.reset(other); }
  void swap(Owned<T>& that) { object.swap(that.object); }

 private:
  std::shared_ptr<T> object;
};

}  // namespace process

#endif
