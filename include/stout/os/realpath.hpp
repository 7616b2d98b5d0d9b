#ifndef STOUT_OS_REALPATH_HPP
#define STOUT_OS_REALPATH_HPP

#include <stout/os.hpp>

#endif
