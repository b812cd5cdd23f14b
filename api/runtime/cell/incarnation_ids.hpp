// IncarnationIds: names for the requests and timers of one actor. They grow, and no two incarnations share one.
#pragma once

#include <cstdint>

#include "shm/base/check.hpp"

namespace buskin::runtime {

/// Threads: the one that runs the actor.
class IncarnationIds {
 public:
  /// From here on ids are those of incarnation `number`, which is larger than those before.
  void begin(std::uint64_t number) {
    BUSKIN_CHECK(number > next_ >> kShift);
    next_ = (number << kShift) + 1;
  }
  std::uint64_t take() { return next_++; }
  /// The id that take() gives next.
  std::uint64_t next() const { return next_; }
  /// Was `id` given by an incarnation before this one?
  bool is_stale(std::uint64_t id) const { return id >> kShift != next_ >> kShift; }

 private:
  static constexpr int kShift = 40;

  std::uint64_t next_ = 1;
};

}  // namespace buskin::runtime
