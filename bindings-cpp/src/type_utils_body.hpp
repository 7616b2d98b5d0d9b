// The body of type_utils.cpp; included once for each namespace.

MESOS_NAMESPACE_BEGIN

namespace typeutils {

namespace {

// With sets where the order says nothing.
std::unique_ptr<google::protobuf::util::MessageDifferencer> framework_differencer() {
  std::unique_ptr<google::protobuf::util::MessageDifferencer> differencer(
      new google::protobuf::util::MessageDifferencer());
  const google::protobuf::Descriptor* type = FrameworkInfo::descriptor();
  for (const char* name : {"roles", "capabilities"}) differencer->TreatAsSet(type->FindFieldByName(name));
  return differencer;
}

}  // namespace

bool equivalent(const FrameworkInfo& left, const FrameworkInfo& right) {
  return framework_differencer()->Compare(left, right);
}

Option<std::string> diff(const FrameworkInfo& left, const FrameworkInfo& right) {
  const auto differencer = framework_differencer();
  std::string text;
  differencer->ReportDifferencesToString(&text);
  if (differencer->Compare(left, right)) return None();
  return text;
}

}  // namespace typeutils

#define MESOS_PRINT(Type, expression) \
  std::ostream& operator<<(std::ostream& stream, const Type& value) { return stream << expression; }
#define MESOS_PRINT_JSON(Message) MESOS_PRINT(Message, ::mesos::internal::json(value))
#define MESOS_PRINT_DEBUG(Message) MESOS_PRINT(Message, value.DebugString())

MESOS_PRINT_JSON(CapabilityInfo)
MESOS_PRINT_JSON(CommandInfo)
MESOS_PRINT_JSON(DeviceWhitelist)
MESOS_PRINT_JSON(DomainInfo)
MESOS_PRINT_JSON(DrainConfig)
MESOS_PRINT_JSON(Environment)
MESOS_PRINT_JSON(OperationStatus)
MESOS_PRINT_JSON(ResourceProviderInfo)
MESOS_PRINT_JSON(RLimitInfo)
MESOS_PRINT_DEBUG(ContainerInfo)
MESOS_PRINT_DEBUG(ExecutorInfo)
MESOS_PRINT_DEBUG(MasterInfo)
MESOS_PRINT_DEBUG(MESOS_AGENT_INFO)
MESOS_PRINT_DEBUG(RateLimits)
MESOS_PRINT_DEBUG(TaskGroupInfo)
MESOS_PRINT_DEBUG(TaskInfo)
MESOS_PRINT(CheckInfo::Type, CheckInfo::Type_Name(value))
MESOS_PRINT(CSIPluginContainerInfo::Service, CSIPluginContainerInfo::Service_Name(value))
MESOS_PRINT(DrainState, DrainState_Name(value))
MESOS_PRINT(FrameworkInfo::Capability, FrameworkInfo::Capability::Type_Name(value.type()))
MESOS_PRINT(Image::Type, Image::Type_Name(value))
MESOS_PRINT(Offer::Operation::Type, Offer::Operation::Type_Name(value))
MESOS_PRINT(OperationState, OperationState_Name(value))
MESOS_PRINT(Resource::DiskInfo::Source::Type, Resource::DiskInfo::Source::Type_Name(value))
MESOS_PRINT(Secret::Type, Secret::Type_Name(value))
MESOS_PRINT(TaskState, TaskState_Name(value))

#undef MESOS_PRINT
#undef MESOS_PRINT_JSON
#undef MESOS_PRINT_DEBUG

std::ostream& operator<<(std::ostream& stream, const CheckStatusInfo& value) {
  stream << CheckInfo::Type_Name(value.type());
  if (value.command().has_exit_code()) stream << " exit code " << value.command().exit_code();
  if (value.http().has_status_code()) stream << " status code " << value.http().status_code();
  if (value.tcp().has_succeeded()) stream << (value.tcp().succeeded() ? " connection success" : " connection failure");
  return stream;
}

std::ostream& operator<<(std::ostream& stream, const ContainerID& value) {
  if (value.has_parent()) stream << value.parent() << ".";
  return stream << value.value();
}

std::ostream& operator<<(std::ostream& stream, const MachineID& value) {
  if (!value.has_hostname()) return stream << "(" << value.ip() << ")";
  stream << value.hostname();
  if (value.has_ip()) stream << " (" << value.ip() << ")";
  return stream;
}

std::ostream& operator<<(std::ostream& stream, const Operation& value) {
  stream << value.uuid() << " (" << value.info().type();
  if (value.has_framework_id()) stream << " for framework " << value.framework_id();
  if (value.info().has_id()) stream << ", ID: " << value.info().id();
  return stream << ", latest state: " << value.latest_status().state() << ")";
}

std::ostream& operator<<(std::ostream& stream, const TaskStatus& value) {
  stream << value.state();
  if (value.has_uuid()) {
    const Try<id::UUID> uuid = id::UUID::fromBytes(value.uuid());
    stream << " (Status UUID: " << (uuid.isSome() ? uuid.get().toString() : "INVALID UUID") << ")";
  }
  if (value.has_source()) stream << " Source: " << TaskStatus::Source_Name(value.source());
  if (value.has_reason()) stream << " Reason: " << TaskStatus::Reason_Name(value.reason());
  if (value.has_message()) stream << " Message: '" << value.message() << "'";
  stream << " for task '" << value.task_id() << "'";
  if (value.has_healthy()) stream << " in health state " << (value.healthy() ? "healthy" : "unhealthy");
  return stream;
}

std::ostream& operator<<(std::ostream& stream, const UUID& value) {
  const Try<id::UUID> uuid = id::UUID::fromBytes(value.value());
  return stream << (uuid.isSome() ? uuid.get().toString() : "INVALID UUID");
}

MESOS_NAMESPACE_END
