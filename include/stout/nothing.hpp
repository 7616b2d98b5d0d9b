// The value of an operation that has none.
#ifndef STOUT_NOTHING_HPP
#define STOUT_NOTHING_HPP

struct Nothing {};

inline bool operator==(const Nothing&, const Nothing&) { return true; }
inline bool operator!=(const Nothing&, const Nothing&) { return false; }

#endif
