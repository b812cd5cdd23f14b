// Inbox: a mailbox of a client for a loop of its own.
//
// fd(): a thread of the Inbox sleeps on the mailbox instead of the client and turns mail into an
// eventfd. Without a call of fd() there is no such thread.
#include "api/runtime/client/inbox.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <thread>

#include "api/runtime/client/client.hpp"
#include "api/runtime/launch/start_thread.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

namespace {

class ClientInbox final : public detail::InboxImpl {
 public:
  explicit ClientInbox(Node& node) : node_(&node), client_(Client::open(node, node.thread())) {}
  ~ClientInbox() override {
    if (fd_ < 0) return;
    is_ending_.store_seq_cst(1);  // sync(inbox): seq_cst. Before the wake; the watcher reads it after.
    shm::wake_thread(node_->segment(), watcher_record_);
    watcher_.join();
    ::close(fd_);
  }

  Address address() const override { return client_->self(); }

  std::size_t poll(const std::function<void(AnyMessage&)>& handler) override {
    if (node_->is_sequential()) node_->run_until_idle();
    if (fd_ >= 0) clear();
    const std::size_t count = client_->take([&](detail::Incoming& incoming) {
      AnyMessage message(*client_, incoming);
      handler(message);
    });
    if (fd_ >= 0 && !client_->park_idle()) signal();
    return count;
  }

  bool wait(Duration timeout) override {
    if (fd_ < 0) return client_->wait_for_mail(shm::now_ns() + static_cast<std::uint64_t>(timeout.count()));
    pollfd readable{fd_, POLLIN, 0};
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    return ::poll(&readable, 1, static_cast<int>(ms)) > 0;
  }

  int fd() override {
    if (fd_ >= 0) return fd_;
    fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    const auto leased = node_->member().lease_thread();
    if (fd_ < 0 || !leased.ok()) detail::unwrap_failed(Error(Code::System, "there is no descriptor for an inbox"));
    watcher_record_ = leased.value()->index();
    shm::set_wake(node_->segment(), client_->id().index,
                  {leased.value()->process(), watcher_record_, shm::WakeWord::kNoBit});
    watcher_ = start_thread([this, thread = leased.value()] { watch(*thread); });
    if (!client_->park_idle()) signal();
    return fd_;
  }

 private:
  // sync(inbox): seq_cst. See the destructor.
  bool is_ending() const { return is_ending_.load_seq_cst() != 0; }
  /// Mail for a client that has parked its mailbox, and has not been told.
  bool has_untold_mail() const {
    shm::Segment& segment = node_->segment();
    const shm::Mailbox& mailbox = segment.mailbox(client_->id().index);
    // sync(park): seq_cst. After the sleep bit was set: a sender that found no sleeper pushed before.
    if (mailbox.sched.load_seq_cst() != static_cast<std::uint32_t>(shm::Sched::Idle)) return false;
    return shm::pending_count(segment, client_->id().index, shm::Lane::Messages) != 0;
  }

  void watch(shm::Thread& thread) {
    // Ends: with the inbox, which wakes this thread.
    while (!is_ending()) {
      shm::sleep_until(thread, shm::kNever_ns,
                       [&] { return !is_ending() && !has_untold_mail(); });
      if (!has_untold_mail()) continue;
      // In this order: the poll that takes the signal away parks again after it.
      shm::unpark(node_->segment(), client_->id().index);
      signal();
    }
    node_->member().return_thread(&thread);
  }

  void signal() {
    const std::uint64_t one = 1;
    (void)!::write(fd_, &one, sizeof one);
  }
  void clear() {
    std::uint64_t count = 0;
    (void)!::read(fd_, &count, sizeof count);
  }

  Node* node_;
  std::unique_ptr<Client> client_;
  int fd_ = -1;
  shm::ThreadIndex watcher_record_{};
  std::thread watcher_;
  shm::Atomic<std::uint32_t> is_ending_{0};
};

}  // namespace

std::unique_ptr<detail::InboxImpl> open_inbox(Node& node) { return std::make_unique<ClientInbox>(node); }

}  // namespace buskin::runtime
