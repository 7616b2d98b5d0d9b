// Values of resources and attributes, in both packages.

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <set>
#include <vector>

#include <mesos/v1/values.hpp>
#include <mesos/values.hpp>

#include "buffers.hpp"

namespace mesos {
namespace internal {
namespace {

// Thousandths; halves away from zero, and at most what fits.
int64_t to_milli(double value) {
  const double milli = std::round(value * 1000);
  if (std::isnan(milli)) return 0;
  if (milli >= 9223372036854775808.0) return std::numeric_limits<int64_t>::max();
  if (milli <= -9223372036854775808.0) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(milli);
}

double from_milli(int64_t milli) {
  return static_cast<double>(milli / 1000) + static_cast<double>(milli % 1000) / 1000;
}

struct Interval {
  uint64_t begin, end;
};

template <typename Ranges>
std::vector<Interval> intervals_of(const Ranges& ranges) {
  std::vector<Interval> list;
  for (const auto& range : ranges.range()) list.push_back(Interval{range.begin(), range.end()});
  return list;
}

// In order; what overlaps or touches becomes one.
std::vector<Interval> coalesced(std::vector<Interval> list) {
  std::sort(list.begin(), list.end(), [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
  std::vector<Interval> result;
  for (const Interval& next : list) {
    if (next.begin > next.end) continue;
    const bool touches = !result.empty() && (next.begin <= result.back().end || next.begin - result.back().end == 1);
    if (touches) {
      result.back().end = std::max(result.back().end, next.end);
    } else {
      result.push_back(next);
    }
  }
  return result;
}

// What of `left` is not in `right`; both are coalesced.
std::vector<Interval> without(const std::vector<Interval>& left, const std::vector<Interval>& right) {
  std::vector<Interval> result;
  for (Interval rest : left) {
    bool is_used_up = false;
    for (const Interval& hole : right) {
      if (hole.end < rest.begin || hole.begin > rest.end) continue;
      if (hole.begin > rest.begin) result.push_back(Interval{rest.begin, hole.begin - 1});
      if (hole.end >= rest.end) {
        is_used_up = true;
        break;
      }
      rest.begin = hole.end + 1;
    }
    if (!is_used_up) result.push_back(rest);
  }
  return result;
}

template <typename Ranges>
Ranges ranges_of(const std::vector<Interval>& list) {
  Ranges ranges;
  for (const Interval& interval : list) {
    auto* range = ranges.add_range();
    range->set_begin(interval.begin);
    range->set_end(interval.end);
  }
  return ranges;
}

template <typename Set>
std::set<std::string> items_of(const Set& set) {
  return std::set<std::string>(set.item().begin(), set.item().end());
}

std::string text_of(const google::protobuf::MessageLite& value) {
  return Buffer(mesos_value_text(Encoded(value))).text();
}

}  // namespace
}  // namespace internal
}  // namespace mesos

#define MESOS_NAMESPACE_BEGIN namespace mesos {
#define MESOS_NAMESPACE_END }
#include "values_body.hpp"
#undef MESOS_NAMESPACE_BEGIN
#undef MESOS_NAMESPACE_END

#define MESOS_NAMESPACE_BEGIN namespace mesos { namespace v1 {
#define MESOS_NAMESPACE_END }}
#include "values_body.hpp"
