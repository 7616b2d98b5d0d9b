// What can be said of one resource, in either form of reservations; included once for each namespace.

MESOS_NAMESPACE_BEGIN

Try<Resource> Resources::parse(const std::string& name, const std::string& value, const std::string& role) {
  const Try<Value> parsed = internal::values::parse(value);
  if (parsed.isError()) {
    return Error("Failed to parse resource " + name + " value " + value + " error " + parsed.error());
  }
  Resource resource;
  resource.set_name(name);
  resource.set_type(parsed.get().type());
  switch (parsed.get().type()) {
    case Value::SCALAR:
      *resource.mutable_scalar() = parsed.get().scalar();
      break;
    case Value::RANGES:
      *resource.mutable_ranges() = parsed.get().ranges();
      break;
    case Value::SET:
      *resource.mutable_set() = parsed.get().set();
      break;
    case Value::TEXT:
      return Error("Bad type for resource " + name + " value " + value + " type " + Value::Type_Name(Value::TEXT));
  }
  if (role != "*") {
    Resource::ReservationInfo* reservation = resource.add_reservations();
    reservation->set_type(Resource::ReservationInfo::STATIC);
    reservation->set_role(role);
  }
  return resource;
}

Option<Error> Resources::validate(const Resource& resource) {
  const ::mesos::internal::Encoded encoded(resource);
  const mesos_bytes item = encoded;
  if (mesos_resources_validate(&item, 1) == 0) return None();
  return Error(mesos_last_error());
}

Option<Error> Resources::validate(const google::protobuf::RepeatedPtrField<Resource>& resources) {
  const ::mesos::internal::EncodedList list(resources);
  if (mesos_resources_validate(list.data(), list.size()) == 0) return None();
  return Error(mesos_last_error());
}

bool Resources::isEmpty(const Resource& resource) { return Resources(resource).empty(); }

bool Resources::isPersistentVolume(const Resource& resource) { return resource.disk().has_persistence(); }

bool Resources::isDisk(const Resource& resource, const Resource::DiskInfo::Source::Type& type) {
  return resource.disk().has_source() && resource.disk().source().type() == type;
}

bool Resources::isUnreserved(const Resource& resource) {
  return resource.reservations().empty() && !resource.has_reservation() &&
         (!resource.has_role() || resource.role() == "*");
}

const std::string& Resources::reservationRole(const Resource& resource) {
  return resource.reservations().empty() ? resource.role() : resource.reservations().rbegin()->role();
}

bool Resources::isReserved(const Resource& resource, const Option<std::string>& role) {
  return !isUnreserved(resource) && (role.isNone() || reservationRole(resource) == role.get());
}

bool Resources::isReservedToRoleSubtree(const Resource& resource, const std::string& role) {
  return !isUnreserved(resource) &&
         (reservationRole(resource) == role || roles::isStrictSubroleOf(reservationRole(resource), role));
}

bool Resources::isAllocatableTo(const Resource& resource, const std::string& role) {
  return isUnreserved(resource) || reservationRole(resource) == role ||
         roles::isStrictSubroleOf(role, reservationRole(resource));
}

bool Resources::isAllocatedToRoleSubtree(const Resource& resource, const std::string& role) {
  const std::string& mine = resource.allocation_info().role();
  return mine == role || roles::isStrictSubroleOf(mine, role);
}

bool Resources::isDynamicallyReserved(const Resource& resource) {
  if (resource.reservations().empty()) return resource.has_reservation();
  return resource.reservations().rbegin()->type() == Resource::ReservationInfo::DYNAMIC;
}

bool Resources::isRevocable(const Resource& resource) { return resource.has_revocable(); }

bool Resources::isShared(const Resource& resource) { return resource.has_shared(); }

bool Resources::hasRefinedReservations(const Resource& resource) { return resource.reservations_size() > 1; }

bool Resources::hasResourceProvider(const Resource& resource) { return resource.has_provider_id(); }

bool Resources::shrink(Resource* resource, const Value::Scalar& target) {
  if (resource->scalar() <= target) return true;
  Resource smaller = *resource;
  *smaller.mutable_scalar() = target;
  // Some disks are used as a whole or not at all: such a one does not contain a smaller one.
  if (resource->has_disk() && !Resources(*resource).contains(smaller)) return false;
  *resource = smaller;
  return true;
}

Resource Resources::getReservationAncestor(const Resource& left, const Resource& right) {
  Resource common = left;
  common.clear_reservations();
  const int most = std::min(left.reservations_size(), right.reservations_size());
  for (int at = 0; at < most && left.reservations(at) == right.reservations(at); at++) {
    *common.add_reservations() = left.reservations(at);
  }
  return common;
}

Resources Resources::getReservationAncestor(const Resources& left, const Resources& right) {
  if (left.empty() || right.empty()) return left;
  Resources common;
  for (const Resource& resource : left) common += getReservationAncestor(resource, *right.begin());
  return common;
}

bool operator==(const Resource::ReservationInfo& left, const Resource::ReservationInfo& right) {
  return ::mesos::internal::equivalent(left, right);
}

bool operator!=(const Resource::ReservationInfo& left, const Resource::ReservationInfo& right) {
  return !(left == right);
}

MESOS_NAMESPACE_END
