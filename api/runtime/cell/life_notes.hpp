// LifeNotes: what a start, an end or a restart of an actor has to remember until it is done.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "buskin/error.hpp"
#include "shm/base/ids.hpp"

namespace buskin::runtime {

class LifeNotes {
 public:
  /// A creator that waits for a report: has the actor started?
  struct Creator {
    shm::ActorId mailbox{};
    std::uint64_t correlation = 0;
  };
  /// Why an actor ends.
  struct End {
    Code code = Code::Ok;
    std::string reason = "exit";
    bool ends_children = true;  ///< Or they live on as top-level actors.
  };

  bool is_empty() const { return !creator_.has_value() && !end_.has_value() && restart_due_ns_ == 0; }

  /// Correlation 0: nobody waits.
  void expect_report(const Creator& creator) {
    if (creator.correlation != 0) creator_ = creator;
  }
  /// The creator that waits, for the caller to report to.
  std::optional<Creator> take_creator() { return std::exchange(creator_, std::nullopt); }

  void end(End end) { end_ = std::move(end); }
  /// Without end(): it ends by its own wish, and its children with it.
  End take_end() { return std::exchange(end_, std::nullopt).value_or(End()); }
  bool ends_children() const { return !end_.has_value() || end_->ends_children; }

  /// When a restart is due; 0: none is.
  void set_restart_due(std::uint64_t time_ns) { restart_due_ns_ = time_ns; }
  std::uint64_t restart_due_ns() const { return restart_due_ns_; }

 private:
  std::optional<Creator> creator_;
  std::optional<End> end_;
  std::uint64_t restart_due_ns_ = 0;
};

}  // namespace buskin::runtime
