// size: from the send of a finished message to the answer of a reader that touched 8 of its bytes.
#include "bench/rows/size.hpp"

#include <array>
#include <cstring>

#include "bench/harness/bench.hpp"
#include "examples/support/clock.hpp"
#include "messages_generated.h"

namespace bench {

/// Answers a message of any size after it has looked at 8 of its bytes.
struct Toucher : buskin::Actor<Blob> {
  void on(Message<Blob> blob, Context& context) {
    const auto* bytes = blob->bytes();
    std::uint64_t word = 0;
    std::memcpy(&word, bytes->data() + bytes->size() / 2, sizeof word);
    context.send(buskin::Address(*blob->client()), Count(word));
  }
};

namespace {

constexpr std::array<std::size_t, 5> kSizes = {64, 4096, 65'536, 1'048'576, 16'777'216};

buskin::Draft<Blob> blob(Bench& bench, const buskin::fbs::Address& client, std::size_t bytes) {
  auto draft = bench.system().draft<Blob>(bytes + 64);
  std::uint8_t* content = nullptr;
  const auto vector = draft.builder().CreateUninitializedVector<std::uint8_t>(bytes, &content);
  std::memset(content, 7, bytes);
  draft.finish(CreateBlob(draft.builder(), &client, vector));
  return draft;
}

/// Small messages go before each measured one: they wake what fell asleep while the large message was filled.
void measure_size(Bench& bench, const std::string& name, std::size_t bytes) {
  constexpr int kBefore = 20;
  auto inbox = bench.system().inbox();
  const buskin::fbs::Address client(inbox.address().system(), inbox.address().index(), inbox.address().generation());
  const auto toucher = must(bench.system().create<Toucher>());
  support::Histogram times;
  const int rounds = bytes > (1 << 20) ? bench.scale().large_hand_offs : bench.scale().hand_offs;
  bench.start_costs();
  for (int i = 0; i < rounds; ++i) {
    auto draft = blob(bench, client, bytes);
    for (int k = 0; k < kBefore; ++k) {
      bench.system().send(toucher, blob(bench, client, 64));
      receive<Count>(inbox, [](const Count&) {});
    }
    const std::uint64_t begin = support::now_ns();
    bench.system().send(toucher, std::move(draft));
    receive<Count>(inbox, [&](const Count&) { times.record(support::now_ns() - begin); });
  }
  bench.add(figures_of_times(name, times, {.raw = bench.raw_now()}));
  bench.system().exit(toucher);
}

}  // namespace

Rows size_rows(const std::string& base) {
  Rows rows;
  for (const std::size_t bytes : kSizes) {
    const std::string name = row_name({"size", base, std::to_string(bytes)});
    rows.push_back({name, [name, bytes](Bench& bench) { measure_size(bench, name, bytes); }});
  }
  return rows;
}

}  // namespace bench
