// JSON, as far as printing messages goes.
#ifndef STOUT_JSON_HPP
#define STOUT_JSON_HPP

#include <ostream>
#include <string>

namespace JSON {

// The text of one object.
struct Object {
  std::string text;
};

inline std::ostream& operator<<(std::ostream& stream, const Object& object) { return stream << object.text; }

}  // namespace JSON

#endif
