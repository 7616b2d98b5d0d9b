// "No value", for Option and Result.
#ifndef STOUT_NONE_HPP
#define STOUT_NONE_HPP

struct None {};

#endif
