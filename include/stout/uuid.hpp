// Identifiers of 128 bits.
#ifndef STOUT_UUID_HPP
#define STOUT_UUID_HPP

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <ostream>
#include <random>
#include <string>

#include <stout/error.hpp>
#include <stout/try.hpp>

namespace id {

class UUID {
 public:
  static UUID random() {
    std::random_device source;
    std::array<uint8_t, 16> bytes;
    for (size_t at = 0; at < bytes.size(); at += 4) {
      const uint32_t word = source();
      std::memcpy(&bytes[at], &word, 4);
    }
    bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
    return UUID(bytes);
  }

  static Try<UUID> fromBytes(const std::string& text) {
    if (text.size() != 16) return Error("Expected 16 bytes, got " + std::to_string(text.size()));
    std::array<uint8_t, 16> bytes;
    std::memcpy(bytes.data(), text.data(), 16);
    return UUID(bytes);
  }

  static Try<UUID> fromString(const std::string& text) {
    std::string digits;
    for (size_t at = 0; at < text.size(); at++) {
      const bool is_dash = at == 8 || at == 13 || at == 18 || at == 23;
      if (is_dash ? text[at] != '-' : !std::isxdigit(static_cast<unsigned char>(text[at]))) {
        return Error("Failed to parse '" + text + "' as a UUID");
      }
      if (!is_dash) digits += text[at];
    }
    if (digits.size() != 32) return Error("Failed to parse '" + text + "' as a UUID");
    std::array<uint8_t, 16> bytes;
    for (size_t at = 0; at < 16; at++) {
      bytes[at] = static_cast<uint8_t>(std::stoi(digits.substr(2 * at, 2), nullptr, 16));
    }
    return UUID(bytes);
  }

  std::string toBytes() const { return std::string(bytes.begin(), bytes.end()); }

  std::string toString() const {
    static const char digits[] = "0123456789abcdef";
    std::string text;
    for (size_t at = 0; at < 16; at++) {
      if (at == 4 || at == 6 || at == 8 || at == 10) text += '-';
      text += digits[bytes[at] >> 4];
      text += digits[bytes[at] & 15];
    }
    return text;
  }

  bool operator==(const UUID& that) const { return bytes == that.bytes; }
  bool operator!=(const UUID& that) const { return bytes != that.bytes; }
  bool operator<(const UUID& that) const { return bytes < that.bytes; }

 private:
  explicit UUID(const std::array<uint8_t, 16>& bytes) : bytes(bytes) {}

  std::array<uint8_t, 16> bytes;
};

inline std::ostream& operator<<(std::ostream& stream, const UUID& uuid) { return stream << uuid.toString(); }

}  // namespace id

namespace std {

template <>
struct hash<id::UUID> {
  typedef size_t result_type;
  typedef id::UUID argument_type;

  result_type operator()(const argument_type& uuid) const { return hash<std::string>()(uuid.toBytes()); }
};

}  // namespace std

#endif
