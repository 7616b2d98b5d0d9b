// Anything that can be printed, as text.
#ifndef STOUT_STRINGIFY_HPP
#define STOUT_STRINGIFY_HPP

#include <list>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <stout/error.hpp>

template <typename T>
std::string stringify(const T& value) {
  std::ostringstream stream;
  stream << value;
  return stream.str();
}

inline std::string stringify(bool value) { return value ? "true" : "false"; }
inline std::string stringify(const std::string& value) { return value; }
inline std::string stringify(const char* value) { return value; }
inline std::string stringify(const Error& error) { return error.message; }

namespace stout_stringify {

template <typename Items>
std::string list(const Items& items, const char* open, const char* close) {
  std::ostringstream stream;
  stream << open;
  const char* separator = "";
  for (const auto& item : items) {
    stream << separator << stringify(item);
    separator = ", ";
  }
  stream << close;
  return stream.str();
}

}  // namespace stout_stringify

template <typename T>
std::string stringify(const std::set<T>& items) {
  return stout_stringify::list(items, "{ ", " }");
}

template <typename T>
std::string stringify(const std::vector<T>& items) {
  return stout_stringify::list(items, "[ ", " ]");
}

template <typename T>
std::string stringify(const std::list<T>& items) {
  return stout_stringify::list(items, "[ ", " ]");
}

template <typename K, typename V>
std::string stringify(const std::map<K, V>& items) {
  std::vector<std::string> texts;
  for (const auto& item : items) texts.push_back(stringify(item.first) + ": " + stringify(item.second));
  return stout_stringify::list(texts, "{ ", " }");
}

#endif
