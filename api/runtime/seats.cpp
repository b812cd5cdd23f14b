// seats: see seats.hpp.
//
// Floor: runtime.
#include "api/runtime/seats.hpp"

#include <vector>

namespace buskin::runtime {

namespace {

struct Leaver {
  std::vector<std::weak_ptr<SeatBook>> books;
  ~Leaver() {
    for (const auto& weak : books) {
      if (const auto book = weak.lock(); book != nullptr) book->leave();
    }
  }
};

}  // namespace

SeatBook::Seat& SeatBook::take() {
  const std::lock_guard lock(mutex_);
  Seat& seat = seats_[std::this_thread::get_id()];
  if (seat.thread == nullptr) {
    const auto leased = member_->lease_thread();
    if (!leased.ok()) detail::unwrap_failed(Error(Code::NoMemory, "the table of threads is full"));
    seat.thread = leased.value();
  }
  return seat;
}

void SeatBook::leave(Seat& seat) {
  seat.client.reset();
  member_->return_thread(seat.thread);
}

void SeatBook::leave() {
  const std::lock_guard lock(mutex_);
  const auto found = seats_.find(std::this_thread::get_id());
  if (member_ == nullptr || found == seats_.end()) return;
  leave(found->second);
  seats_.erase(found);
}

void SeatBook::close() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, seat] : seats_) leave(seat);
  seats_.clear();
  member_ = nullptr;
}

void leave_at_thread_end(const std::shared_ptr<SeatBook>& book) {
  thread_local Leaver leaver;
  leaver.books.push_back(book);
}

}  // namespace buskin::runtime
