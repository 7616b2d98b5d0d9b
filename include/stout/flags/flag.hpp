// One flag.
#ifndef STOUT_FLAGS_FLAG_HPP
#define STOUT_FLAGS_FLAG_HPP

#include <functional>
#include <string>

#include <stout/error.hpp>
#include <stout/nothing.hpp>
#include <stout/option.hpp>
#include <stout/try.hpp>

namespace flags {

class FlagsBase;

struct Name {
  Name() {}
  Name(const std::string& value) : value(value) {}
  Name(const char* value) : value(value) {}

  bool operator==(const Name& that) const { return value == that.value; }

  std::string value;
};

struct Flag {
  Name name;
  Option<Name> alias;
  std::string help;
  bool boolean = false;
  // No default, and it must be given.
  bool required = false;
  // It was given.
  bool loaded = false;
  std::function<Try<Nothing>(FlagsBase*, const std::string&)> load;
  std::function<Option<Error>(const FlagsBase&)> validate;
};

// Something worth telling the user.
struct Warning {
  explicit Warning(const std::string& message) : message(message) {}
  std::string message;
};

}  // namespace flags

#endif
