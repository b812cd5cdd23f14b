// UntoldNotices: notices about what a client has sent, for which the segment has no memory.
//
// They are private, and shown behind the mail that is there. A client that reads none keeps the newest kUnreadMax.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "buskin/detail/endpoint.hpp"
#include "buskin/options.hpp"

namespace buskin::runtime {

/// Threads: the client's.
class UntoldNotices {
 public:
  bool is_empty() const { return notices_.empty(); }
  void add(const detail::MessageInfo& info, std::span<const std::byte> bytes) {
    notices_.push_back({&info, {bytes.begin(), bytes.end()}});
    if (notices_.size() > kUnreadMax) notices_.pop_front();
  }
  /// Shows each by `show`, which may add others: they stay. Returns how many.
  template <class Show>
  std::size_t show_all(const Show& show) {
    const std::deque<Notice> now = std::exchange(notices_, {});
    for (const Notice& notice : now) {
      detail::Incoming incoming;
      incoming.bytes = notice.bytes;
      incoming.info = notice.info;
      incoming.type_name = notice.info->name;
      show(incoming);
    }
    return now.size();
  }

 private:
  struct Notice {
    const detail::MessageInfo* info;
    std::vector<std::byte> bytes;
  };
  std::deque<Notice> notices_;
};

}  // namespace buskin::runtime
