// An object with several owners, none of which changes it.
#ifndef PROCESS_SHARED_HPP
#define PROCESS_SHARED_HPP

#include <cassert>
#include <memory>

namespace process {

template <typename T>
class Shared {
 public:
  Shared() {}
  explicit Shared(T* object) : object(object) {}

  bool operator==(const Shared<T>& that) const { return object == that.object; }
  bool operator<(const Shared<T>& that) const { return object < that.object; }

  const T& operator*() const {
    assert(object);
    return *object;
  }
  const T* operator->() const {
    assert(object);
    return object.get();
  }
  const T* get() const { return object.get(); }
  explicit operator bool() const { return static_cast<bool>(object); }

  bool unique() const { return object.use_count() == 1; }
  void reset() { object.reset(); }
  void reset(T* other) { object.reset(other); }
  void swap(Shared<T>& that) { object.swap(that.object); }

 private:
  std::shared_ptr<T> object;
};

}  // namespace process

#endif
