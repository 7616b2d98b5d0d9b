// Amounts of bytes: "10MB", whole numbers only. Compat: FLG-6.
#ifndef STOUT_BYTES_HPP
#define STOUT_BYTES_HPP

#include <cctype>
#include <cstdint>
#include <ostream>
#include <string>

#include <stout/error.hpp>
#include <stout/numify.hpp>
#include <stout/strings.hpp>
#include <stout/try.hpp>

class Bytes {
 public:
  static const uint64_t BYTES = 1;
  static const uint64_t KILOBYTES = 1024 * BYTES;
  static const uint64_t MEGABYTES = 1024 * KILOBYTES;
  static const uint64_t GIGABYTES = 1024 * MEGABYTES;
  static const uint64_t TERABYTES = 1024 * GIGABYTES;

  // Digits and a unit in any case.
  static Try<Bytes> parse(const std::string& text) {
    size_t at = 0;
    while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at]))) at++;
    if (at == text.size()) return Error("Invalid bytes '" + text + "'");
    if (text[at] == '.') return Error("Fractional bytes '" + text + "'");
    const Try<uint64_t> count = numify<uint64_t>(text.substr(0, at));
    if (count.isError()) return Error(count.error());
    const std::string unit = strings::upper(text.substr(at));
    if (unit == "B") return Bytes(count.get());
    if (unit == "KB") return Bytes(count.get(), KILOBYTES);
    if (unit == "MB") return Bytes(count.get(), MEGABYTES);
    if (unit == "GB") return Bytes(count.get(), GIGABYTES);
    if (unit == "TB") return Bytes(count.get(), TERABYTES);
    return Error("Unknown bytes unit '" + unit + "'");
  }

  constexpr Bytes(uint64_t bytes = 0) : value(bytes) {}
  constexpr Bytes(uint64_t count, uint64_t unit) : value(count * unit) {}

  constexpr uint64_t bytes() const { return value; }
  constexpr uint64_t kilobytes() const { return value / KILOBYTES; }
  constexpr uint64_t megabytes() const { return value / MEGABYTES; }
  constexpr uint64_t gigabytes() const { return value / GIGABYTES; }
  constexpr uint64_t terabytes() const { return value / TERABYTES; }

  bool operator<(const Bytes& that) const { return value < that.value; }
  bool operator<=(const Bytes& that) const { return value <= that.value; }
  bool operator>(const Bytes& that) const { return value > that.value; }
  bool operator>=(const Bytes& that) const { return value >= that.value; }
  bool operator==(const Bytes& that) const { return value == that.value; }
  bool operator!=(const Bytes& that) const { return value != that.value; }

  Bytes& operator+=(const Bytes& that) {
    value += that.value;
    return *this;
  }
  Bytes& operator-=(const Bytes& that) {
    value -= that.value;
    return *this;
  }
  Bytes& operator*=(double factor) {
    value = static_cast<uint64_t>(static_cast<double>(value) * factor);
    return *this;
  }
  Bytes& operator/=(double divisor) {
    value = static_cast<uint64_t>(static_cast<double>(value) / divisor);
    return *this;
  }

 private:
  uint64_t value;
};

// Bytes in a unit; each can be used as a function, too.
struct Kilobytes : Bytes {
  explicit constexpr Kilobytes(uint64_t count) : Bytes(count, KILOBYTES) {}
};
struct Megabytes : Bytes {
  explicit constexpr Megabytes(uint64_t count) : Bytes(count, MEGABYTES) {}
};
struct Gigabytes : Bytes {
  explicit constexpr Gigabytes(uint64_t count) : Bytes(count, GIGABYTES) {}
};
struct Terabytes : Bytes {
  explicit constexpr Terabytes(uint64_t count) : Bytes(count, TERABYTES) {}
};

inline Bytes operator+(Bytes left, const Bytes& right) { return left += right; }
inline Bytes operator-(Bytes left, const Bytes& right) { return left -= right; }
inline Bytes operator*(Bytes bytes, double factor) { return bytes *= factor; }
inline Bytes operator/(Bytes bytes, double divisor) { return bytes /= divisor; }

// In the largest unit that loses nothing.
inline std::ostream& operator<<(std::ostream& stream, const Bytes& bytes) {
  const uint64_t value = bytes.bytes();
  if (value == 0 || value % Bytes::KILOBYTES != 0) return stream << value << "B";
  if (value % Bytes::MEGABYTES != 0) return stream << value / Bytes::KILOBYTES << "KB";
  if (value % Bytes::GIGABYTES != 0) return stream << value / Bytes::MEGABYTES << "MB";
  if (value % Bytes::TERABYTES != 0) return stream << value / Bytes::GIGABYTES << "GB";
  return stream << value / Bytes::TERABYTES << "TB";
}

#endif
