// Messages as JSON.
#ifndef STOUT_PROTOBUF_HPP
#define STOUT_PROTOBUF_HPP

#include <string>

#include <google/protobuf/message.h>
#include <google/protobuf/repeated_field.h>
#include <google/protobuf/util/json_util.h>

#include <stout/error.hpp>
#include <stout/json.hpp>
#include <stout/try.hpp>

namespace JSON {

// With the names that the fields have in the .proto file. An object without members if the message is no JSON.
inline Object protobuf(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  Object object;
  if (!google::protobuf::util::MessageToJsonString(message, &object.text, options).ok()) object.text = "{}";
  return object;
}

}  // namespace JSON

namespace protobuf {

// A message of a JSON text.
template <typename Message>
Try<Message> parse(const std::string& text) {
  Message message;
  const auto status = google::protobuf::util::JsonStringToMessage(text, &message);
  if (!status.ok()) return Error(status.ToString());
  return message;
}

}  // namespace protobuf

#endif
