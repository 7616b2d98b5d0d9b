// Why something failed.
#ifndef STOUT_ERROR_HPP
#define STOUT_ERROR_HPP

#include <stout/errorbase.hpp>

#endif
