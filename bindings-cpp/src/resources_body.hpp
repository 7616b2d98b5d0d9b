// The body of resources.cpp; included once for each namespace.

MESOS_NAMESPACE_BEGIN

// A C handle and what was read from it.
struct Resources::Bag {
  Bag(mesos_resources* handle, bool is_old_form) : handle(handle), is_old_form(is_old_form) {}
  ~Bag() { mesos_resources_free(handle); }

  Bag(const Bag&) = delete;
  Bag& operator=(const Bag&) = delete;

  mesos_resources* const handle;
  // It was made of resources with the fields `role` and `reservation`.
  const bool is_old_form;
  std::once_flag is_read;
  std::vector<Resource> entries;
};

namespace {

bool has_old_form(const Resource& resource) {
  return resource.reservations().empty() && (resource.has_role() || resource.has_reservation());
}

template <typename List>
bool has_old_form(const List& resources) {
  return std::any_of(resources.begin(), resources.end(), [](const Resource& r) { return has_old_form(r); });
}

// The form that masters and frameworks without refined reservations speak.
void make_old_form(Resource* resource) {
  if (resource->reservations_size() > 1) return;
  if (resource->reservations().empty()) {
    resource->set_role("*");
    return;
  }
  const Resource::ReservationInfo reservation = resource->reservations(0);
  resource->clear_reservations();
  resource->set_role(reservation.role());
  if (reservation.type() != Resource::ReservationInfo::DYNAMIC) return;
  *resource->mutable_reservation() = reservation;
  resource->mutable_reservation()->clear_role();
  resource->mutable_reservation()->clear_type();
}

template <typename List>
mesos_resources* handle_of(const List& resources) {
  const ::mesos::internal::EncodedList list(resources);
  return mesos_resources_of(list.data(), list.size());
}

// An empty bag that is never changed.
mesos_resources* nothing() {
  static mesos_resources* const empty = mesos_resources_new();
  return empty;
}

}  // namespace

// ---- Making ---------------------------------------------------------------------------------------------------------

Resources::Resources(mesos_resources* handle, bool is_old_form) {
  if (handle != nullptr) bag = std::make_shared<Bag>(handle, is_old_form);
}

Resources::Resources(const Resource& resource) : Resources(std::vector<Resource>(1, resource)) {}

Resources::Resources(const std::vector<Resource>& resources)
    : Resources(handle_of(resources), has_old_form(resources)) {}

Resources::Resources(const google::protobuf::RepeatedPtrField<Resource>& resources)
    : Resources(handle_of(resources), has_old_form(resources)) {}

Try<Resources> Resources::parse(const std::string& text, const std::string& defaultRole) {
  mesos_resources* handle = mesos_resources_parse(text.c_str(), defaultRole.c_str());
  if (handle == nullptr) return Error(mesos_last_error());
  return Resources(handle, false);
}

Try<std::vector<Resource>> Resources::fromString(const std::string& text, const std::string& defaultRole) {
  const Try<Resources> parsed = parse(text, defaultRole);
  if (parsed.isError()) return Error(parsed.error());
  return std::vector<Resource>(parsed.get().begin(), parsed.get().end());
}

Try<std::vector<Resource>> Resources::fromSimpleString(const std::string& text, const std::string& defaultRole) {
  return fromString(text, defaultRole);
}

// ---- The handle -----------------------------------------------------------------------------------------------------

mesos_resources* Resources::handle() const { return bag ? bag->handle : nothing(); }

// The answer of a C function about this bag.
Resources Resources::taken(mesos_resources* handle) const { return Resources(handle, bag && bag->is_old_form); }

// A handle that may be changed: nobody else has it, and nothing was read from it.
mesos_resources* Resources::changed() {
  bag = std::make_shared<Bag>(mesos_resources_clone(handle()), bag && bag->is_old_form);
  return bag->handle;
}

const std::vector<Resource>& Resources::entries() const {
  static const std::vector<Resource> none;
  if (!bag) return none;
  std::call_once(bag->is_read, [this] {
    ::mesos::internal::Buffers list;
    if (mesos_resources_list(bag->handle, list.address()) != 0) return;
    bag->entries.resize(list.size());
    for (size_t at = 0; at < list.size(); at++) {
      ::mesos::internal::decode(list.at(at), &bag->entries[at]);
      if (bag->is_old_form) make_old_form(&bag->entries[at]);
    }
  });
  return bag->entries;
}

// ---- Reading --------------------------------------------------------------------------------------------------------

size_t Resources::size() const { return mesos_resources_count(handle()); }

Resources::operator google::protobuf::RepeatedPtrField<Resource>() const {
  google::protobuf::RepeatedPtrField<Resource> list;
  for (const Resource& resource : entries()) *list.Add() = resource;
  return list;
}

bool Resources::contains(const Resources& that) const { return mesos_resources_contains(handle(), that.handle()) == 1; }

