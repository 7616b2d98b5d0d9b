// The edge at which C calls user code: nothing that user code throws passes it.
#ifndef MESOS_BINDINGS_CPP_UPCALL_HPP
#define MESOS_BINDINGS_CPP_UPCALL_HPP

#include <exception>
#include <iostream>
#include <string>

namespace mesos {
namespace internal {

// In one piece: other threads write, too.
inline void complain(const std::string& why) { std::cerr << "libmesos: " + why + "\n"; }

// Runs `body`, which answers whether the bytes could be read. Not 0 aborts the driver.
template <typename Body>
int upcall(const char* name, const Body& body) noexcept {
  try {
    if (body()) return 0;
    complain(std::string(name) + ": the message cannot be read");
  } catch (const std::exception& thrown) {
    complain(std::string(name) + " threw: " + thrown.what());
  } catch (...) {
    complain(std::string(name) + " threw");
  }
  return 1;
}

}  // namespace internal
}  // namespace mesos

#endif
