// MailWatcher: sleeps until there is mail, signals it, and leaves the rest to the poll.
#include "api/runtime/client/mail_watcher.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include "api/runtime/launch/start_thread.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

MailWatcher::MailWatcher(Node& node, const Client& client, EventFd& fd) : node_(node), client_(client), fd_(fd) {
  const auto leased = node.member().lease_thread();
  if (!leased.ok()) throw std::runtime_error("buskin: no thread for an inbox: its table is full, or its memory");
  record_ = leased.value()->index();
  auto started = try_start_thread([this, record = leased.value()] { run(*record); });
  if (!started.ok()) {
    node.member().return_thread(leased.value());
    throw std::runtime_error(std::string("buskin: ") + started.error().what());
  }
  thread_ = std::move(*started);
}

MailWatcher::~MailWatcher() {
  is_ending_.store_seq_cst(1);  // sync(inbox): seq_cst. Before the wake; the thread reads it after.
  shm::wake_thread(node_.segment(), record_);
  thread_.join();
}

// sync(inbox): seq_cst. See the destructor.
bool MailWatcher::is_ending() const { return is_ending_.load_seq_cst() != 0; }

/// Mail for a client that has parked its mailbox, and that was not signalled.
bool MailWatcher::has_mail() const {
  shm::Segment& segment = node_.segment();
  const shm::Mailbox& mailbox = segment.mailbox(client_.id().index);
  // sync(park): seq_cst. After the sleep bit was set: a sender that found no sleeper pushed before.
  if (mailbox.sched.load_seq_cst() != static_cast<std::uint32_t>(shm::Sched::Idle)) return false;
  return shm::pending_count(segment, client_.id().index, shm::Lane::Messages) != 0;
}

void MailWatcher::run(shm::Thread& record) {
  bool has_signalled_stop = false;
  const auto has_stopped = [&] { return !has_signalled_stop && node_.system_stop().is_set(); };
  // Ends: with the inbox, which wakes this thread.
  while (!is_ending()) {
    shm::sleep_until(record, shm::kNever_ns, [&] { return !is_ending() && !has_mail() && !has_stopped(); });
    if (has_stopped()) {
      has_signalled_stop = true;
      fd_.add();
    }
    if (!has_mail()) continue;
    // In this order: the poll that takes the signal away parks again after it.
    shm::unpark(node_.segment(), client_.id().index);
    fd_.add();
  }
  node_.member().return_thread(&record);
}

}  // namespace buskin::runtime
