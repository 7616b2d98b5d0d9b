// The body of mesos/type_utils.hpp and mesos/v1/mesos.hpp; included once for each namespace.

MESOS_NAMESPACE_BEGIN

// ---- Equality -------------------------------------------------------------------------------------------------------
//
// Whatever the order of repeated fields; an absent field is as good as its default.

#define MESOS_EQUALITY(Message)                                                                                    \
  inline bool operator==(const Message& left, const Message& right) {                                              \
    return ::mesos::internal::equivalent(left, right);                                                             \
  }

#define MESOS_INEQUALITY(Message) \
  inline bool operator!=(const Message& left, const Message& right) { return !(left == right); }

MESOS_EQUALITY(CheckStatusInfo)
MESOS_EQUALITY(CommandInfo)
MESOS_EQUALITY(CommandInfo::URI)
MESOS_EQUALITY(ContainerInfo)
MESOS_EQUALITY(Credential)
MESOS_EQUALITY(CSIPluginInfo)
MESOS_EQUALITY(CSIPluginContainerInfo)
MESOS_EQUALITY(DiscoveryInfo)
MESOS_EQUALITY(DomainInfo)
MESOS_EQUALITY(DomainInfo::FaultDomain)
MESOS_EQUALITY(DomainInfo::FaultDomain::RegionInfo)
MESOS_EQUALITY(DomainInfo::FaultDomain::ZoneInfo)
MESOS_EQUALITY(DrainConfig)
MESOS_EQUALITY(DrainInfo)
MESOS_EQUALITY(DurationInfo)
MESOS_EQUALITY(Environment)
MESOS_EQUALITY(ExecutorInfo)
MESOS_EQUALITY(FileInfo)
MESOS_EQUALITY(HealthCheck)
MESOS_EQUALITY(KillPolicy)
MESOS_EQUALITY(Label)
MESOS_EQUALITY(Labels)
MESOS_EQUALITY(MasterInfo)
MESOS_EQUALITY(Offer::Operation)
MESOS_EQUALITY(Operation)
MESOS_EQUALITY(OperationStatus)
MESOS_EQUALITY(ResourceProviderInfo)
MESOS_EQUALITY(ResourceStatistics)
MESOS_EQUALITY(MESOS_AGENT_INFO)
MESOS_EQUALITY(Task)
MESOS_EQUALITY(TaskGroupInfo)
MESOS_EQUALITY(TaskInfo)
MESOS_EQUALITY(TaskStatus)
MESOS_EQUALITY(TimeInfo)
MESOS_EQUALITY(URL)
MESOS_EQUALITY(UUID)
MESOS_EQUALITY(Volume)
MESOS_EQUALITY(Volume::Source::CSIVolume::VolumeCapability)

MESOS_INEQUALITY(CheckStatusInfo)
MESOS_INEQUALITY(CSIPluginContainerInfo)
MESOS_INEQUALITY(DomainInfo::FaultDomain::RegionInfo)
MESOS_INEQUALITY(DurationInfo)
MESOS_INEQUALITY(ExecutorInfo)
MESOS_INEQUALITY(Labels)
MESOS_INEQUALITY(Offer::Operation)
MESOS_INEQUALITY(Operation)
MESOS_INEQUALITY(OperationStatus)
MESOS_INEQUALITY(ResourceProviderInfo)
MESOS_INEQUALITY(TaskStatus)
MESOS_INEQUALITY(TimeInfo)
MESOS_INEQUALITY(UUID)
MESOS_INEQUALITY(Volume::Source::CSIVolume::VolumeCapability)

#undef MESOS_EQUALITY
#undef MESOS_INEQUALITY

// Two of these are the same framework only by their identifier; see `typeutils`.
bool operator==(const FrameworkInfo& left, const FrameworkInfo& right) = delete;

namespace typeutils {

// Whatever the order of roles and capabilities.
bool equivalent(const FrameworkInfo& left, const FrameworkInfo& right);
// What differs, if anything does.
Option<std::string> diff(const FrameworkInfo& left, const FrameworkInfo& right);

}  // namespace typeutils

// Host names are compared without their case.
inline bool operator==(const MachineID& left, const MachineID& right) {
  return left.has_hostname() == right.has_hostname() &&
         strings::lower(left.hostname()) == strings::lower(right.hostname()) && left.has_ip() == right.has_ip() &&
         left.ip() == right.ip();
}

