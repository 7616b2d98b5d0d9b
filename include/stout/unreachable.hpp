// Marks what is never reached.
#ifndef STOUT_UNREACHABLE_HPP
#define STOUT_UNREACHABLE_HPP

#include <cstdlib>
#include <iostream>

[[noreturn]] inline void stout_unreachable(const char* file, int line) {
  std::cerr << "Reached unreachable statement at " << file << ':' << line << std::endl;
  std::abort();
}

#define UNREACHABLE() stout_unreachable(__FILE__, __LINE__)

#endif
