// The edge at which C calls user code: nothing that user code throws passes it.
#ifndef MESOS_BINDINGS_CPP_UPCALL_HPP
#define MESOS_BINDINGS_CPP_UPCALL_HPP

#include <exception>
#include <iostream>

namespace mesos {
namespace internal {

// Runs `body`, which answers whether the bytes could be read. Not 0 aborts the driver.
template <typename Body>
int upcall(const char* name, const Body& body) noexcept {
  try {
    if (body()) return 0;
    std::cerr << "libmesos: " << name << ": the message cannot be read" << std::endl;
  } catch (const std::exception& thrown) {
    std::cerr << "libmesos: " << name << " threw: " << thrown.what() << std::endl;
  } catch (...) {
    std::cerr << "libmesos: " << name << " threw" << std::endl;
  }
  return 1;
}

}  // namespace internal
}  // namespace mesos

#endif
