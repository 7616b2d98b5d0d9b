// Messages on their way to and from the C interface, where they are serialised bytes.
//
// Required fields are not checked here: the driver behind the C interface knows what to say of a message that lacks
// one.
#ifndef MESOS_BINDINGS_CPP_WIRE_HPP
#define MESOS_BINDINGS_CPP_WIRE_HPP

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <google/protobuf/message_lite.h>

#include <mesos/mesos.h>

namespace mesos {
namespace internal {

inline mesos_bytes lend(const std::string& text) {
  mesos_bytes bytes;
  bytes.data = reinterpret_cast<const uint8_t*>(text.data());
  bytes.length = text.size();
  return bytes;
}

inline mesos_bytes nothing() {
  mesos_bytes bytes;
  bytes.data = nullptr;
  bytes.length = 0;
  return bytes;
}

// A serialised message that lives as long as the call it is lent to.
class Encoded {
 public:
  explicit Encoded(const google::protobuf::MessageLite& message) { message.SerializePartialToString(&text); }

  operator mesos_bytes() const { return lend(text); }

 private:
  std::string text;
};

// A list of serialised messages.
class EncodedList {
 public:
  template <typename Messages>
  explicit EncodedList(const Messages& messages) {
    texts.reserve(static_cast<size_t>(messages.size()));
    for (const auto& message : messages) {
      texts.emplace_back();
      message.SerializePartialToString(&texts.back());
    }
    for (const std::string& text : texts) items.push_back(lend(text));
  }

  const mesos_bytes* data() const { return items.data(); }
  size_t size() const { return items.size(); }

 private:
  std::vector<std::string> texts;
  std::vector<mesos_bytes> items;
};

// A list of C strings; the texts are the caller's.
class TextList {
 public:
  explicit TextList(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) items.push_back(text.c_str());
  }

  const char* const* data() const { return items.data(); }
  size_t size() const { return items.size(); }

 private:
  std::vector<const char*> items;
};

// "NAME=value" texts and a NULL.
class Environ {
 public:
  explicit Environ(const std::map<std::string, std::string>& variables) {
    texts.reserve(variables.size());
    for (const auto& variable : variables) texts.push_back(variable.first + "=" + variable.second);
    for (const std::string& text : texts) items.push_back(text.c_str());
    items.push_back(nullptr);
  }

  const char* const* data() const { return items.data(); }

 private:
  std::vector<std::string> texts;
  std::vector<const char*> items;
};

inline bool decode(mesos_bytes bytes, google::protobuf::MessageLite* message) {
  if (bytes.length > static_cast<size_t>(std::numeric_limits<int>::max())) return false;
  return message->ParsePartialFromArray(bytes.data, static_cast<int>(bytes.length));
}

template <typename Message>
bool decode(const mesos_bytes* items, size_t count, std::vector<Message>* messages) {
  messages->resize(count);
  for (size_t at = 0; at < count; at++) {
    if (!decode(items[at], &(*messages)[at])) return false;
  }
  return true;
}

inline std::string text(mesos_bytes bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data), bytes.length);
}

}  // namespace internal
}  // namespace mesos

#endif
