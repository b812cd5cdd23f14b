// Aggregator: merges the readers' tables and tells the client the result.
#pragma once

#include <algorithm>
#include <buskin/buskin.hpp>
#include <vector>

#include "count_generated.h"
#include "table.hpp"

namespace count {

struct Aggregator : buskin::Actor<buskin::Init<Gather>, Counts, Finished> {
  explicit Aggregator(const Gather& gather)
      : readers_(gather.readers()), top_(gather.top()), client_(*gather.client()) {}

  void on(Message<Counts> counts) {
    const auto* at = reinterpret_cast<const char*>(counts->names()->data());
    for (flatbuffers::uoffset_t i = 0; i < counts->lengths()->size(); ++i) {
      const std::uint32_t length = counts->lengths()->Get(i);
      table_.add({at, length}, counts->hashes()->Get(i), counts->counts()->Get(i));
      at += length;
    }
  }

  void on(Message<Finished> finished, Context& context) {
    identifiers_ += finished->identifiers();
    if (--readers_ == 0) tell(context);
  }

 private:
  void tell(Context& context) {
    std::vector<const Table::Entry*> all;
    all.reserve(table_.size());
    for (const Table::Entry& entry : table_.places()) {
      if (entry.count != 0) all.push_back(&entry);
    }
    const auto shown = static_cast<std::ptrdiff_t>(std::min<std::size_t>(top_, all.size()));
    std::partial_sort(all.begin(), all.begin() + shown, all.end(), [](const auto* a, const auto* b) {
      return a->count != b->count ? a->count > b->count : a->name < b->name;
    });
    all.resize(static_cast<std::size_t>(shown));
    context.send<Totals>(client_, [&](auto& builder) {
      std::vector<flatbuffers::Offset<Entry>> top;
      for (const auto* entry : all) {
        top.push_back(CreateEntry(builder, builder.CreateString(entry->name), entry->count));
      }
      return CreateTotals(builder, identifiers_, table_.size(), builder.CreateVector(top));
    });
  }

  std::uint32_t readers_;
  std::uint32_t top_;
  Address client_;
  Table table_;
  std::uint64_t identifiers_ = 0;
};

}  // namespace count
