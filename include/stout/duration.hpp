// Lengths of time: "10secs", "1.5hrs". Compat: FLG-5.
#ifndef STOUT_DURATION_HPP
#define STOUT_DURATION_HPP

#include <sys/time.h>
#include <time.h>

#include <cctype>
#include <cmath>
#include <cstdint>
#include <iomanip>
#include <limits>
#include <ostream>
#include <sstream>
#include <string>

#include <stout/error.hpp>
#include <stout/numify.hpp>
#include <stout/try.hpp>

class Duration {
 public:
  static const int64_t NANOSECONDS = 1;
  static const int64_t MICROSECONDS = 1000 * NANOSECONDS;
  static const int64_t MILLISECONDS = 1000 * MICROSECONDS;
  static const int64_t SECONDS = 1000 * MILLISECONDS;
  static const int64_t MINUTES = 60 * SECONDS;
  static const int64_t HOURS = 60 * MINUTES;
  static const int64_t DAYS = 24 * HOURS;
  static const int64_t WEEKS = 7 * DAYS;

  // A decimal number and a unit in its exact spelling.
  static Try<Duration> parse(const std::string& text) {
    size_t at = 0;
    while (at < text.size() && (std::isdigit(static_cast<unsigned char>(text[at])) || text[at] == '.')) at++;
    if (at == text.size()) return Error("Invalid duration '" + text + "'");
    const Try<double> value = numify<double>(text.substr(0, at));
    if (value.isError()) return Error(value.error());
    const std::string name = text.substr(at);
    for (size_t unit = 0; unit < UNITS; unit++) {
      if (name == unit_name(unit)) {
        return in_range(value.get() * static_cast<double>(unit_size(unit)));
      }
    }
    return Error("Unknown duration unit '" + name +
                 "'; supported units are 'ns', 'us', 'ms', 'secs', 'mins', 'hrs', 'days', and 'weeks'");
  }

  // From floating seconds.
  static Try<Duration> create(double seconds) { return in_range(seconds * static_cast<double>(SECONDS)); }

  static constexpr Duration zero() { return Duration(); }
  static constexpr Duration max() { return Duration(std::numeric_limits<int64_t>::max(), 1); }
  static constexpr Duration min() { return Duration(std::numeric_limits<int64_t>::min(), 1); }

  constexpr Duration() : nanos(0) {}
  explicit Duration(const timeval& time) : nanos(time.tv_sec * SECONDS + time.tv_usec * MICROSECONDS) {}

  constexpr int64_t ns() const { return nanos; }
  constexpr double us() const { return static_cast<double>(nanos) / MICROSECONDS; }
  constexpr double ms() const { return static_cast<double>(nanos) / MILLISECONDS; }
  constexpr double secs() const { return static_cast<double>(nanos) / SECONDS; }
  constexpr double mins() const { return static_cast<double>(nanos) / MINUTES; }
  constexpr double hrs() const { return static_cast<double>(nanos) / HOURS; }
  constexpr double days() const { return static_cast<double>(nanos) / DAYS; }
  constexpr double weeks() const { return static_cast<double>(nanos) / WEEKS; }

  struct timeval timeval() const {
    struct timeval time;
    time.tv_sec = static_cast<time_t>(nanos / SECONDS);
    time.tv_usec = static_cast<suseconds_t>(nanos % SECONDS / MICROSECONDS);
    return time;
  }

  bool operator<(const Duration& that) const { return nanos < that.nanos; }
  bool operator<=(const Duration& that) const { return nanos <= that.nanos; }
  bool operator>(const Duration& that) const { return nanos > that.nanos; }
  bool operator>=(const Duration& that) const { return nanos >= that.nanos; }
  bool operator==(const Duration& that) const { return nanos == that.nanos; }
  bool operator!=(const Duration& that) const { return nanos != that.nanos; }

  Duration& operator+=(const Duration& that) {
    nanos += that.nanos;
    return *this;
  }
  Duration& operator-=(const Duration& that) {
    nanos -= that.nanos;
    return *this;
  }
  Duration& operator*=(double factor) {
    nanos = static_cast<int64_t>(static_cast<double>(nanos) * factor);
    return *this;
  }
  Duration& operator/=(double divisor) {
    nanos = static_cast<int64_t>(static_cast<double>(nanos) / divisor);
    return *this;
  }

