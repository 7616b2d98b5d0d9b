// Functions as values.
#ifndef STOUT_LAMBDA_HPP
#define STOUT_LAMBDA_HPP

#include <functional>

namespace lambda {

using std::bind;
using std::cref;
using std::function;
using std::ref;

using namespace std::placeholders;

}  // namespace lambda

#endif
