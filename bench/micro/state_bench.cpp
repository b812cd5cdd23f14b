// state_bench: what a large saved state costs per message, in one thread, without handlers and types.
//
// An actor has a hash map of the given size; each message changes one entry and sends one message of 64 bytes.
//   none      nothing is saved
//   turn      each turn saves the whole map
//   group/N   N messages are one turn, which saves the whole map once
//   append/K  each turn saves only its change, as a record behind the earlier ones; the whole map every K messages.
//             A prototype: the state word names the last record, the others are kept in a chain beside it
// Columns: processor time per message (including its own send and receive, and those of the message that it sends), the
// longest turn or group, and the time in which a successor rebuilds the map in the worst case, from all K records.
//
// All of it runs in one thread; the figures do not include what two cores add.
#include <time.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "shm/actor/actors.hpp"
#include "shm/actor/turn.hpp"
#include "shm/mailbox/lane_reader.hpp"
#include "shm/mailbox/send.hpp"
#include "shm/memory/payload.hpp"

namespace {

using namespace buskin::shm;
using Map = std::unordered_map<std::uint64_t, std::uint64_t>;

struct Entry {
  std::uint64_t key;
  std::uint64_t value;
};

/// Processor time of this thread, because others may use the machine meanwhile.
double now_s() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

SegmentOptions options() {
  SegmentOptions made;
  made.counts = {.processes = 4,
                 .threads = 64,
                 .actors = 4'096,
                 .types = 64,
                 .links = 4,
                 .replies = 16,
                 .faults = 4,
                 .ready_bits = 4'096,
                 .units = 8'192};
  return made;
}

class Bench {
 public:
  explicit Bench(std::size_t state_bytes)
      : segment_(Segment::create_private(options()).value()), entries_(state_bytes / sizeof(Entry)) {
    BUSKIN_CHECK(segment_.back(Table::Threads, 1).ok());
    thread_ = std::make_unique<Thread>(segment_, ProcessIndex{1}, ThreadIndex{1});
    x_ = reserve_actor(*thread_, {}).value();
    y_ = reserve_actor(*thread_, {}).value();
    unpark(segment_, x_.index);
    unpark(segment_, y_.index);
    in_ = std::make_unique<LaneReader>(segment_, x_.index, Lane::Messages);
    out_ = std::make_unique<LaneReader>(segment_, y_.index, Lane::Messages);
    for (std::uint64_t i = 0; i < entries_; ++i) map_[i] = 0;
  }

  struct Plan {
    std::uint64_t group = 1;     ///< Messages of a turn.
    std::uint64_t snapshot = 0;  ///< The whole map every so many; 0: never.
    bool appends = false;
  };

  void run(const std::string& name, const Plan& plan, std::uint64_t messages) {
    longest_ = 0;
    const double begin = now_s();
    for (std::uint64_t sent = 0; sent < messages; sent += plan.group) {
      for (std::uint64_t i = 0; i < plan.group; ++i) post();
      // The clock costs more than a turn: the long ones are timed, and some of the others.
      const bool is_timed = is_whole(plan, sent) || sent % 64 == 0;
      const double turn_begin = is_timed ? now_s() : 0;
      turn(plan, sent);
      if (is_timed) longest_ = std::max(longest_, now_s() - turn_begin);
      while (out_->poll()) out_->complete(*thread_, out_->begin(Phase::Running));
    }
    const double each = (now_s() - begin) / static_cast<double>(messages);
    const double back = plan.snapshot == 0 ? 0 : recover();
    std::printf("%-20s %10.0f ns %12.3f ms %12.1f ms\n", name.c_str(), each * 1e9, longest_ * 1e3, back * 1e3);
    std::fflush(stdout);
  }

 private:
  static bool is_whole(const Plan& plan, std::uint64_t before) {
    return plan.snapshot != 0 && (before + plan.group) % plan.snapshot == 0;
  }

  Handle make(std::uint64_t bytes, const void* from) {
    std::span<std::byte> place;
    const Handle block = open_block(*thread_, {}, bytes, place).value();
    if (from != nullptr) std::memcpy(place.data(), from, bytes);
    return block;
  }

  void post() {
    const std::array<std::uint64_t, 4> payload{random_() % entries_};
    BUSKIN_CHECK(send(*thread_, {x_, Lane::Messages, Admission::Bounded}, make(sizeof payload, payload.data())) ==
                 SendStatus::Accepted);
  }

  void turn(const Plan& plan, std::uint64_t before) {
    staged_.clear();
    inputs_.clear();
    Hand hand;
    Entry change{};
    for (std::uint64_t i = 0; i < plan.group; ++i) {
      BUSKIN_CHECK(in_->poll());
      hand = in_->begin(Phase::Running);
      std::memcpy(&change.key, view_payload(segment_, hand.handle).bytes.data(), sizeof change.key);
      change.value = ++map_[change.key];
      staged_.push_back({EntryKind::Send, Lane::Messages, make(32, nullptr), y_});
      inputs_.push_back(hand.handle);
    }
    inputs_.pop_back();
    const bool saves_all = is_whole(plan, before);
    Handle saved = Handle::None;
    if (saves_all) {
      saved = save();
    } else if (plan.appends) {
      saved = make(sizeof change, &change);
      append(change);
    }
    BUSKIN_CHECK(reserve_journal(*thread_, staged_.size() + 1).ok());
    commit_turn(*thread_, *in_, hand, staged_, saved, inputs_);
    if (!saves_all) return;
    for (const Handle record : chain_) drop(*thread_, record);
    chain_.clear();
  }

  /// The whole map as one block.
  Handle save() {
    std::span<std::byte> place;
    const Handle block = open_block(*thread_, {}, entries_ * sizeof(Entry), place).value();
    auto* at = reinterpret_cast<Entry*>(place.data());
    for (const auto& [key, value] : map_) *at++ = {key, value};
    return block;
  }

  /// Adds a record that links to the one before.
  void append(const Entry& change) {
    const Handle record = make(sizeof change, &change);
    // relaxed: only this thread uses the block.
    segment_.block(record).next.store_relaxed(chain_.empty() ? 0 : to_bits(chain_.back()));
    chain_.push_back(record);
  }

  /// Rebuilds the map as a successor does: it walks to the oldest record, then applies all of them to the saved map.
  double recover() {
    const Handle whole = save();
    const double begin = now_s();
    Map map;
    const auto bytes = view_payload(segment_, whole).bytes;
    map.reserve(entries_);
    const auto* at = reinterpret_cast<const Entry*>(bytes.data());
    for (std::uint64_t i = 0; i < entries_; ++i) map[at[i].key] = at[i].value;
    std::vector<Handle> records;
    // relaxed: only this thread uses the blocks. Ends: with the oldest record.
    for (Handle record = chain_.empty() ? Handle::None : chain_.back(); record != Handle::None;
         record = static_cast<Handle>(segment_.block(record).next.load_relaxed())) {
      records.push_back(record);
    }
    for (std::size_t i = records.size(); i-- > 0;) {
      const auto* change = reinterpret_cast<const Entry*>(view_payload(segment_, records[i]).bytes.data());
      map[change->key] = change->value;
    }
    const double took = now_s() - begin;
    BUSKIN_CHECK(map.size() == map_.size());
    drop(*thread_, whole);
    return took;
  }

  Segment segment_;
  std::uint64_t entries_;
  std::unique_ptr<Thread> thread_;
  std::unique_ptr<LaneReader> in_, out_;
  ActorId x_, y_;
  Map map_;
  std::vector<Staged> staged_;
  std::vector<Handle> inputs_;
  std::vector<Handle> chain_;
  std::mt19937_64 random_{7};
  double longest_ = 0;
};

void measure(std::size_t state_bytes) {
  std::printf("\nmap of %5zu KiB     per message   longest turn      recovery\n", state_bytes / 1024);
  const std::uint64_t few = (std::uint64_t{1} << 30) / state_bytes;  // Whole saves that are affordable.
  const auto one = [&](const std::string& name, const Bench::Plan& plan, std::uint64_t messages) {
    Bench(state_bytes).run(name, plan, messages);
  };
  one("none", {}, 300'000);
  one("group/1000, unsaved", {.group = 1'000}, 300'000);
  one("turn", {.snapshot = 1}, std::min<std::uint64_t>(few, 3'000));
  for (const std::uint64_t n : {100u, 1'000u, 10'000u}) {
    one("group/" + std::to_string(n), {.group = n, .snapshot = n}, std::min<std::uint64_t>(few, 50) * n);
  }
  // The last K - 1 records are there when it ends: the worst case for a successor.
  for (const std::uint64_t k : {1'000u, 10'000u, 100'000u}) {
    one("append/" + std::to_string(k), {.snapshot = k, .appends = true}, std::min<std::uint64_t>(few, 5) * k - 1);
  }
}

}  // namespace

int main() {
  for (const std::size_t kib : {64u, 1'024u, 16'384u}) measure(kib * 1'024);
  return 0;
}
