// Memory that the C interface hands over.
#ifndef MESOS_BINDINGS_CPP_BUFFERS_HPP
#define MESOS_BINDINGS_CPP_BUFFERS_HPP

#include <string>

#include <mesos/resources.h>

#include "wire.hpp"

namespace mesos {
namespace internal {

// One message or text; NULL data is the error of mesos_last_error().
class Buffer {
 public:
  explicit Buffer(mesos_buffer buffer) : buffer(buffer) {}
  ~Buffer() { mesos_buffer_free(&buffer); }

  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  bool is_error() const { return buffer.data == nullptr; }

  mesos_bytes bytes() const {
    mesos_bytes bytes;
    bytes.data = buffer.data;
    bytes.length = buffer.length;
    return bytes;
  }

  std::string text() const { return is_error() ? std::string() : internal::text(bytes()); }

 private:
  mesos_buffer buffer;
};

// A list of them, filled by a function that gets `address()`.
class Buffers {
 public:
  Buffers() = default;
  ~Buffers() { mesos_buffers_free(&buffers); }

  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;

  mesos_buffers* address() { return &buffers; }
  size_t size() const { return buffers.count; }

  mesos_bytes at(size_t index) const {
    mesos_bytes bytes;
    bytes.data = buffers.items[index].data;
    bytes.length = buffers.items[index].length;
    return bytes;
  }

 private:
  mesos_buffers buffers = {nullptr, 0};
};

}  // namespace internal
}  // namespace mesos

#endif