// ---- Identifiers ----------------------------------------------------------------------------------------------------

#define MESOS_IDENTIFIER(ID)                                                                        \
  inline bool operator==(const ID& left, const ID& right) { return left.value() == right.value(); } \
  inline bool operator!=(const ID& left, const ID& right) { return left.value() != right.value(); } \
  inline bool operator<(const ID& left, const ID& right) { return left.value() < right.value(); }   \
  inline bool operator==(const ID& left, const std::string& right) { return left.value() == right; } \
  inline std::ostream& operator<<(std::ostream& stream, const ID& id) { return stream << id.value(); }

MESOS_IDENTIFIER(ExecutorID)
MESOS_IDENTIFIER(FrameworkID)
MESOS_IDENTIFIER(OfferID)
MESOS_IDENTIFIER(OperationID)
MESOS_IDENTIFIER(ResourceProviderID)
MESOS_IDENTIFIER(MESOS_AGENT_ID)
MESOS_IDENTIFIER(TaskID)

#undef MESOS_IDENTIFIER

// With their parents.
inline bool operator==(const ContainerID& left, const ContainerID& right) {
  return left.value() == right.value() && left.has_parent() == right.has_parent() &&
         (!left.has_parent() || left.parent() == right.parent());
}
inline bool operator!=(const ContainerID& left, const ContainerID& right) { return !(left == right); }
inline bool operator<(const ContainerID& left, const ContainerID& right) { return left.value() < right.value(); }
inline bool operator==(const ContainerID& left, const std::string& right) { return left.value() == right; }
inline bool operator<(const DurationInfo& left, const DurationInfo& right) {
  return left.nanoseconds() < right.nanoseconds();
}

// ---- Text -----------------------------------------------------------------------------------------------------------

std::ostream& operator<<(std::ostream& stream, const CapabilityInfo& capabilityInfo);
std::ostream& operator<<(std::ostream& stream, const CheckInfo::Type& type);
std::ostream& operator<<(std::ostream& stream, const CheckStatusInfo& checkStatusInfo);
std::ostream& operator<<(std::ostream& stream, const CommandInfo& commandInfo);
std::ostream& operator<<(std::ostream& stream, const ContainerID& containerId);
std::ostream& operator<<(std::ostream& stream, const ContainerInfo& containerInfo);
std::ostream& operator<<(std::ostream& stream, const CSIPluginContainerInfo::Service& service);
std::ostream& operator<<(std::ostream& stream, const DeviceWhitelist& deviceWhitelist);
std::ostream& operator<<(std::ostream& stream, const DomainInfo& domainInfo);
std::ostream& operator<<(std::ostream& stream, const DrainConfig& drainConfig);
std::ostream& operator<<(std::ostream& stream, const DrainState& state);
std::ostream& operator<<(std::ostream& stream, const Environment& environment);
std::ostream& operator<<(std::ostream& stream, const ExecutorInfo& executor);
std::ostream& operator<<(std::ostream& stream, const FrameworkInfo::Capability& capability);
std::ostream& operator<<(std::ostream& stream, const Image::Type& imageType);
std::ostream& operator<<(std::ostream& stream, const MachineID& machineId);
std::ostream& operator<<(std::ostream& stream, const MasterInfo& master);
std::ostream& operator<<(std::ostream& stream, const MESOS_AGENT_INFO& agent);
std::ostream& operator<<(std::ostream& stream, const Offer::Operation::Type& operationType);
std::ostream& operator<<(std::ostream& stream, const Operation& operation);
std::ostream& operator<<(std::ostream& stream, const OperationState& state);
std::ostream& operator<<(std::ostream& stream, const OperationStatus& status);
std::ostream& operator<<(std::ostream& stream, const RateLimits& limits);
std::ostream& operator<<(std::ostream& stream, const Resource::DiskInfo::Source::Type& sourceType);
std::ostream& operator<<(std::ostream& stream, const ResourceProviderInfo& resourceProviderInfo);
std::ostream& operator<<(std::ostream& stream, const RLimitInfo& rlimitInfo);
std::ostream& operator<<(std::ostream& stream, const Secret::Type& secretType);
std::ostream& operator<<(std::ostream& stream, const TaskGroupInfo& taskGroupInfo);
std::ostream& operator<<(std::ostream& stream, const TaskInfo& task);
std::ostream& operator<<(std::ostream& stream, const TaskState& state);
std::ostream& operator<<(std::ostream& stream, const TaskStatus& status);
std::ostream& operator<<(std::ostream& stream, const UUID& uuid);

