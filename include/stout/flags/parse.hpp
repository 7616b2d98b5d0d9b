// Text as the value of a flag. Specialise `flags::parse` for types of your own.
#ifndef STOUT_FLAGS_PARSE_HPP
#define STOUT_FLAGS_PARSE_HPP

#include <string>

#include <stout/bytes.hpp>
#include <stout/duration.hpp>
#include <stout/error.hpp>
#include <stout/numify.hpp>
#include <stout/path.hpp>
#include <stout/try.hpp>

namespace flags {

template <typename T>
Try<T> parse(const std::string& text) {
  return numify<T>(text);
}

template <>
inline Try<std::string> parse(const std::string& text) {
  return text;
}

template <>
inline Try<bool> parse(const std::string& text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return Error("Expecting a boolean (e.g., true or false)");
}

template <>
inline Try<Duration> parse(const std::string& text) {
  return Duration::parse(text);
}

template <>
inline Try<Bytes> parse(const std::string& text) {
  return Bytes::parse(text);
}

template <>
inline Try<Path> parse(const std::string& text) {
  return Path(text);
}

}  // namespace flags

#endif
