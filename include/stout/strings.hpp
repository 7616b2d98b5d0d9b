// Text: trimming, splitting, joining, comparing.
#ifndef STOUT_STRINGS_HPP
#define STOUT_STRINGS_HPP

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <stout/option.hpp>
#include <stout/stringify.hpp>

namespace strings {

const std::string WHITESPACE = " \t\n\r";

enum Mode { PREFIX, SUFFIX, ANY };

inline std::string remove(const std::string& from, const std::string& part, Mode mode = ANY) {
  std::string result = from;
  if (mode == PREFIX) {
    if (from.compare(0, part.size(), part) == 0) result = from.substr(part.size());
  } else if (mode == SUFFIX) {
    const bool ends = from.size() >= part.size() && from.compare(from.size() - part.size(), part.size(), part) == 0;
    if (ends) result = from.substr(0, from.size() - part.size());
  } else if (!part.empty()) {
    size_t at;
    while ((at = result.find(part)) != std::string::npos) result.erase(at, part.size());
  }
  return result;
}

inline std::string trim(const std::string& from, Mode mode = ANY, const std::string& chars = WHITESPACE) {
  size_t start = mode == SUFFIX ? 0 : from.find_first_not_of(chars);
  if (start == std::string::npos) return "";
  size_t end = mode == PREFIX ? from.size() : from.find_last_not_of(chars) + 1;
  return from.substr(start, end - start);
}

inline std::string trim(const std::string& from, const std::string& chars) { return trim(from, ANY, chars); }

inline std::string replace(const std::string& text, const std::string& from, const std::string& to) {
  std::string result = text;
  if (from.empty() || from == to) return result;
  for (size_t at = 0; (at = result.find(from, at)) != std::string::npos; at += to.size()) {
    result.replace(at, from.size(), to);
  }
  return result;
}

// Without empty parts.
inline std::vector<std::string> tokenize(const std::string& text, const std::string& delimiters,
                                         const Option<size_t>& most = None()) {
  std::vector<std::string> tokens;
  size_t at = 0;
  while (most.isNone() || tokens.size() < most.get()) {
    const size_t start = text.find_first_not_of(delimiters, at);
    if (start == std::string::npos) break;
    const size_t end = text.find_first_of(delimiters, start);
    if (end == std::string::npos || (most.isSome() && tokens.size() + 1 == most.get())) {
      tokens.push_back(text.substr(start));
      break;
    }
    tokens.push_back(text.substr(start, end - start));
    at = end;
  }
  return tokens;
}

// With empty parts.
inline std::vector<std::string> split(const std::string& text, const std::string& delimiters,
                                      const Option<size_t>& most = None()) {
  std::vector<std::string> parts;
  size_t at = 0;
  while (most.isNone() || parts.size() < most.get()) {
    const size_t end = text.find_first_of(delimiters, at);
    if (end == std::string::npos || (most.isSome() && parts.size() + 1 == most.get())) {
      parts.push_back(text.substr(at));
      break;
    }
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

template <typename Items>
std::string join(const std::string& separator, const Items& items) {
  std::string text;
  bool is_first = true;
  for (const auto& item : items) {
    if (!is_first) text += separator;
    is_first = false;
    text += stringify(item);
  }
  return text;
}

template <typename First, typename Second, typename... Rest>
std::string join(const std::string& separator, const First& first, const Second& second, const Rest&... rest) {
  return join(separator, std::vector<std::string>{stringify(first), stringify(second), stringify(rest)...});
}

inline bool startsWith(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

inline bool startsWith(const std::string& text, char prefix) { return !text.empty() && text.front() == prefix; }

inline bool endsWith(const std::string& text, const std::string& suffix) {
  return text.size() >= suffix.size() && text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

inline bool endsWith(const std::string& text, char suffix) { return !text.empty() && text.back() == suffix; }

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline std::string lower(const std::string& text) {
  std::string result = text;
  for (char& letter : result) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return result;
}

inline std::string upper(const std::string& text) {
  std::string result = text;
  for (char& letter : result) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return result;
}

}  // namespace strings

#endif
