// Sorted: counts of identifiers, ordered by hash and then name, so that two of them merge in one pass.
//
// Counts travel and are saved in this form: one behind the other, without
// pointers, each name once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "count_generated.h"
#include "table.hpp"

namespace count {

/// Reads entries in order, from a Sorted or from a message.
class Entries {
 public:
  explicit Entries(const Counts& counts)
      : hashes_(counts.hashes()->data()),
        counts_(counts.counts()->data()),
        lengths_(counts.lengths()->data()),
        name_(reinterpret_cast<const char*>(counts.names()->data())),
        left_(counts.hashes()->size()) {}
  Entries(const std::vector<std::uint64_t>& hashes, const std::vector<std::uint64_t>& counts,
          const std::vector<std::uint32_t>& lengths, const std::vector<std::uint8_t>& names)
      : hashes_(hashes.data()),
        counts_(counts.data()),
        lengths_(lengths.data()),
        name_(reinterpret_cast<const char*>(names.data())),
        left_(hashes.size()) {}

  bool any() const { return left_ != 0; }
  std::uint64_t hash() const { return *hashes_; }
  std::uint64_t count() const { return *counts_; }
  std::string_view name() const { return {name_, *lengths_}; }
  void next() {
    name_ += *lengths_++;
    ++hashes_;
    ++counts_;
    --left_;
  }
  bool is_before(const Entries& other) const {
    return hash() != other.hash() ? hash() < other.hash() : name() < other.name();
  }

 private:
  const std::uint64_t* hashes_;
  const std::uint64_t* counts_;
  const std::uint32_t* lengths_;
  const char* name_;
  std::size_t left_;
};

class Sorted {
 public:
  Sorted() = default;
  explicit Sorted(const Counts& counts)
      : batches(counts.batches()),
        identifiers(counts.identifiers()),
        hashes_(counts.hashes()->begin(), counts.hashes()->end()),
        counts_(counts.counts()->begin(), counts.counts()->end()),
        lengths_(counts.lengths()->begin(), counts.lengths()->end()),
        names_(counts.names()->begin(), counts.names()->end()) {}
  /// The counts of one batch.
  Sorted(const Table& table, std::uint64_t found) : batches(1), identifiers(found) {
    std::vector<const Table::Entry*> order;
    order.reserve(table.size());
    for (const Table::Entry& entry : table.places()) {
      if (entry.count != 0) order.push_back(&entry);
    }
    std::sort(order.begin(), order.end(),
              [](const auto* a, const auto* b) { return a->hash != b->hash ? a->hash < b->hash : a->name < b->name; });
    reserve(order.size(), order.size() * 16);
    for (const auto* entry : order) add(entry->hash, entry->count, entry->name);
  }
  /// The sum of both.
  Sorted(const Sorted& one, const Counts& other)
      : batches(one.batches + other.batches()), identifiers(one.identifiers + other.identifiers()) {
    reserve(one.size() + other.hashes()->size(), one.names_.size() + other.names()->size());
    Entries a = one.entries(), b(other);
    while (a.any() && b.any()) {
      const bool is_a = a.is_before(b);
      const bool is_b = !is_a && b.is_before(a);
      if (is_a)
        take(a);
      else if (is_b)
        take(b);
      else
        add(a.hash(), a.count() + b.count(), a.name()), a.next(), b.next();
    }
    while (a.any()) take(a);
    while (b.any()) take(b);
  }

  Entries entries() const { return {hashes_, counts_, lengths_, names_}; }
  std::size_t size() const { return hashes_.size(); }
  bool is_empty() const { return batches == 0; }
  /// About how large its message is.
  std::size_t bytes() const { return size() * 20 + names_.size() + 256; }

  template <class Builder>
  flatbuffers::Offset<Counts> build(Builder& builder) const {
    return CreateCountsDirect(builder, batches, identifiers, &hashes_, &counts_, &lengths_, &names_);
  }

  std::uint32_t batches = 0;
  std::uint64_t identifiers = 0;

 private:
  void reserve(std::size_t entries, std::size_t name_bytes) {
    hashes_.reserve(entries);
    counts_.reserve(entries);
    lengths_.reserve(entries);
    names_.reserve(name_bytes);
  }
  void add(std::uint64_t hash, std::uint64_t count, std::string_view name) {
    hashes_.push_back(hash);
    counts_.push_back(count);
    lengths_.push_back(static_cast<std::uint32_t>(name.size()));
    names_.insert(names_.end(), name.begin(), name.end());
  }
  void take(Entries& from) {
    add(from.hash(), from.count(), from.name());
    from.next();
  }

  std::vector<std::uint64_t> hashes_, counts_;
  std::vector<std::uint32_t> lengths_;
  std::vector<std::uint8_t> names_;
};

}  // namespace count
