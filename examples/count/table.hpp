// Table: how often each identifier was seen; open addressing over an arena of names.
//
// A reader fills it while it scans a batch. Linear probing, at most half full, names
// kept once and never freed before the table is emptied.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace count {

/// FNV-1a's step, so that a scanner can hash while it looks for the end.
inline constexpr std::uint64_t kHashStart = 0xcbf2'9ce4'8422'2325;
constexpr std::uint64_t hash_step(std::uint64_t hash, char c) {
  return (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
}

class Table {
 public:
  struct Entry {
    std::string_view name;
    std::uint64_t hash = 0;
    std::uint64_t count = 0;  ///< 0: the place is free.
  };

  Table() : places_(std::size_t{1} << 16) {}

  void add(std::string_view name, std::uint64_t hash, std::uint64_t count) {
    // Ends: at least half of the places are free.
    for (std::size_t i = place_of(hash);; i = (i + 1) & (places_.size() - 1)) {
      Entry& entry = places_[i];
      if (entry.count == 0) {
        entry = {store(name), hash, count};
        if (++used_ * 2 > places_.size()) grow();
        return;
      }
      if (entry.hash == hash && entry.name == name) {
        entry.count += count;
        return;
      }
    }
  }

  void clear() {
    std::fill(places_.begin(), places_.end(), Entry{});
    arena_.clear();
    left_ = used_ = 0;
  }

  std::size_t size() const { return used_; }
  /// All places; those with count 0 are free.
  const std::vector<Entry>& places() const { return places_; }

 private:
  static constexpr std::size_t kArenaBytes = 1 << 20;

  // The multiplications carry upwards, so the high half is the mixed one: fold it in.
  std::size_t place_of(std::uint64_t hash) const {
    return static_cast<std::size_t>((hash ^ (hash >> 32)) & (places_.size() - 1));
  }

  std::string_view store(std::string_view name) {
    if (name.size() > left_) {
      left_ = name.size() > kArenaBytes ? name.size() : kArenaBytes;
      arena_.push_back(std::make_unique<char[]>(left_));
      free_ = arena_.back().get();
    }
    std::memcpy(free_, name.data(), name.size());
    const std::string_view stored(free_, name.size());
    free_ += name.size();
    left_ -= name.size();
    return stored;
  }

  void grow() {
    std::vector<Entry> old(places_.size() * 2);
    old.swap(places_);
    for (const Entry& entry : old) {
      if (entry.count == 0) continue;
      std::size_t i = place_of(entry.hash);
      while (places_[i].count != 0) i = (i + 1) & (places_.size() - 1);  // Ends: half of them are free.
      places_[i] = entry;
    }
  }

  std::vector<Entry> places_;
  std::vector<std::unique_ptr<char[]>> arena_;
  char* free_ = nullptr;
  std::size_t left_ = 0;
  std::size_t used_ = 0;
};

}  // namespace count
