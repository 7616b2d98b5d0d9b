// The operating system: environment, user, files, sleeping.
#ifndef STOUT_OS_HPP
#define STOUT_OS_HPP

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <stout/duration.hpp>
#include <stout/error.hpp>
#include <stout/none.hpp>
#include <stout/nothing.hpp>
#include <stout/option.hpp>
#include <stout/path.hpp>
#include <stout/result.hpp>
#include <stout/try.hpp>

extern "C" char** environ;

namespace os {

inline Option<std::string> getenv(const std::string& name) {
  const char* value = ::getenv(name.c_str());
  if (value == nullptr) return None();
  return std::string(value);
}

inline void setenv(const std::string& name, const std::string& value, bool overwrite = true) {
  ::setenv(name.c_str(), value.c_str(), overwrite ? 1 : 0);
}

inline void unsetenv(const std::string& name) { ::unsetenv(name.c_str()); }

inline std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; variable++) {
    const std::string text = *variable;
    const size_t at = text.find('=');
    if (at != std::string::npos) variables[text.substr(0, at)] = text.substr(at + 1);
  }
  return variables;
}

inline Try<Nothing> sleep(const Duration& duration) {
  if (duration < Duration::zero()) return ErrnoError(EINVAL);
  timespec left;
  left.tv_sec = static_cast<time_t>(duration.ns() / Duration::SECONDS);
  left.tv_nsec = static_cast<long>(duration.ns() % Duration::SECONDS);
  while (nanosleep(&left, &left) == -1) {
    if (errno != EINTR) return ErrnoError();
  }
  return Nothing();
}

// The name of the user, by default of the one that the process runs as; none if there is no such user.
inline Result<std::string> user(const Option<uid_t>& uid = None()) {
  std::vector<char> buffer(1024);
  passwd entry;
  passwd* found = nullptr;
  int code;
  while ((code = getpwuid_r(uid.isSome() ? uid.get() : ::getuid(), &entry, buffer.data(), buffer.size(), &found)) ==
         ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  if (found != nullptr) return std::string(entry.pw_name);
  if (code == 0 || code == ENOENT || code == ESRCH || code == EBADF || code == EPERM) return None();
  return Error(ErrnoError(code, "Failed to get the user").message);
}

inline bool exists(const std::string& path) {
  struct stat status;
  return ::lstat(path.c_str(), &status) == 0;
}

inline std::string getcwd() {
  std::vector<char> buffer(PATH_MAX);
  return ::getcwd(buffer.data(), buffer.size()) != nullptr ? std::string(buffer.data()) : std::string();
}

inline Result<std::string> realpath(const std::string& path) {
  std::vector<char> buffer(PATH_MAX + 1);
  if (::realpath(path.c_str(), buffer.data()) != nullptr) return std::string(buffer.data());
  if (errno == ENOENT || errno == ENOTDIR) return None();
  return Error(ErrnoError().message);
}

inline Try<std::string> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return ErrnoError("Failed to open file '" + path + "'");
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace os

#endif
