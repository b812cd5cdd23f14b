// memory: see memory.hpp.
#include "tests/sim/memory.hpp"

#include <algorithm>
#include <limits>

namespace buskin::sim {

namespace {

constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kHistoryMax = 12;  // Older stores are seen by nobody any more.

void join_into(Clock& clock, const Clock& other) {
  for (std::size_t i = 0; i < clock.size(); ++i) clock[i] = std::max(clock[i], other[i]);
}

constexpr bool is_acquire(std::memory_order order) {
  return order == std::memory_order_acquire || order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}

constexpr bool is_release(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}

constexpr Clock nobody_saw() {
  Clock clock{};
  clock.fill(kNever);
  return clock;
}

}  // namespace

/// Memory that was written without Atomic (given back, used as a payload) begins a new history, which all know.
Memory::History& Memory::history_of(const void* word, std::uint64_t newest) {
  History& history = histories_[word];
  if (history.empty() || history.back().value != newest) history.assign(1, Store{newest, false, {}, {}});
  return history;
}

bool Memory::knows(std::size_t thread, const Store& store) const {
  const Clock& clock = clocks_[thread];
  for (std::size_t i = 0; i < clock.size(); ++i) {
    if (store.seen_at[i] <= clock[i]) return true;
  }
  return false;
}

std::uint64_t Memory::load(std::size_t thread, const void* word, std::uint64_t newest, std::memory_order order) {
  History& history = history_of(word, newest);
  ++clocks_[thread][thread];
  std::size_t oldest = history.size() - 1;
  while (oldest > 0 && !knows(thread, history[oldest]) &&
         !(order == std::memory_order_seq_cst && history[oldest].is_seq_cst)) {
    --oldest;
  }
  std::size_t at = history.size() - 1;
  if (oldest < at && random_() % 8 < stale_of_8_) {
    at = oldest + random_() % (at - oldest);
    ++stale_;
  }
  see(thread, history[at], order);
  return history[at].value;
}

std::uint64_t Memory::peek(std::size_t thread, const void* word, std::uint64_t newest) {
  return histories_.contains(word) ? load(thread, word, newest, std::memory_order_relaxed) : newest;
}

void Memory::see(std::size_t thread, Store& store, std::memory_order order) {
  store.seen_at[thread] = std::min(store.seen_at[thread], clocks_[thread][thread]);
  if (is_acquire(order)) join_into(clocks_[thread], store.released);
}

void Memory::failed(std::size_t thread, const void* word, std::uint64_t newest, std::memory_order order) {
  ++clocks_[thread][thread];
  see(thread, history_of(word, newest).back(), order);
}

void Memory::append(std::size_t thread, History& history, const Store& store) {
  if (history.size() == kHistoryMax) history.erase(history.begin());
  history.push_back(store);
  history.back().seen_at[thread] = clocks_[thread][thread];
}

void Memory::store(std::size_t thread, const void* word, std::uint64_t before, std::uint64_t after,
                   std::memory_order order) {
  History& history = history_of(word, before);
  ++clocks_[thread][thread];
  append(thread, history,
         {after, order == std::memory_order_seq_cst, is_release(order) ? clocks_[thread] : Clock{}, nobody_saw()});
}

void Memory::change(std::size_t thread, const void* word, std::uint64_t before, std::uint64_t after,
                    std::memory_order order) {
  History& history = history_of(word, before);
  ++clocks_[thread][thread];
  see(thread, history.back(), order);
  Clock released = history.back().released;
  if (is_release(order)) join_into(released, clocks_[thread]);
  append(thread, history, {after, order == std::memory_order_seq_cst, released, nobody_saw()});
}

void Memory::join(std::size_t thread, std::size_t other) { join_into(clocks_[thread], clocks_[other]); }

bool Memory::wrote(std::size_t thread, const void* place) {
  const std::uint32_t now = ++clocks_[thread][thread];
  const auto [found, is_new] = plain_.try_emplace(place, Plain{thread, now, {}});
  if (is_new) return true;
  Plain& plain = found->second;
  const Clock& clock = clocks_[thread];
  bool is_ordered = plain.written_at <= clock[plain.writer];
  for (std::size_t i = 0; i < clock.size(); ++i) is_ordered = is_ordered && plain.read_at[i] <= clock[i];
  plain = {thread, now, {}};
  return is_ordered;
}

bool Memory::read(std::size_t thread, const void* place) {
  const std::uint32_t now = ++clocks_[thread][thread];
  const auto found = plain_.find(place);
  if (found == plain_.end()) return true;
  found->second.read_at[thread] = now;
  return found->second.written_at <= clocks_[thread][found->second.writer];
}

}  // namespace buskin::sim
