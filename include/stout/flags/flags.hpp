// Flags as members of a class: "--name=value" on the command line, PREFIX_NAME in the environment.
//
// A subset: flags are added in constructors and loaded from a command line with or without a prefix for the
// environment, or from a map.
#ifndef STOUT_FLAGS_FLAGS_HPP
#define STOUT_FLAGS_FLAGS_HPP

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <stout/error.hpp>
#include <stout/exit.hpp>
#include <stout/flags/flag.hpp>
#include <stout/flags/parse.hpp>
#include <stout/none.hpp>
#include <stout/option.hpp>
#include <stout/os.hpp>
#include <stout/path.hpp>
#include <stout/strings.hpp>
#include <stout/try.hpp>

namespace flags {

struct Warnings {
  std::vector<Warning> warnings;
};

class FlagsBase {
 public:
  FlagsBase() { add(&FlagsBase::help, "help", "Prints this help message", false); }
  virtual ~FlagsBase() {}

  FlagsBase(const FlagsBase&) = default;
  FlagsBase& operator=(const FlagsBase&) = default;

  // The command line goes before the environment, which is read only with a prefix. Arguments that are no flags stay
  // out; `unknowns` lets unknown flags pass, `duplicates` lets the last of several win.
  virtual Try<Warnings> load(const Option<std::string>& prefix, int argc, const char* const* argv,
                             bool unknowns = false, bool duplicates = false) {
    if (program.empty() && argc > 0) program = Path(argv[0]).basename();
    std::vector<Given> given;
    for (int at = 1; at < argc; at++) {
      const std::string argument = argv[at];
      if (argument == "--") break;
      if (strings::startsWith(argument, "--")) given.push_back(read(argument.substr(2)));
    }
    return take(given, prefix, unknowns, duplicates);
  }

  virtual Try<Warnings> load(const std::map<std::string, std::string>& values, bool unknowns = false) {
    std::vector<Given> given;
    for (const auto& value : values) given.push_back(Given{value.first, value.second});
    return take(given, None(), unknowns, false);
  }

  virtual std::string usage(const Option<std::string>& message = None()) const {
    std::ostringstream text;
    if (message.isSome()) text << message.get() << "\n\n";
    text << (usageMessage.isSome() ? usageMessage.get() : "Usage: " + program + " [options]\n") << "\n";
    for (const auto& item : all) {
      const Flag& flag = item.second;
      const std::string name = flag.boolean ? "--[no-]" + flag.name.value : "--" + flag.name.value + "=VALUE";
      text << "  " << name << "\n";
      for (const std::string& line : strings::split(flag.help, "\n")) text << "      " << line << "\n";
    }
    return text.str();
  }

  void setUsageMessage(const std::string& message) { usageMessage = message; }

  // A flag with a default.
  template <typename Flags, typename T, typename U, typename V>
  void add(T Flags::*member, const Name& name, const Option<Name>& alias, const std::string& help, const U& otherwise,
           V validate) {
    // While a constructor runs, this is an object of its class.
    if (Flags* flags = dynamic_cast<Flags*>(this)) flags->*member = otherwise;
    Flag flag = describe<T>(name, alias, help);
    flag.load = loader<Flags, T>(name, member);
    flag.validate = [member, validate](const FlagsBase& base) -> Option<Error> {
      const Flags* flags = dynamic_cast<const Flags*>(&base);
      return flags != nullptr ? validate(flags->*member) : Option<Error>(None());
    };
    put(flag);
  }

  template <typename Flags, typename T, typename U>
  void add(T Flags::*member, const Name& name, const std::string& help, const U& otherwise) {
    add(member, name, None(), help, otherwise, [](const T&) -> Option<Error> { return None(); });
  }

  template <typename Flags, typename T, typename U, typename V,
            typename = decltype(std::declval<V>()(std::declval<const T&>()))>
  void add(T Flags::*member, const Name& name, const std::string& help, const U& otherwise, V validate) {
    add(member, name, None(), help, otherwise, validate);
  }

  template <typename Flags, typename T, typename U>
  void add(T Flags::*member, const Name& name, const Option<Name>& alias, const std::string& help,
           const U& otherwise) {
    add(member, name, alias, help, otherwise, [](const T&) -> Option<Error> { return None(); });
  }

  // A flag that may be absent.
  template <typename Flags, typename T>
  void add(Option<T> Flags::*member, const Name& name, const std::string& help) {
    add(member, name, help, [](const Option<T>&) -> Option<Error> { return None(); });
  }

