// The body of mesos/attributes.hpp and mesos/v1/attributes.hpp; included once for each namespace.

MESOS_NAMESPACE_BEGIN

std::ostream& operator<<(std::ostream& stream, const Attribute& attribute);

class Attributes {
 public:
  typedef google::protobuf::RepeatedPtrField<Attribute>::iterator iterator;
  typedef google::protobuf::RepeatedPtrField<Attribute>::const_iterator const_iterator;

  // "rack:r1;ports:[1-2]". Both throw std::invalid_argument if the text is none of attributes.
  static Attribute parse(const std::string& name, const std::string& value);
  static Attributes parse(const std::string& text);

  static bool isValid(const Attribute& attribute);

  Attributes() {}
  Attributes(const google::protobuf::RepeatedPtrField<Attribute>& attributes) : attributes(attributes) {}

  // Whatever the order.
  bool operator==(const Attributes& that) const;
  bool operator!=(const Attributes& that) const { return !(*this == that); }

  size_t size() const { return static_cast<size_t>(attributes.size()); }

  operator const google::protobuf::RepeatedPtrField<Attribute>&() const { return attributes; }

  void add(const Attribute& attribute) { *attributes.Add() = attribute; }

  const Attribute get(int index) const { return attributes.Get(index); }

  // The first of the same name and type.
  const Option<Attribute> get(const Attribute& attribute) const;

  // The first value of that name and type, or `otherwise`. For Value::Scalar, Ranges and Text.
  template <typename T>
  T get(const std::string& name, const T& otherwise) const;

  bool contains(const Attribute& attribute) const;

  iterator begin() { return attributes.begin(); }
  iterator end() { return attributes.end(); }
  const_iterator begin() const { return attributes.begin(); }
  const_iterator end() const { return attributes.end(); }

 private:
  google::protobuf::RepeatedPtrField<Attribute> attributes;
};

template <>
Value::Scalar Attributes::get(const std::string& name, const Value::Scalar& otherwise) const;
template <>
Value::Ranges Attributes::get(const std::string& name, const Value::Ranges& otherwise) const;
template <>
Value::Text Attributes::get(const std::string& name, const Value::Text& otherwise) const;

std::ostream& operator<<(std::ostream& stream, const Attributes& attributes);

MESOS_NAMESPACE_END
