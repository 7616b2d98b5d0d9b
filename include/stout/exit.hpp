// EXIT(status) << "why": says why on standard error and ends the program.
#ifndef STOUT_EXIT_HPP
#define STOUT_EXIT_HPP

#include <cstdlib>
#include <iostream>
#include <sstream>

namespace stout_exit {

class Exit {
 public:
  explicit Exit(int status) : status(status) {}

  [[noreturn]] ~Exit() {
    std::cerr << text.str() << std::endl;
    std::exit(status);
  }

  std::ostream& stream() { return text; }

 private:
  const int status;
  std::ostringstream text;
};

}  // namespace stout_exit

#define EXIT(status) stout_exit::Exit(status).stream()

#endif