  Duration operator+(const Duration& that) const { return Duration(*this) += that; }
  Duration operator-(const Duration& that) const { return Duration(*this) -= that; }
  Duration operator*(double factor) const { return Duration(*this) *= factor; }
  Duration operator/(double divisor) const { return Duration(*this) /= divisor; }
  Duration operator-() const { return Duration(-nanos, 1); }

  friend std::ostream& operator<<(std::ostream& stream, const Duration& duration);

 protected:
  constexpr Duration(int64_t count, int64_t unit) : nanos(count * unit) {}

 private:
  enum : size_t { UNITS = 8 };

  static const char* unit_name(size_t unit) {
    static const char* const names[] = {"ns", "us", "ms", "secs", "mins", "hrs", "days", "weeks"};
    return names[unit];
  }

  static int64_t unit_size(size_t unit) {
    static const int64_t sizes[] = {1,           1000,          1000000,         1000000000,
                                    60000000000, 3600000000000, 86400000000000, 604800000000000};
    return sizes[unit];
  }

  static Try<Duration> in_range(double nanos) {
    // The limits themselves cannot be represented as doubles.
    if (!(nanos < 9223372036854775808.0) || nanos < -9223372036854775808.0) {
      return Error("The duration is out of range: 292 years, either way, are about the most");
    }
    return Duration(static_cast<int64_t>(nanos), 1);
  }

  int64_t nanos;
};

struct Nanoseconds : Duration {
  explicit constexpr Nanoseconds(int64_t count) : Duration(count, NANOSECONDS) {}
  constexpr Nanoseconds(const Duration& that) : Duration(that) {}
};
struct Microseconds : Duration {
  explicit constexpr Microseconds(int64_t count) : Duration(count, MICROSECONDS) {}
  constexpr Microseconds(const Duration& that) : Duration(that) {}
};
struct Milliseconds : Duration {
  explicit constexpr Milliseconds(int64_t count) : Duration(count, MILLISECONDS) {}
  constexpr Milliseconds(const Duration& that) : Duration(that) {}
};
struct Seconds : Duration {
  explicit constexpr Seconds(int64_t count) : Duration(count, SECONDS) {}
  constexpr Seconds(const Duration& that) : Duration(that) {}
};
struct Minutes : Duration {
  explicit constexpr Minutes(int32_t count) : Duration(count, MINUTES) {}
  constexpr Minutes(const Duration& that) : Duration(that) {}
};
struct Hours : Duration {
  explicit constexpr Hours(int32_t count) : Duration(count, HOURS) {}
  constexpr Hours(const Duration& that) : Duration(that) {}
};
struct Days : Duration {
  explicit constexpr Days(int32_t count) : Duration(count, DAYS) {}
  constexpr Days(const Duration& that) : Duration(that) {}
};
struct Weeks : Duration {
  explicit constexpr Weeks(int32_t count) : Duration(count, WEEKS) {}
  constexpr Weeks(const Duration& that) : Duration(that) {}
};

// In the largest unit it fills, or in the one below if only that gives a whole number.
inline std::ostream& operator<<(std::ostream& stream, const Duration& duration) {
  if (duration.nanos < 0) stream << "-";
  const int64_t nanos = duration.nanos == std::numeric_limits<int64_t>::min() ? std::numeric_limits<int64_t>::max()
                                                                             : std::abs(duration.nanos);
  size_t unit = Duration::UNITS - 1;
  while (unit > 0 && nanos < Duration::unit_size(unit)) unit--;
  if (unit > 0 && nanos % Duration::unit_size(unit) != 0 &&
      (unit == 1 || nanos % Duration::unit_size(unit - 1) == 0)) {
    unit--;
  }
  const int64_t size = Duration::unit_size(unit);
  if (nanos % size == 0) return stream << nanos / size << Duration::unit_name(unit);
  std::ostringstream number;
  number << std::setprecision(std::numeric_limits<double>::digits10)
         << static_cast<double>(nanos) / static_cast<double>(size);
  return stream << number.str() << Duration::unit_name(unit);
}

#endif
