// Resource arithmetic against the vectors that the Rust code is held to, too.
//
// usage: vectors tests/data/resources.tsv

#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <mesos/resources.hpp>
#include <mesos/v1/resources.hpp>

namespace {

struct Row {
  std::string operation, left, right, expected;
};

std::string word(bool truth) { return truth ? "true" : "false"; }

template <typename T>
std::string word(const Option<T>& option) {
  return option.isSome() ? stringify(option.get()) : "none";
}

// Whether the operation of the row gives what the row says, in one of the two packages.
template <typename Resources, typename Resource, typename Scalar>
class Judge {
 public:
  bool accepts(const Row& row) {
    const Try<Resources> left = Resources::parse(row.left);
    if (row.operation == "parse") {
      if (row.expected == "error") return left.isError() && !left.error().empty();
      return left.isSome() && left.get() == parsed(row.expected);
    }
    if (left.isError()) return false;
    if (row.operation == "text") return says(row, stringify(left.get()));
    if (row.operation == "contains") return says(row, word(left.get().contains(parsed(row.right))));
    if (row.operation == "equal") return says(row, word(left.get() == parsed(row.right)));
    if (row.operation == "cpus") return says(row, word(left.get().cpus()));
    if (row.operation == "ports") return says(row, word(left.get().ports()));
    if (row.operation == "mem") {
      const Option<Bytes> mem = left.get().mem();
      return says(row, mem.isSome() ? stringify(mem.get().megabytes()) : "none");
    }
    if (row.operation == "find") {
      const Option<Resources> found = left.get().find(parsed(row.right));
      if (row.expected == "none") return found.isNone();
      return found.isSome() && found.get() == parsed(row.expected);
    }
    if (row.operation == "shrink") return shrinks(row, *left.get().begin());
    return made(row, left.get()) == parsed(row.expected);
  }

 private:
  static Resources parsed(const std::string& text) { return Resources::parse(text).get(); }

  static bool says(const Row& row, const std::string& text) {
    if (text != row.expected) std::cerr << "got " << text << std::endl;
    return text == row.expected;
  }

  static bool shrinks(const Row& row, Resource resource) {
    Scalar target;
    target.set_value(std::stod(row.right));
    return Resources::shrink(&resource, target) && Resources(resource) == parsed(row.expected);
  }

  static Resources made(const Row& row, const Resources& left) {
    const std::string& operation = row.operation;
    if (operation == "add") return left + parsed(row.right);
    if (operation == "subtract") return left - parsed(row.right);
    if (operation == "unreserved") return left.unreserved();
    if (operation == "reserved") return row.right.empty() ? left.reserved() : left.reserved(row.right);
    if (operation == "to_unreserved") return left.toUnreserved();
    if (operation == "allocatable_to") return left.allocatableTo(row.right);
    if (operation == "pop") return left.popReservation();
    if (operation == "named") return left.get(row.right);
    if (operation == "scalars") return left.scalars();
    std::cerr << "unknown operation " << operation << std::endl;
    std::exit(2);
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: vectors FILE\n");
    return 2;
  }
  std::ifstream file(argv[1]);
  std::string line;
  int checked = 0, wrong = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> cells = strings::split(line, "\t");
    const Row row{cells.at(0), cells.at(1), cells.at(2), cells.at(3)};
    const bool v0 = Judge<mesos::Resources, mesos::Resource, mesos::Value::Scalar>().accepts(row);
    const bool v1 = Judge<mesos::v1::Resources, mesos::v1::Resource, mesos::v1::Value::Scalar>().accepts(row);
    checked++;
    if (v0 && v1) continue;
    wrong++;
    std::cerr << (v0 ? "v1: " : "v0: ") << line << std::endl;
  }
  std::printf("%d vectors, %d wrong\n", checked, wrong);
  return checked > 0 && wrong == 0 ? 0 : 1;
}