  template <typename Flags, typename T, typename V,
            typename = decltype(std::declval<V>()(std::declval<const Option<T>&>()))>
  void add(Option<T> Flags::*member, const Name& name, const std::string& help, V validate) {
    Flag flag = describe<T>(name, None(), help);
    flag.load = loader<Flags, T>(name, member);
    flag.validate = [member, validate](const FlagsBase& base) -> Option<Error> {
      const Flags* flags = dynamic_cast<const Flags*>(&base);
      return flags != nullptr ? validate(flags->*member) : Option<Error>(None());
    };
    put(flag);
  }

  // A flag that must be given.
  template <typename Flags, typename T>
  void add(T Flags::*member, const Name& name, const std::string& help) {
    Flag flag = describe<T>(name, None(), help);
    flag.required = true;
    flag.load = loader<Flags, T>(name, member);
    put(flag);
  }

  bool help = false;

 private:
  struct Given {
    std::string name;
    // None for "--name" and "--no-name".
    Option<std::string> value;
  };

  static Given read(const std::string& argument) {
    const size_t at = argument.find('=');
    if (at == std::string::npos) return Given{argument, None()};
    return Given{argument.substr(0, at), argument.substr(at + 1)};
  }

  template <typename T>
  static Flag describe(const Name& name, const Option<Name>& alias, const std::string& help) {
    Flag flag;
    flag.name = name;
    flag.alias = alias;
    flag.help = help;
    flag.boolean = std::is_same<T, bool>::value;
    return flag;
  }

  template <typename Flags, typename T, typename Member>
  static std::function<Try<Nothing>(FlagsBase*, const std::string&)> loader(const Name& name, Member member) {
    return [name, member](FlagsBase* base, const std::string& text) -> Try<Nothing> {
      Flags* flags = dynamic_cast<Flags*>(base);
      if (flags == nullptr) return Nothing();
      const Try<std::string> content = fetch<T>(text);
      const Try<T> value = content.isSome() ? parse<T>(content.get()) : Try<T>(Error(content.error()));
      if (value.isError()) {
        return Error("Failed to load flag '" + name.value + "': Failed to load value '" + text +
                     "': " + value.error());
      }
      flags->*member = value.get();
      return Nothing();
    };
  }

  // "file:///path" stands for the content of the file, except where a path is wanted.
  template <typename T>
  static Try<std::string> fetch(const std::string& text) {
    if (std::is_same<T, Path>::value || !strings::startsWith(text, "file://")) return text;
    return os::read(text.substr(7));
  }

  void put(const Flag& flag) {
    all[flag.name.value] = flag;
    if (flag.alias.isSome()) aliases[flag.alias.get().value] = flag.name.value;
  }

  Flag* find(const std::string& name) {
    const auto alias = aliases.find(name);
    const auto found = all.find(alias != aliases.end() ? alias->second : name);
    return found != all.end() ? &found->second : nullptr;
  }

  Try<Warnings> take(std::vector<Given> given, const Option<std::string>& prefix, bool unknowns, bool duplicates) {
    for (const Given& item : given) {
      const Try<Nothing> done = take_one(item, unknowns, duplicates);
      if (done.isError()) return Error(done.error());
    }
    for (auto& item : all) {
      Flag& flag = item.second;
      const Option<std::string> value =
          prefix.isSome() && !flag.loaded ? os::getenv(prefix.get() + strings::upper(flag.name.value)) : None();
      if (value.isSome()) {
        const Try<Nothing> done = flag.load(this, value.get());
        if (done.isError()) return Error(done.error());
        flag.loaded = true;
      }
    }
    return check();
  }

  Try<Nothing> take_one(const Given& item, bool unknowns, bool duplicates) {
    Flag* flag = find(item.name);
    const bool is_negated = flag == nullptr && item.value.isNone() && strings::startsWith(item.name, "no-");
    if (is_negated) flag = find(item.name.substr(3));
    if (flag == nullptr) {
      if (unknowns) return Nothing();
      return Error("Failed to load unknown flag '" + item.name + "'");
    }
    if (flag->loaded && !duplicates) return Error("Flag '" + flag->name.value + "' is already loaded");
    if (item.value.isNone() && !flag->boolean) {
      return Error("Failed to load non-boolean flag '" + flag->name.value + "': Missing value");
    }
    flag->loaded = true;
    return flag->load(this, item.value.isSome() ? item.value.get() : is_negated ? "false" : "true");
  }

  Try<Warnings> check() const {
    if (help) return Warnings();
    for (const auto& item : all) {
      const Flag& flag = item.second;
      if (flag.required && !flag.loaded) {
        return Error("Flag '" + flag.name.value + "' is required, but it was not provided");
      }
      const Option<Error> error = flag.validate ? flag.validate(*this) : Option<Error>(None());
      if (error.isSome()) return Error(error.get().message);
    }
    return Warnings();
  }

  std::string program;
  Option<std::string> usageMessage;
  std::map<std::string, Flag> all;
  std::map<std::string, std::string> aliases;
};

}  // namespace flags

#endif
