// The size of a page of memory.
#ifndef STOUT_OS_PAGESIZE_HPP
#define STOUT_OS_PAGESIZE_HPP

#include <unistd.h>

#include <cstddef>

namespace os {

inline size_t pagesize() { return static_cast<size_t>(::sysconf(_SC_PAGESIZE)); }

}  // namespace os

#endif
