// Why something failed.
#ifndef STOUT_ERRORBASE_HPP
#define STOUT_ERRORBASE_HPP

#include <cerrno>
#include <cstring>
#include <ostream>
#include <string>

class Error {
 public:
  explicit Error(const std::string& message) : message(message) {}

  bool operator==(const Error& that) const { return message == that.message; }
  bool operator!=(const Error& that) const { return !(*this == that); }

  std::string message;
};

inline std::ostream& operator<<(std::ostream& stream, const Error& error) { return stream << error.message; }

class ErrnoError : public Error {
 public:
  ErrnoError() : ErrnoError(errno) {}
  explicit ErrnoError(int code) : Error(std::strerror(code)), code(code) {}
  explicit ErrnoError(const std::string& message) : ErrnoError(errno, message) {}
  ErrnoError(int code, const std::string& message) : Error(message + ": " + std::strerror(code)), code(code) {}

  int code;
};

#endif
