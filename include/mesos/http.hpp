// How the v1 interfaces write messages.
#ifndef MESOS_HTTP_HPP
#define MESOS_HTTP_HPP

#include <iosfwd>

namespace mesos {

const char APPLICATION_PROTOBUF[] = "application/x-protobuf";
const char APPLICATION_JSON[] = "application/json";
const char APPLICATION_RECORDIO[] = "application/recordio";

const char MESSAGE_CONTENT_TYPE[] = "Message-Content-Type";
const char MESSAGE_ACCEPT[] = "Message-Accept";

enum class ContentType { PROTOBUF, JSON, RECORDIO };

std::ostream& operator<<(std::ostream& stream, ContentType contentType);

}  // namespace mesos

#endif
