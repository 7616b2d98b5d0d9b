// Flags as members of a class: "--name=value" on the command line, PREFIX_NAME in the environment.
#ifndef STOUT_FLAGS_HPP
#define STOUT_FLAGS_HPP

#include <stout/flags/flags.hpp>

#endif
