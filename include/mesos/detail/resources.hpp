// The body of mesos/resources.hpp and mesos/v1/resources.hpp; included once for each namespace.
//
// Compat: RES-31..RES-50. The arithmetic is libmesos.so's.

MESOS_NAMESPACE_BEGIN

class Resources;

bool operator==(const Resource::ReservationInfo& left, const Resource::ReservationInfo& right);
bool operator!=(const Resource::ReservationInfo& left, const Resource::ReservationInfo& right);

// What an operation takes out of a bag, and what it puts in instead.
class ResourceConversion;

// A bag of resources: entries that differ only in their amount are one entry, copies of a shared one are counted.
// Resources that are invalid or empty are left out when a bag is made.
//
// Entries have their reservations in the field `reservations`. A bag that was made of resources in the older form
// (fields `role` and `reservation`, as masters send them to frameworks without the capability RESERVATION_REFINEMENT)
// gives its entries in that form, as long as these have no refined reservation.
//
// Copying is cheap. A bag may be read by several threads at a time.
class Resources {
 public:
  typedef std::vector<Resource>::const_iterator const_iterator;
  typedef const_iterator iterator;

  // ---- Text -----------------------------------------------------------------------------------------------------

  static Try<Resource> parse(const std::string& name, const std::string& value, const std::string& role);

  // "cpus:4;mem:1024;ports(web):[31000-32000]" or a JSON array. Those without a role get the default role.
  static Try<Resources> parse(const std::string& text, const std::string& defaultRole = "*");
  static Try<std::vector<Resource>> fromString(const std::string& text, const std::string& defaultRole = "*");
  static Try<std::vector<Resource>> fromSimpleString(const std::string& text, const std::string& defaultRole = "*");

  // ---- One resource ---------------------------------------------------------------------------------------------

  static Option<Error> validate(const Resource& resource);
  static Option<Error> validate(const google::protobuf::RepeatedPtrField<Resource>& resources);

  static bool isEmpty(const Resource& resource);
  static bool isPersistentVolume(const Resource& resource);
  static bool isDisk(const Resource& resource, const Resource::DiskInfo::Source::Type& type);
  // To this role, or to any.
  static bool isReserved(const Resource& resource, const Option<std::string>& role = None());
  static bool isAllocatableTo(const Resource& resource, const std::string& role);
  static bool isUnreserved(const Resource& resource);
  static bool isDynamicallyReserved(const Resource& resource);
  static bool isRevocable(const Resource& resource);
  static bool isShared(const Resource& resource);
  static bool isAllocatedToRoleSubtree(const Resource& resource, const std::string& role);
  static bool isReservedToRoleSubtree(const Resource& resource, const std::string& role);
  static bool hasRefinedReservations(const Resource& resource);
  static bool hasResourceProvider(const Resource& resource);
  // Of the topmost reservation; the resource must be reserved.
  static const std::string& reservationRole(const Resource& resource);
  // To at most this amount; false, and unchanged, if it cannot be divided.
  static bool shrink(Resource* resource, const Value::Scalar& target);
  // With the reservations that both have in common.
  static Resource getReservationAncestor(const Resource& left, const Resource& right);
  static Resources getReservationAncestor(const Resources& left, const Resources& right);

  template <typename Key>
  static Resources sum(const hashmap<Key, Resources>& resources) {
    Resources total;
    for (const auto& item : resources) total += item.second;
    return total;
  }

  // ---- Making ---------------------------------------------------------------------------------------------------

  Resources() {}
  Resources(const Resource& resource);
  Resources(const std::vector<Resource>& resources);
  Resources(const google::protobuf::RepeatedPtrField<Resource>& resources);

  // ---- Reading --------------------------------------------------------------------------------------------------

  bool empty() const { return size() == 0; }
  size_t size() const;

  const_iterator begin() const { return entries().begin(); }
  const_iterator end() const { return entries().end(); }

  operator google::protobuf::RepeatedPtrField<Resource>() const;

  bool contains(const Resources& that) const;
  bool contains(const Resource& that) const { return contains(Resources(that)); }

  // How many copies of a shared entry there are; 1 or 0 for others.
  size_t count(const Resource& that) const;

  bool operator==(const Resources& that) const;
  bool operator!=(const Resources& that) const { return !(*this == that); }

  // The amount of that name, for Value::Scalar, Ranges and Set.
  template <typename T>
  Option<T> get(const std::string& name) const;

  Resources get(const std::string& name) const;
  Resources scalars() const;
  std::set<std::string> names() const;
  std::map<std::string, Value_Type> types() const;

  Option<double> cpus() const;
  Option<double> gpus() const;
  Option<Bytes> mem() const;
  Option<Bytes> disk() const;
  Option<Value::Ranges> ports() const;
  Option<Value::Ranges> ephemeral_ports() const;

  // ---- Parts ----------------------------------------------------------------------------------------------------

