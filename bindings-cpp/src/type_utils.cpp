// Equality and text of messages, in both packages.

#include <memory>
#include <ostream>

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <mesos/type_utils.hpp>
#include <mesos/v1/mesos.hpp>

namespace mesos {
namespace internal {

bool equivalent(const google::protobuf::Message& left, const google::protobuf::Message& right) {
  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_message_field_comparison(google::protobuf::util::MessageDifferencer::EQUIVALENT);
  differencer.set_repeated_field_comparison(google::protobuf::util::MessageDifferencer::AS_SET);
  return differencer.Compare(left, right);
}

namespace {

std::string json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  // A message that is no JSON is none of ours.
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return message.ShortDebugString();
  return text;
}

}  // namespace
}  // namespace internal
}  // namespace mesos

#define MESOS_NAMESPACE_BEGIN namespace mesos {
#define MESOS_NAMESPACE_END }
#define MESOS_AGENT_INFO SlaveInfo
#include "type_utils_body.hpp"
#undef MESOS_NAMESPACE_BEGIN
#undef MESOS_NAMESPACE_END
#undef MESOS_AGENT_INFO

#define MESOS_NAMESPACE_BEGIN namespace mesos { namespace v1 {
#define MESOS_NAMESPACE_END }}
#define MESOS_AGENT_INFO AgentInfo
#include "type_utils_body.hpp"
