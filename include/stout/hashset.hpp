// An unordered set.
#ifndef STOUT_HASHSET_HPP
#define STOUT_HASHSET_HPP

#include <functional>
#include <initializer_list>
#include <set>
#include <string>
#include <unordered_set>

#include <stout/stringify.hpp>

template <typename T, typename Hash = std::hash<T>, typename Equal = std::equal_to<T>>
class hashset : public std::unordered_set<T, Hash, Equal> {
 public:
  hashset() {}
  hashset(std::initializer_list<T> items) : std::unordered_set<T, Hash, Equal>(items) {}
  hashset(const std::set<T>& items) { this->insert(items.begin(), items.end()); }

  static const hashset& EMPTY_SET() {
    static const hashset empty;
    return empty;
  }

  bool contains(const T& item) const { return this->count(item) > 0; }
};

template <typename T, typename Hash, typename Equal>
hashset<T, Hash, Equal> operator|(const hashset<T, Hash, Equal>& left, const hashset<T, Hash, Equal>& right) {
  hashset<T, Hash, Equal> all = left;
  all.insert(right.begin(), right.end());
  return all;
}

template <typename T, typename Hash, typename Equal>
std::string stringify(const hashset<T, Hash, Equal>& items) {
  return stout_stringify::list(items, "{ ", " }");
}

#endif