template <typename T>
inline std::ostream& operator<<(std::ostream& stream, const std::vector<T>& messages) {
  stream << "[ ";
  const char* separator = "";
  for (const auto& message : messages) {
    stream << separator << message;
    separator = ", ";
  }
  return stream << " ]";
}

MESOS_NAMESPACE_END

// ---- Hashes ---------------------------------------------------------------------------------------------------------

namespace std {

#define MESOS_HASH(Type, expression)                            \
  template <>                                                   \
  struct hash<Type> {                                           \
    typedef size_t result_type;                                 \
    typedef Type argument_type;                                 \
    result_type operator()(const argument_type& value) const {  \
      return expression;                                        \
    }                                                           \
  };

#define MESOS_HASH_ID(ID) MESOS_HASH(MESOS_NAMESPACE::ID, ::mesos::internal::hash_of(value.value()))
#define MESOS_HASH_ENUM(Enum) MESOS_HASH(MESOS_NAMESPACE::Enum, static_cast<size_t>(value))

MESOS_HASH_ID(ExecutorID)
MESOS_HASH_ID(FrameworkID)
MESOS_HASH_ID(OfferID)
MESOS_HASH_ID(OperationID)
MESOS_HASH_ID(ResourceProviderID)
MESOS_HASH_ID(MESOS_AGENT_ID)
MESOS_HASH_ID(TaskID)
MESOS_HASH_ID(UUID)
MESOS_HASH_ENUM(Image::Type)
MESOS_HASH_ENUM(TaskState)
MESOS_HASH_ENUM(TaskStatus_Reason)
MESOS_HASH_ENUM(TaskStatus_Source)

#undef MESOS_HASH_ID
#undef MESOS_HASH_ENUM
#undef MESOS_HASH

template <>
struct hash<MESOS_NAMESPACE::CommandInfo::URI> {
  typedef size_t result_type;
  typedef MESOS_NAMESPACE::CommandInfo::URI argument_type;
  result_type operator()(const argument_type& uri) const {
    size_t seed = (uri.extract() ? 2 : 0) + (uri.executable() ? 1 : 0);
    ::mesos::internal::combine(&seed, hash<string>()(uri.value()));
    ::mesos::internal::combine(&seed, hash<string>()(uri.output_file()));
    return seed;
  }
};

template <>
struct hash<MESOS_NAMESPACE::ContainerID> {
  typedef size_t result_type;
  typedef MESOS_NAMESPACE::ContainerID argument_type;
  result_type operator()(const argument_type& id) const {
    size_t seed = ::mesos::internal::hash_of(id.value());
    if (id.has_parent()) ::mesos::internal::combine(&seed, (*this)(id.parent()));
    return seed;
  }
};

template <>
struct hash<MESOS_NAMESPACE::MachineID> {
  typedef size_t result_type;
  typedef MESOS_NAMESPACE::MachineID argument_type;
  result_type operator()(const argument_type& id) const {
    size_t seed = ::mesos::internal::hash_of(strings::lower(id.hostname()));
    ::mesos::internal::combine(&seed, hash<string>()(id.ip()));
    return seed;
  }
};

template <>
struct hash<pair<MESOS_NAMESPACE::FrameworkID, MESOS_NAMESPACE::ExecutorID>> {
  typedef size_t result_type;
  typedef pair<MESOS_NAMESPACE::FrameworkID, MESOS_NAMESPACE::ExecutorID> argument_type;
  result_type operator()(const argument_type& ids) const {
    size_t seed = ::mesos::internal::hash_of(ids.first.value());
    ::mesos::internal::combine(&seed, hash<string>()(ids.second.value()));
    return seed;
  }
};

template <>
struct hash<pair<MESOS_NAMESPACE::FrameworkID, MESOS_NAMESPACE::OperationID>> {
  typedef size_t result_type;
  typedef pair<MESOS_NAMESPACE::FrameworkID, MESOS_NAMESPACE::OperationID> argument_type;
  result_type operator()(const argument_type& ids) const {
    size_t seed = ::mesos::internal::hash_of(ids.first.value());
    ::mesos::internal::combine(&seed, hash<string>()(ids.second.value()));
    return seed;
  }
};

}  // namespace std
