// Aggregator: adds up what readers found. A chain of them, so that no state is saved often.
//
//   readers --> [0] --> [1] --> [2] --> ... --> last --Totals--> client
//
// Each holds at most one sum. When the next one comes, it sends both on as one and
// holds nothing: like the digits of a binary counter, so aggregator k saves a sum
// of 2^k batches once in 2^(k+1) batches. Only the last one adds up for ever.
//
// Its turns are exactly-once and what it holds is its saved state: after a crash at
// any point each batch is in exactly one sum.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <buskin/buskin.hpp>
#include <vector>

#include "count_generated.h"
#include "sorted.hpp"

namespace count {

struct Aggregator : buskin::Actor<buskin::Init<Gather>, Counts, Finished, buskin::Saves<Held>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;

  explicit Aggregator(const Gather& gather) : next_(*gather.next()), client_(*gather.client()), top_(gather.top()) {}

  void on_start(Context& context) { context.send(client_, Alive(static_cast<std::uint32_t>(getpid()), 0)); }
  void on_restart(const Held& held, Context& context) {
    seen_ = held.seen();
    expected_ = held.expected();
    if (held.counts() != nullptr) held_ = Sorted(*held.counts());
    context.send(client_, Alive(static_cast<std::uint32_t>(getpid()), 1));
  }

  void on(Message<Counts> counts, Context& context) {
    if (counts.redelivered()) context.send(client_, Again(1));
    seen_ += counts->batches();
    if (held_.is_empty()) {
      held_ = Sorted(*counts);
    } else {
      held_ = Sorted(held_, *counts);
      if (next_) pass_on(context);
    }
    end_turn(context);
  }

  void on(Message<Finished> finished, Context& context) {
    expected_ = finished->batches() + 1;
    end_turn(context);
  }

 private:
  void pass_on(Context& context) {
    auto draft = context.draft<Counts>(held_.bytes());
    draft.finish(held_.build(draft.builder()));
    context.send(next_, std::move(draft));
    held_ = Sorted();
  }

  void end_turn(Context& context) {
    if (seen_ + 1 == expected_) {
      if (!next_) return tell(context);
      if (!held_.is_empty()) pass_on(context);
      context.send(next_, Finished(seen_));  // Behind all that it counts.
    }
    context.save<Held>([&](auto& builder) {
      const auto counts = held_.is_empty() ? flatbuffers::Offset<Counts>() : held_.build(builder);
      return CreateHeld(builder, seen_, expected_, counts);
    });
  }

  struct Best {
    std::string_view name;
    std::uint64_t count;
  };

  void tell(Context& context) {
    std::vector<Best> all;
    all.reserve(held_.size());
    for (Entries at = held_.entries(); at.any(); at.next()) all.push_back({at.name(), at.count()});
    const auto shown = static_cast<std::ptrdiff_t>(std::min<std::size_t>(top_, all.size()));
    std::partial_sort(all.begin(), all.begin() + shown, all.end(), [](const Best& a, const Best& b) {
      return a.count != b.count ? a.count > b.count : a.name < b.name;
    });
    all.resize(static_cast<std::size_t>(shown));
    context.send<Totals>(client_, [&](auto& builder) {
      std::vector<flatbuffers::Offset<Entry>> top;
      for (const Best& best : all) top.push_back(CreateEntry(builder, builder.CreateString(best.name), best.count));
      return CreateTotals(builder, held_.identifiers, held_.size(), builder.CreateVector(top));
    });
  }

  Address next_, client_;
  std::uint32_t top_;
  std::uint32_t seen_ = 0;
  std::uint32_t expected_ = 0;  // One more than all batches, once it is known.
  Sorted held_;
};

}  // namespace count
