// Comparing and printing protobuf's own containers, found through their namespace.
#ifndef MESOS_DETAIL_PROTOBUF_UTILS_HPP
#define MESOS_DETAIL_PROTOBUF_UTILS_HPP

#include <functional>
#include <ostream>
#include <string>

#include <google/protobuf/map.h>
#include <google/protobuf/message.h>
#include <google/protobuf/repeated_field.h>

namespace google {
namespace protobuf {

template <typename Key, typename Value>
inline bool operator==(const Map<Key, Value>& left, const Map<Key, Value>& right) {
  if (left.size() != right.size()) return false;
  for (const auto& item : left) {
    const auto found = right.find(item.first);
    if (found == right.end() || !(found->second == item.second)) return false;
  }
  return true;
}

template <typename Key, typename Value>
inline bool operator!=(const Map<Key, Value>& left, const Map<Key, Value>& right) {
  return !(left == right);
}

template <typename Key, typename Value>
inline std::ostream& operator<<(std::ostream& stream, const Map<Key, Value>& map) {
  stream << "{ ";
  const char* separator = "";
  for (const auto& item : map) {
    stream << separator << item.first << ": " << item.second;
    separator = ", ";
  }
  return stream << " }";
}

template <typename T>
inline std::ostream& operator<<(std::ostream& stream, const RepeatedPtrField<T>& messages) {
  stream << "[ ";
  const char* separator = "";
  for (const auto& message : messages) {
    stream << separator << message;
    separator = ", ";
  }
  return stream << " ]";
}

}  // namespace protobuf
}  // namespace google

namespace mesos {
namespace internal {

// Equal but for the order of repeated fields; an absent field is as good as its default.
bool equivalent(const google::protobuf::Message& left, const google::protobuf::Message& right);

inline void combine(size_t* seed, size_t hash) { *seed ^= hash + 0x9e3779b9 + (*seed << 6) + (*seed >> 2); }

inline size_t hash_of(const std::string& text) {
  size_t seed = 0;
  combine(&seed, std::hash<std::string>()(text));
  return seed;
}

}  // namespace internal
}  // namespace mesos

#endif
