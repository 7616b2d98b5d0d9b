// Paths.
#ifndef STOUT_PATH_HPP
#define STOUT_PATH_HPP

#include <string>
#include <vector>

#include <stout/stringify.hpp>
#include <stout/strings.hpp>

namespace path {

inline std::string join(const std::string& left, const std::string& right) {
  return strings::remove(left, "/", strings::SUFFIX) + "/" + strings::remove(right, "/", strings::PREFIX);
}

template <typename... Rest>
std::string join(const std::string& first, const std::string& second, const Rest&... rest) {
  return join(join(first, second), rest...);
}

inline bool absolute(const std::string& path) { return strings::startsWith(path, '/'); }

}  // namespace path

class Path {
 public:
  Path() {}
  explicit Path(const std::string& path) : value(path) {}

  std::string basename() const {
    const std::string path = strings::trim(value, strings::SUFFIX, "/");
    if (path.empty()) return value.empty() ? "." : "/";
    return path.substr(path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
  }

  std::string dirname() const {
    const std::string path = strings::trim(value, strings::SUFFIX, "/");
    const size_t at = path.rfind('/');
    if (at == std::string::npos) return path.empty() && !value.empty() ? "/" : ".";
    const std::string above = strings::trim(path.substr(0, at), strings::SUFFIX, "/");
    return above.empty() ? "/" : above;
  }

  bool absolute() const { return ::path::absolute(value); }
  const std::string& string() const { return value; }
  operator std::string() const { return value; }

 private:
  std::string value;
};

#endif