bool Resources::operator==(const Resources& that) const {
  return mesos_resources_equal(handle(), that.handle()) == 1;
}

size_t Resources::count(const Resource& that) const {
  const Resources wanted(that);
  for (size_t at = 0; at < entries().size(); at++) {
    if (Resources(entries()[at]) == wanted) return mesos_resources_copies(handle(), at);
  }
  return 0;
}

Resources Resources::get(const std::string& name) const { return taken(mesos_resources_named(handle(), name.c_str())); }

Resources Resources::scalars() const { return taken(mesos_resources_scalars(handle())); }

std::set<std::string> Resources::names() const {
  std::set<std::string> all;
  for (const Resource& resource : entries()) all.insert(resource.name());
  return all;
}

std::map<std::string, Value_Type> Resources::types() const {
  std::map<std::string, Value_Type> all;
  for (const Resource& resource : entries()) all[resource.name()] = resource.type();
  return all;
}

namespace {

Option<Value> value_of(const mesos_resources* handle, const std::string& name) {
  const ::mesos::internal::Buffer buffer(mesos_resources_value(handle, name.c_str()));
  Value value;
  if (buffer.is_error() || buffer.bytes().length == 0) return None();
  if (!::mesos::internal::decode(buffer.bytes(), &value)) return None();
  return value;
}

Option<double> scalar_of(const mesos_resources* handle, const char* name) {
  double amount = 0;
  if (mesos_resources_scalar(handle, name, &amount) != 1) return None();
  return amount;
}

Option<Bytes> megabytes_of(const mesos_resources* handle, const char* name) {
  const Option<double> amount = scalar_of(handle, name);
  if (amount.isNone()) return None();
  return Bytes(amount.get() > 0 ? static_cast<uint64_t>(amount.get()) : 0, Bytes::MEGABYTES);
}

}  // namespace

template <>
Option<Value::Scalar> Resources::get(const std::string& name) const {
  const Option<Value> value = value_of(handle(), name);
  if (value.isNone() || value.get().type() != Value::SCALAR) return None();
  return value.get().scalar();
}

template <>
Option<Value::Ranges> Resources::get(const std::string& name) const {
  const Option<Value> value = value_of(handle(), name);
  if (value.isNone() || value.get().type() != Value::RANGES) return None();
  return value.get().ranges();
}

template <>
Option<Value::Set> Resources::get(const std::string& name) const {
  const Option<Value> value = value_of(handle(), name);
  if (value.isNone() || value.get().type() != Value::SET) return None();
  return value.get().set();
}

Option<double> Resources::cpus() const { return scalar_of(handle(), "cpus"); }

Option<double> Resources::gpus() const { return scalar_of(handle(), "gpus"); }

Option<Bytes> Resources::mem() const { return megabytes_of(handle(), "mem"); }

Option<Bytes> Resources::disk() const { return megabytes_of(handle(), "disk"); }

Option<Value::Ranges> Resources::ports() const { return get<Value::Ranges>("ports"); }

Option<Value::Ranges> Resources::ephemeral_ports() const { return get<Value::Ranges>("ephemeral_ports"); }

// ---- Parts ----------------------------------------------------------------------------------------------------------

Resources Resources::filter(const lambda::function<bool(const Resource&)>& predicate) const {
  std::vector<Resource> kept;
  for (size_t at = 0; at < entries().size(); at++) {
    if (!predicate(entries()[at])) continue;
    kept.insert(kept.end(), mesos_resources_copies(handle(), at), entries()[at]);
  }
  return taken(handle_of(kept));
}

Resources Resources::reserved(const Option<std::string>& role) const {
  return taken(mesos_resources_reserved(handle(), role.isSome() ? role.get().c_str() : nullptr));
}

Resources Resources::allocatableTo(const std::string& role) const {
  return taken(mesos_resources_allocatable_to(handle(), role.c_str()));
}

Resources Resources::allocatedToRoleSubtree(const std::string& role) const {
  return filter([&](const Resource& resource) { return isAllocatedToRoleSubtree(resource, role); });
}

Resources Resources::reservedToRoleSubtree(const std::string& role) const {
  return filter([&](const Resource& resource) { return isReservedToRoleSubtree(resource, role); });
}

Resources Resources::unreserved() const { return taken(mesos_resources_unreserved(handle())); }

Resources Resources::persistentVolumes() const { return taken(mesos_resources_persistent_volumes(handle())); }

Resources Resources::revocable() const { return taken(mesos_resources_revocable(handle())); }

Resources Resources::nonRevocable() const { return taken(mesos_resources_non_revocable(handle())); }

Resources Resources::shared() const { return taken(mesos_resources_shared(handle())); }

Resources Resources::nonShared() const { return taken(mesos_resources_non_shared(handle())); }

hashmap<std::string, Resources> Resources::reservations() const {
  hashmap<std::string, Resources> all;
  for (const Resource& resource : entries()) {
    if (isReserved(resource)) all[reservationRole(resource)] = Resources();
  }
  for (auto& item : all) item.second = reserved(item.first);
  return all;
}

