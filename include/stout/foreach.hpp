// Loops over containers; `break` and `continue` work in all of them.
#ifndef STOUT_FOREACH_HPP
#define STOUT_FOREACH_HPP

#include <iterator>
#include <utility>

namespace stout_foreach {

// Walks over pairs, one step per round of an outer loop whose body is one or two loops that run once.
template <typename Container>
class Walk {
 public:
  explicit Walk(Container&& container) : container(std::forward<Container>(container)) {}

  // Whether another round begins: the last one was completed, and there is a pair.
  bool more() {
    if (is_fresh) {
      at = std::begin(container);
      end = std::end(container);
      is_fresh = false;
    } else if (!is_complete) {
      return false;
    }
    is_complete = false;
    is_entered = false;
    return at != end;
  }

  void next() {
    if (is_complete) ++at;
  }

  // True once a round.
  bool enter() { return is_entered ? false : (is_entered = true); }

  bool incomplete() const { return !is_complete; }
  void complete() { is_complete = true; }

  auto pair() -> decltype(*std::begin(std::declval<Container&>())) { return *at; }

 private:
  Container container;
  using Iterator = decltype(std::begin(std::declval<Container&>()));
  Iterator at = Iterator();
  Iterator end = Iterator();
  bool is_fresh = true;
  bool is_complete = false;
  bool is_entered = false;
};

template <typename Container>
Walk<Container> walk(Container&& container) {
  return Walk<Container>(std::forward<Container>(container));
}

}  // namespace stout_foreach

#define STOUT_FOREACH_JOIN2(left, right) left##right
#define STOUT_FOREACH_JOIN(left, right) STOUT_FOREACH_JOIN2(left, right)
#define STOUT_FOREACH_WALK STOUT_FOREACH_JOIN(stout_foreach_walk_, __LINE__)

#ifndef foreach
#define foreach(item, container) for (item : container)
#endif

#define foreachpair(key, value, container)                                                                       \
  for (auto STOUT_FOREACH_WALK = stout_foreach::walk(container); STOUT_FOREACH_WALK.more();                      \
       STOUT_FOREACH_WALK.next())                                                                                \
    for (key = STOUT_FOREACH_WALK.pair().first; STOUT_FOREACH_WALK.enter();)                                     \
      for (value = STOUT_FOREACH_WALK.pair().second; STOUT_FOREACH_WALK.incomplete(); STOUT_FOREACH_WALK.complete())

#define foreachkey(key, container)                                                                               \
  for (auto STOUT_FOREACH_WALK = stout_foreach::walk(container); STOUT_FOREACH_WALK.more();                      \
       STOUT_FOREACH_WALK.next())                                                                                \
    for (key = STOUT_FOREACH_WALK.pair().first; STOUT_FOREACH_WALK.incomplete(); STOUT_FOREACH_WALK.complete())

#define foreachvalue(value, container)                                                                           \
  for (auto STOUT_FOREACH_WALK = stout_foreach::walk(container); STOUT_FOREACH_WALK.more();                      \
       STOUT_FOREACH_WALK.next())                                                                                \
    for (value = STOUT_FOREACH_WALK.pair().second; STOUT_FOREACH_WALK.incomplete(); STOUT_FOREACH_WALK.complete())

#endif
