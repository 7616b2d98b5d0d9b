// The body of values.cpp; included once for each namespace.

MESOS_NAMESPACE_BEGIN

namespace shared = ::mesos::internal;

// ---- Scalars --------------------------------------------------------------------------------------------------------

std::ostream& operator<<(std::ostream& stream, const Value::Scalar& scalar) {
  Value value;
  value.set_type(Value::SCALAR);
  *value.mutable_scalar() = scalar;
  return stream << shared::text_of(value);
}

bool operator==(const Value::Scalar& left, const Value::Scalar& right) {
  return shared::to_milli(left.value()) == shared::to_milli(right.value());
}

bool operator!=(const Value::Scalar& left, const Value::Scalar& right) { return !(left == right); }

bool operator<(const Value::Scalar& left, const Value::Scalar& right) {
  return shared::to_milli(left.value()) < shared::to_milli(right.value());
}

bool operator<=(const Value::Scalar& left, const Value::Scalar& right) { return !(right < left); }

bool operator>(const Value::Scalar& left, const Value::Scalar& right) { return right < left; }

bool operator>=(const Value::Scalar& left, const Value::Scalar& right) { return !(left < right); }

Value::Scalar& operator+=(Value::Scalar& left, const Value::Scalar& right) {
  left.set_value(shared::from_milli(shared::to_milli(left.value()) + shared::to_milli(right.value())));
  return left;
}

Value::Scalar& operator-=(Value::Scalar& left, const Value::Scalar& right) {
  left.set_value(shared::from_milli(shared::to_milli(left.value()) - shared::to_milli(right.value())));
  return left;
}

Value::Scalar operator+(const Value::Scalar& left, const Value::Scalar& right) {
  Value::Scalar sum = left;
  return sum += right;
}

Value::Scalar operator-(const Value::Scalar& left, const Value::Scalar& right) {
  Value::Scalar difference = left;
  return difference -= right;
}

// ---- Ranges ---------------------------------------------------------------------------------------------------------

std::ostream& operator<<(std::ostream& stream, const Value::Ranges& ranges) {
  Value value;
  value.set_type(Value::RANGES);
  *value.mutable_ranges() = ranges;
  return stream << shared::text_of(value);
}

bool operator<=(const Value::Ranges& left, const Value::Ranges& right) {
  return shared::without(shared::coalesced(shared::intervals_of(left)),
                         shared::coalesced(shared::intervals_of(right)))
      .empty();
}

bool operator==(const Value::Ranges& left, const Value::Ranges& right) { return left <= right && right <= left; }

Value::Ranges& operator+=(Value::Ranges& left, const Value::Ranges& right) {
  std::vector<shared::Interval> all = shared::intervals_of(left);
  for (const shared::Interval& interval : shared::intervals_of(right)) all.push_back(interval);
  return left = shared::ranges_of<Value::Ranges>(shared::coalesced(all));
}

Value::Ranges& operator-=(Value::Ranges& left, const Value::Ranges& right) {
  return left = shared::ranges_of<Value::Ranges>(shared::without(shared::coalesced(shared::intervals_of(left)),
                                                                 shared::coalesced(shared::intervals_of(right))));
}

Value::Ranges operator+(const Value::Ranges& left, const Value::Ranges& right) {
  Value::Ranges sum = left;
  return sum += right;
}

Value::Ranges operator-(const Value::Ranges& left, const Value::Ranges& right) {
  Value::Ranges difference = left;
  return difference -= right;
}

// ---- Sets -----------------------------------------------------------------------------------------------------------

std::ostream& operator<<(std::ostream& stream, const Value::Set& set) {
  Value value;
  value.set_type(Value::SET);
  *value.mutable_set() = set;
  return stream << shared::text_of(value);
}

bool operator<=(const Value::Set& left, const Value::Set& right) {
  const std::set<std::string> mine = shared::items_of(left), theirs = shared::items_of(right);
  return std::includes(theirs.begin(), theirs.end(), mine.begin(), mine.end());
}

bool operator==(const Value::Set& left, const Value::Set& right) { return left <= right && right <= left; }

Value::Set& operator+=(Value::Set& left, const Value::Set& right) {
  std::set<std::string> known = shared::items_of(left);
  for (const std::string& item : right.item()) {
    if (known.insert(item).second) left.add_item(item);
  }
  return left;
}

Value::Set& operator-=(Value::Set& left, const Value::Set& right) {
  const std::set<std::string> gone = shared::items_of(right);
  Value::Set rest;
  for (const std::string& item : left.item()) {
    if (gone.count(item) == 0) rest.add_item(item);
  }
  return left = rest;
}

Value::Set operator+(const Value::Set& left, const Value::Set& right) {
  Value::Set sum = left;
  return sum += right;
}

Value::Set operator-(const Value::Set& left, const Value::Set& right) {
  Value::Set difference = left;
  return difference -= right;
}

// ---- Text -----------------------------------------------------------------------------------------------------------

std::ostream& operator<<(std::ostream& stream, const Value::Text& value) { return stream << value.value(); }

bool operator==(const Value::Text& left, const Value::Text& right) { return left.value() == right.value(); }

namespace internal {
namespace values {

Try<Value> parse(const std::string& text) {
  const shared::Buffer buffer(mesos_value_parse(text.c_str()));
  if (buffer.is_error()) return Error(mesos_last_error());
  Value value;
  if (!shared::decode(buffer.bytes(), &value)) return Error("The value cannot be read");
  return value;
}

}  // namespace values
}  // namespace internal

MESOS_NAMESPACE_END
