#ifndef STOUT_OS_GETENV_HPP
#define STOUT_OS_GETENV_HPP

#include <stout/os.hpp>

#endif
