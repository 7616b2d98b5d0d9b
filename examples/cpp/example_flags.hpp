// What all example frameworks share: their flags, and what follows from these.
#ifndef EXAMPLE_FLAGS_HPP
#define EXAMPLE_FLAGS_HPP

#include <iostream>
#include <string>

#include <google/protobuf/util/json_util.h>

#include <mesos/authorizer/acls.hpp>

#include <stout/exit.hpp>
#include <stout/flags.hpp>
#include <stout/option.hpp>
#include <stout/os.hpp>
#include <stout/path.hpp>
#include <stout/stringify.hpp>

class ExampleFlags : public virtual flags::FlagsBase {
 public:
  ExampleFlags() {
    add(&ExampleFlags::master, "master",
        "The master: `host:port`, `file:///path`, or `local` for one in this process. `zk://host:port,.../path` is "
        "not built yet.");
    add(&ExampleFlags::authenticate, "authenticate", "Whether to authenticate.", false);
    add(&ExampleFlags::principal, "principal", "Who the framework is.", "test");
    add(&ExampleFlags::secret, "secret",
        "The principal's secret, or the path of a file that holds it, beginning with `/` or `file://`.");
    add(&ExampleFlags::checkpoint, "checkpoint", "Whether tasks survive the agent's restart.", false);
    add(&ExampleFlags::role, "role", "The role to register in.", "*");
  }

  // Ends the program if it was asked for help, or if a flag is wrong.
  void load_or_exit(int argc, char** argv) {
    const Try<flags::Warnings> loaded = load("MESOS_EXAMPLE_", argc, argv);
    if (help) {
      std::cout << usage() << std::endl;
      std::exit(EXIT_SUCCESS);
    }
    if (loaded.isError()) {
      std::cerr << usage(loaded.error()) << std::endl;
      std::exit(EXIT_FAILURE);
    }
  }

  // For Credential of either package; none unless the framework authenticates.
  template <typename Credential>
  Option<Credential> credential() const {
    if (!authenticate) return None();
    Credential made;
    made.set_principal(principal);
    if (secret.isSome()) made.set_secret(secret_text());
    return made;
  }

  // A master and agent in this process learn their flags from the environment.
  void configure_local() const {
    if (master != "local") return;
    mesos::ACLs acls;
    mesos::ACL::RegisterFramework* acl = acls.add_register_frameworks();
    acl->mutable_principals()->set_type(mesos::ACL::Entity::ANY);
    acl->mutable_roles()->add_values(role);
    std::string json;
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    if (!google::protobuf::util::MessageToJsonString(acls, &json, options).ok()) {
      EXIT(EXIT_FAILURE) << "The role '" << role << "' cannot be written as JSON";
    }
    os::setenv("MESOS_ROLES", role);
    os::setenv("MESOS_AUTHENTICATE_FRAMEWORKS", stringify(authenticate));
    os::setenv("MESOS_ACLS", json);
    os::setenv("MESOS_DEFAULT_ROLE", role);
  }

  std::string master;
  bool authenticate;
  std::string principal;
  Option<std::string> secret;
  bool checkpoint;
  std::string role;

 private:
  std::string secret_text() const {
    if (!strings::startsWith(secret.get(), '/')) return secret.get();
    const Try<std::string> content = os::read(secret.get());
    if (content.isError()) EXIT(EXIT_FAILURE) << "Cannot read the secret: " << content.error();
    return strings::trim(content.get());
  }
};

// A program in the folder of this one, or in that of MESOS_HELPER_DIR.
inline std::string sibling(const char* argv0, const std::string& name) {
  const Option<std::string> folder = os::getenv("MESOS_HELPER_DIR");
  if (folder.isSome()) return path::join(folder.get(), name);
  const Result<std::string> own = os::realpath("/proc/self/exe");
  return path::join(Path(own.isSome() ? own.get() : std::string(argv0)).dirname(), name);
}

#endif
