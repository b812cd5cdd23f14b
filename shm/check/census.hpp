// Census: one look at a segment, for check.cpp alone: every block that is not free, and who names it.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "shm/check/check.hpp"
#include "shm/memory/thread.hpp"

namespace buskin::shm {

inline std::string text_of(std::string_view text) {
  return std::string(text);
}
template <std::integral Number>
std::string text_of(Number number) {
  return std::to_string(number);
}

/// Words and numbers, one behind the other.
template <class... Parts>
std::string sentence(const Parts&... parts) {
  return (text_of(parts) + ...);
}

/// A block that is not FREE.
struct Counted {
  Handle handle{};
  std::uint64_t own = 0;
  std::uint64_t next = 0;
  std::uint64_t what = 0;
  bool is_named = false;  ///< Found in the chain, or by the word, that it says it belongs to.
};

class Census {
 public:
  explicit Census(const Segment& segment) : segment_(segment) {}

  /// The look, in this order: later parts ask what earlier ones found.
  void count_units();
  void count_records();
  void count_actors();
  void count_names();
  void judge_blocks();

  CheckReport& report() { return report_; }

 private:
  void find(std::string sentence) { report_.findings.push_back(std::move(sentence)); }
  /// The block at `handle` if it is not FREE, else null.
  Counted* block_at(Handle handle);
  /// Marks the block when it has exactly this word. False otherwise.
  bool name(Handle handle, std::uint64_t own);
  /// The same for a state and owner, in whatever generation.
  bool name(Handle handle, BlockState state, std::uint64_t id);

  std::uint64_t count_unit(std::uint64_t unit);
  void count_blocks(UnitIndex head, std::uint64_t bytes, std::uint64_t blocks, bool is_run);
  void count_block(Handle handle, const std::uint64_t (&words)[4]);
  bool is_record_in_use(std::uint64_t thread) const;
  bool is_process_in_use(std::uint64_t word) const;
  void excuse_record(const ThreadRecord& record);
  void count_actor(ActorIndex index, LifeWord life);
  void count_lane(ActorIndex index, LifeWord life, Lane lane);
  void count_words(ActorIndex index, LifeWord life);
  void judge_bytes(ActorIndex index, std::uint64_t lie_there);
  void judge(Counted& block);
  void judge_shared(const Counted& block);
  void count_references();

  const Segment& segment_;
  CheckReport report_;
  std::vector<Counted> blocks_;  // In the order of their handles.
  struct Reference {
    Handle payload{};
    std::uint64_t gen = 0;
    std::uint32_t bits = 0;
  };
  std::vector<Reference> references_;  // Of all envelopes and groups, sorted by payload.
};

}  // namespace buskin::shm
