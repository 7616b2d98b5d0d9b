// The names of the content types.

#include <mesos/http.hpp>

#include <ostream>

namespace mesos {

std::ostream& operator<<(std::ostream& stream, ContentType contentType) {
  switch (contentType) {
    case ContentType::PROTOBUF:
      return stream << APPLICATION_PROTOBUF;
    case ContentType::JSON:
      return stream << APPLICATION_JSON;
    case ContentType::RECORDIO:
      return stream << APPLICATION_RECORDIO;
  }
  return stream;
}

}  // namespace mesos
