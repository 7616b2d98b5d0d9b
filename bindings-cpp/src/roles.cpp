// Names of roles. Compat: RES-63..RES-65.

#include <mesos/roles.hpp>

#include <stout/strings.hpp>

namespace mesos {
namespace roles {

bool isStrictSubroleOf(const std::string& left, const std::string& right) {
  return left.size() > right.size() && left[right.size()] == '/' && strings::startsWith(left, right);
}

Try<std::vector<std::string>> parse(const std::string& text) {
  const std::vector<std::string> roles = strings::tokenize(text, ",");
  const Option<Error> error = validate(roles);
  if (error.isSome()) return error.get();
  return roles;
}

std::vector<std::string> ancestors(const std::string& role) {
  std::vector<std::string> all;
  for (size_t slash = role.rfind('/'); slash != std::string::npos; slash = all.back().rfind('/')) {
    all.push_back(role.substr(0, slash));
  }
  return all;
}

namespace {

Option<Error> validate_component(const std::string& role, const std::string& component) {
  if (component == "." || component == ".." || component == "*") {
    return Error("Role '" + role + "' cannot include '" + component + "' as a component");
  }
  if (strings::startsWith(component, '-')) {
    return Error("Role component '" + component + "' is invalid because it starts with a dash");
  }
  if (component.find_first_of("\t\n\v\f\r \x7f") != std::string::npos) {
    return Error("Role component '" + component + "' is invalid because it contains backspace or whitespace");
  }
  return None();
}

}  // namespace

Option<Error> validate(const std::string& role) {
  if (role == "*") return None();
  if (role.empty()) return Error("Role names cannot be the empty string");
  if (strings::startsWith(role, '/')) return Error("Role '" + role + "' cannot start with a slash");
  if (strings::endsWith(role, '/')) return Error("Role '" + role + "' cannot end with a slash");
  if (strings::contains(role, "//")) return Error("Role '" + role + "' cannot contain two adjacent slashes");
  for (const std::string& component : strings::split(role, "/")) {
    const Option<Error> error = validate_component(role, component);
    if (error.isSome()) return error;
  }
  return None();
}

Option<Error> validate(const std::vector<std::string>& roles) {
  for (const std::string& role : roles) {
    const Option<Error> error = validate(role);
    if (error.isSome()) return error;
  }
  return None();
}

}  // namespace roles
}  // namespace mesos
