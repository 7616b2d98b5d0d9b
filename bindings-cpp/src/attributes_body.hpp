// The body of attributes.cpp; included once for each namespace.

MESOS_NAMESPACE_BEGIN

Attribute Attributes::parse(const std::string& name, const std::string& value) {
  const Try<Value> parsed = internal::values::parse(value);
  if (parsed.isError()) {
    throw std::invalid_argument("Failed to parse attribute " + name + " text " + value + " error " + parsed.error());
  }
  Attribute attribute;
  attribute.set_name(name);
  attribute.set_type(parsed.get().type());
  if (parsed.get().has_scalar()) *attribute.mutable_scalar() = parsed.get().scalar();
  if (parsed.get().has_ranges()) *attribute.mutable_ranges() = parsed.get().ranges();
  if (parsed.get().has_set()) *attribute.mutable_set() = parsed.get().set();
  if (parsed.get().has_text()) *attribute.mutable_text() = parsed.get().text();
  return attribute;
}

Attributes Attributes::parse(const std::string& text) {
  ::mesos::internal::Buffers buffers;
  if (mesos_attributes_parse(text.c_str(), buffers.address()) != 0) throw std::invalid_argument(mesos_last_error());
  Attributes attributes;
  for (size_t at = 0; at < buffers.size(); at++) {
    Attribute attribute;
    if (::mesos::internal::decode(buffers.at(at), &attribute)) attributes.add(attribute);
  }
  return attributes;
}

bool Attributes::isValid(const Attribute& attribute) {
  if (!attribute.has_name() || attribute.name().empty() || !attribute.has_type()) return false;
  switch (attribute.type()) {
    case Value::SCALAR:
      return attribute.has_scalar();
    case Value::RANGES:
      return attribute.has_ranges();
    case Value::TEXT:
      return attribute.has_text();
    case Value::SET:
      // There are no attributes of this type.
      return false;
  }
  return false;
}

bool Attributes::operator==(const Attributes& that) const {
  const ::mesos::internal::EncodedList mine(attributes), theirs(that.attributes);
  return mesos_attributes_equal(mine.data(), mine.size(), theirs.data(), theirs.size()) == 1;
}

const Option<Attribute> Attributes::get(const Attribute& wanted) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.name() == wanted.name() && attribute.type() == wanted.type()) return attribute;
  }
  return None();
}

bool Attributes::contains(const Attribute& wanted) const {
  for (const Attribute& attribute : attributes) {
    Attributes mine, theirs;
    mine.add(attribute);
    theirs.add(wanted);
    if (mine == theirs) return true;
  }
  return false;
}

template <>
Value::Scalar Attributes::get(const std::string& name, const Value::Scalar& otherwise) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.name() == name && attribute.type() == Value::SCALAR) return attribute.scalar();
  }
  return otherwise;
}

template <>
Value::Ranges Attributes::get(const std::string& name, const Value::Ranges& otherwise) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.name() == name && attribute.type() == Value::RANGES) return attribute.ranges();
  }
  return otherwise;
}

template <>
Value::Text Attributes::get(const std::string& name, const Value::Text& otherwise) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.name() == name && attribute.type() == Value::TEXT) return attribute.text();
  }
  return otherwise;
}

std::ostream& operator<<(std::ostream& stream, const Attribute& attribute) {
  const ::mesos::internal::Buffer text(mesos_attribute_text(::mesos::internal::Encoded(attribute)));
  return stream << attribute.name() << "=" << text.text();
}

std::ostream& operator<<(std::ostream& stream, const Attributes& attributes) {
  const char* separator = "";
  for (const Attribute& attribute : attributes) {
    stream << separator << attribute;
    separator = "; ";
  }
  return stream;
}

MESOS_NAMESPACE_END
