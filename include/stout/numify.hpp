// Text as a number.
#ifndef STOUT_NUMIFY_HPP
#define STOUT_NUMIFY_HPP

#include <sstream>
#include <string>
#include <type_traits>

#include <stout/error.hpp>
#include <stout/none.hpp>
#include <stout/option.hpp>
#include <stout/result.hpp>
#include <stout/try.hpp>

// The whole text must be the number; "0x" begins a hexadecimal one.
template <typename T>
Try<T> numify(const std::string& text) {
  static_assert(std::is_arithmetic<T>::value, "a number is asked for");
  const std::string error = "Failed to convert '" + text + "' to number";
  const bool is_signed = !text.empty() && (text[0] == '-' || text[0] == '+');
  if (text.empty() || (text[0] == '-' && std::is_unsigned<T>::value)) return Error(error);
  const bool is_hex = text.compare(is_signed ? 1 : 0, 2, "0x") == 0 || text.compare(is_signed ? 1 : 0, 2, "0X") == 0;
  if (is_hex && text.find_first_of(".pP") != std::string::npos) return Error(error);
  std::istringstream stream(text);
  if (is_hex) stream.setf(std::ios::hex, std::ios::basefield);
  stream >> std::noskipws;
  T value = T();
  stream >> value;
  if (stream.fail() || stream.peek() != std::istringstream::traits_type::eof()) return Error(error);
  return value;
}

template <typename T>
Try<T> numify(const char* text) {
  return numify<T>(std::string(text));
}

template <typename T>
Result<T> numify(const Option<std::string>& text) {
  if (text.isNone()) return None();
  return Result<T>(numify<T>(text.get()));
}

#endif