  Resources filter(const lambda::function<bool(const Resource&)>& predicate) const;
  Resources reserved(const Option<std::string>& role = None()) const;
  Resources allocatableTo(const std::string& role) const;
  Resources allocatedToRoleSubtree(const std::string& role) const;
  Resources reservedToRoleSubtree(const std::string& role) const;
  Resources unreserved() const;
  Resources persistentVolumes() const;
  Resources revocable() const;
  Resources nonRevocable() const;
  Resources shared() const;
  Resources nonShared() const;
  // By the role of the topmost reservation, and by the role of the allocation.
  hashmap<std::string, Resources> reservations() const;
  hashmap<std::string, Resources> allocations() const;

  // ---- Changed --------------------------------------------------------------------------------------------------

  void allocate(const std::string& role);
  void unallocate();
  Resources pushReservation(const Resource::ReservationInfo& reservation) const;
  Resources popReservation() const;
  Resources toUnreserved() const;
  // As `toUnreserved`, or reserved to another role; the name it had before Mesos 1.5.
  Resources flatten() const { return toUnreserved(); }
  Try<Resources> flatten(const std::string& role, const Option<Resource::ReservationInfo>& reservation = None()) const;
  // Names and amounts of the scalars, and nothing else.
  Resources createStrippedScalarQuantity() const;

  // Entries that amount to `targets`, whatever their reservations; those of the targets' own role first.
  Option<Resources> find(const Resources& targets) const;
  // The first entry that differs from this one at most in its amount.
  Option<Resource> match(const Resource& resource) const;

  Try<Resources> apply(const ResourceConversion& conversion) const;
  // RESERVE, UNRESERVE, CREATE, DESTROY, GROW_VOLUME, SHRINK_VOLUME.
  Try<Resources> apply(const Offer::Operation& operation) const;

  // Several conversions or operations, one after the other.
  template <typename Iterable>
  Try<Resources> apply(const Iterable& iterable) const {
    Resources result = *this;
    for (const auto& item : iterable) {
      Try<Resources> applied = result.apply(item);
      if (applied.isError()) return applied;
      result = applied.get();
    }
    return result;
  }

  // ---- Arithmetic -----------------------------------------------------------------------------------------------

  // An entry of which more is taken than there is disappears.
  Resources& operator+=(const Resources& that);
  Resources& operator-=(const Resources& that);
  Resources& operator+=(const Resource& that) { return *this += Resources(that); }
  Resources& operator-=(const Resource& that) { return *this -= Resources(that); }
  Resources operator+(const Resources& that) const { return Resources(*this) += that; }
  Resources operator-(const Resources& that) const { return Resources(*this) -= that; }
  Resources operator+(const Resource& that) const { return Resources(*this) += that; }
  Resources operator-(const Resource& that) const { return Resources(*this) -= that; }

  friend std::ostream& operator<<(std::ostream& stream, const Resources& resources);

 private:
  struct Bag;

  // Takes the handle; NULL is an empty bag.
  Resources(mesos_resources* handle, bool is_old_form);

  mesos_resources* handle() const;
  Resources taken(mesos_resources* handle) const;
  mesos_resources* changed();
  const std::vector<Resource>& entries() const;

  // NULL: empty. Never changed while there is another owner.
  std::shared_ptr<Bag> bag;
};

std::ostream& operator<<(std::ostream& stream, const Resource& resource);
std::ostream& operator<<(std::ostream& stream, const Resources& resources);
std::ostream& operator<<(std::ostream& stream, const google::protobuf::RepeatedPtrField<Resource>& resources);

inline Resources operator+(const google::protobuf::RepeatedPtrField<Resource>& left, const Resources& right) {
  return Resources(left) + right;
}

inline Resources operator-(const google::protobuf::RepeatedPtrField<Resource>& left, const Resources& right) {
  return Resources(left) - right;
}

inline bool operator==(const google::protobuf::RepeatedPtrField<Resource>& left, const Resources& right) {
  return Resources(left) == right;
}

template <typename Key>
hashmap<Key, Resources>& operator+=(hashmap<Key, Resources>& left, const hashmap<Key, Resources>& right) {
  for (const auto& item : right) left[item.first] += item.second;
  return left;
}

template <typename Key>
hashmap<Key, Resources> operator+(const hashmap<Key, Resources>& left, const hashmap<Key, Resources>& right) {
  hashmap<Key, Resources> total = left;
  total += right;
  return total;
}

template <>
Option<Value::Scalar> Resources::get(const std::string& name) const;
template <>
Option<Value::Ranges> Resources::get(const std::string& name) const;
template <>
Option<Value::Set> Resources::get(const std::string& name) const;

class ResourceConversion {
 public:
  typedef lambda::function<Try<Nothing>(const Resources&)> PostValidation;

  ResourceConversion(const Resources& consumed, const Resources& converted,
                     const Option<PostValidation>& postValidation = None())
      : consumed(consumed), converted(converted), postValidation(postValidation) {}

  Try<Resources> apply(const Resources& resources) const;

  Resources consumed;
  Resources converted;
  Option<PostValidation> postValidation;
};

MESOS_NAMESPACE_END
