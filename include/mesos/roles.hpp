// Names of roles. Compat: RES-63..RES-65.
#ifndef MESOS_ROLES_HPP
#define MESOS_ROLES_HPP

#include <string>
#include <vector>

#include <stout/error.hpp>
#include <stout/option.hpp>
#include <stout/try.hpp>

namespace mesos {
namespace roles {

// Whether `left` lies below `right`: "a/b" lies below "a".
bool isStrictSubroleOf(const std::string& left, const std::string& right);

// "role1,role2".
Try<std::vector<std::string>> parse(const std::string& text);

// "a/b/c" gives "a/b" and "a".
std::vector<std::string> ancestors(const std::string& role);

Option<Error> validate(const std::string& role);
Option<Error> validate(const std::vector<std::string>& roles);

}  // namespace roles
}  // namespace mesos

#endif
