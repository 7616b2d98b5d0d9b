// An unordered map.
#ifndef STOUT_HASHMAP_HPP
#define STOUT_HASHMAP_HPP

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <stout/hashset.hpp>
#include <stout/option.hpp>
#include <stout/stringify.hpp>

template <typename K, typename V, typename Hash = std::hash<K>, typename Equal = std::equal_to<K>>
class hashmap : public std::unordered_map<K, V, Hash, Equal> {
  using Base = std::unordered_map<K, V, Hash, Equal>;

 public:
  hashmap() {}
  hashmap(std::initializer_list<std::pair<const K, V>> items) : Base(items) {}
  hashmap(const std::map<K, V>& items) { this->insert(items.begin(), items.end()); }

  bool contains(const K& key) const { return this->count(key) > 0; }

  bool containsValue(const V& value) const {
    for (const auto& item : *this) {
      if (item.second == value) return true;
    }
    return false;
  }

  hashset<K, Hash, Equal> keys() const {
    hashset<K, Hash, Equal> all;
    for (const auto& item : *this) all.insert(item.first);
    return all;
  }

  std::vector<V> values() const {
    std::vector<V> all;
    for (const auto& item : *this) all.push_back(item.second);
    return all;
  }

  Option<V> get(const K& key) const {
    const auto found = this->find(key);
    if (found == this->end()) return None();
    return found->second;
  }

  // Replaces.
  void put(const K& key, V value) {
    this->erase(key);
    this->emplace(key, std::move(value));
  }
};

template <typename K, typename V, typename Hash, typename Equal>
std::string stringify(const hashmap<K, V, Hash, Equal>& items) {
  std::vector<std::string> texts;
  for (const auto& item : items) texts.push_back(stringify(item.first) + ": " + stringify(item.second));
  return stout_stringify::list(texts, "{ ", " }");
}

#endif