hashmap<std::string, Resources> Resources::allocations() const {
  hashmap<std::string, Resources> all;
  for (const Resource& resource : entries()) {
    if (resource.has_allocation_info()) all[resource.allocation_info().role()] = Resources();
  }
  for (auto& item : all) item.second = taken(mesos_resources_allocated_to(handle(), item.first.c_str()));
  return all;
}

// ---- Changed --------------------------------------------------------------------------------------------------------

void Resources::allocate(const std::string& role) { mesos_resources_allocate(changed(), role.c_str()); }

void Resources::unallocate() { mesos_resources_unallocate(changed()); }

Resources Resources::pushReservation(const Resource::ReservationInfo& reservation) const {
  return taken(mesos_resources_push_reservation(handle(), ::mesos::internal::Encoded(reservation)));
}

Resources Resources::popReservation() const { return taken(mesos_resources_pop_reservation(handle())); }

Resources Resources::toUnreserved() const { return taken(mesos_resources_to_unreserved(handle())); }

Try<Resources> Resources::flatten(const std::string& role, const Option<Resource::ReservationInfo>& reservation) const {
  if (role == "*") {
    if (reservation.isSome()) return Error("Invalid reservation: role \"*\" cannot be dynamically reserved");
    return toUnreserved();
  }
  const Option<Error> error = roles::validate(role);
  if (error.isSome()) return Error(error.get().message);
  Resource::ReservationInfo top = reservation.isSome() ? reservation.get() : Resource::ReservationInfo();
  top.set_role(role);
  top.set_type(reservation.isSome() ? Resource::ReservationInfo::DYNAMIC : Resource::ReservationInfo::STATIC);
  return toUnreserved().pushReservation(top);
}

Resources Resources::createStrippedScalarQuantity() const {
  Resources stripped;
  for (const Resource& resource : entries()) {
    if (resource.type() != Value::SCALAR) continue;
    Resource plain;
    plain.set_name(resource.name());
    plain.set_type(Value::SCALAR);
    *plain.mutable_scalar() = resource.scalar();
    stripped += plain;
  }
  return stripped;
}

Option<Resources> Resources::find(const Resources& targets) const {
  mesos_resources* found = nullptr;
  if (mesos_resources_find(handle(), targets.handle(), &found) != 1) return None();
  return taken(found);
}

Option<Resource> Resources::match(const Resource& wanted) const {
  Resource pattern = wanted;
  for (const Resource& resource : entries()) {
    if (resource.type() != wanted.type()) continue;
    pattern.clear_scalar();
    pattern.clear_ranges();
    pattern.clear_set();
    if (resource.has_scalar()) *pattern.mutable_scalar() = resource.scalar();
    if (resource.has_ranges()) *pattern.mutable_ranges() = resource.ranges();
    if (resource.has_set()) *pattern.mutable_set() = resource.set();
    if (Resources(resource) == Resources(pattern)) return resource;
  }
  return None();
}

Try<Resources> Resources::apply(const ResourceConversion& conversion) const { return conversion.apply(*this); }

Try<Resources> Resources::apply(const Offer::Operation& operation) const {
  mesos_resources* result = mesos_resources_apply(handle(), ::mesos::internal::Encoded(operation));
  if (result == nullptr) return Error(mesos_last_error());
  return taken(result);
}

Try<Resources> ResourceConversion::apply(const Resources& resources) const {
  if (!resources.contains(consumed)) {
    return Error(stringify(resources) + " does not contain " + stringify(consumed));
  }
  const Resources result = resources - consumed + converted;
  if (postValidation.isSome()) {
    const Try<Nothing> valid = postValidation.get()(result);
    if (valid.isError()) return Error(valid.error());
  }
  return result;
}

// ---- Arithmetic -----------------------------------------------------------------------------------------------------

Resources& Resources::operator+=(const Resources& that) {
  if (!bag) return *this = that;
  if (!that.bag) return *this;
  const std::shared_ptr<Bag> other = that.bag;
  mesos_resources_add(changed(), other->handle);
  return *this;
}

Resources& Resources::operator-=(const Resources& that) {
  if (!bag || !that.bag) return *this;
  const std::shared_ptr<Bag> other = that.bag;
  mesos_resources_subtract(changed(), other->handle);
  return *this;
}

// ---- Text -----------------------------------------------------------------------------------------------------------

std::ostream& operator<<(std::ostream& stream, const Resources& resources) {
  return stream << ::mesos::internal::Buffer(mesos_resources_text(resources.handle())).text();
}

std::ostream& operator<<(std::ostream& stream, const Resource& resource) { return stream << Resources(resource); }

std::ostream& operator<<(std::ostream& stream, const google::protobuf::RepeatedPtrField<Resource>& resources) {
  return stream << Resources(resources);
}

MESOS_NAMESPACE_END
