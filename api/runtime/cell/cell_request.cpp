// Cell: requests under way: ids grow, so the list is searched by halves.
#include <algorithm>

#include "api/runtime/cell/cell.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

std::deque<Cell::Request>::iterator Cell::find_request(std::uint64_t id) {
  auto& requests = rare().requests;
  const auto found = std::lower_bound(requests.begin(), requests.end(), id,
                                      [](const Request& request, std::uint64_t wanted) { return request.id < wanted; });
  return found != requests.end() && found->id == id ? found : requests.end();
}

detail::RequestId Cell::request(const detail::SendSpec& send_spec, std::span<const std::byte> bytes, Duration timeout) {
  const std::uint64_t wait_ns = timeout.count() > 0 ? static_cast<std::uint64_t>(timeout.count()) : 0;
  Request request{next_request_++, shm::now_ns() + wait_ns, nullptr, Error()};
  const std::uint64_t id = request.id;
  Rare& rare = this->rare();
  rare.requests_due_ns = rare.requests.empty() ? request.deadline_ns : std::min(rare.requests_due_ns, request.deadline_ns);
  rare.requests.push_back(std::move(request));
  shm::ActorId to{};
  Status status = resolve(send_spec.to, to);
  if (status.ok()) status = send_message({{to}, id, send_spec.wait}, *send_spec.info, bytes);
  if (!status.ok()) fail_request(id, status.error());
  return static_cast<detail::RequestId>(id);
}

/// Its answer is this error; it is given in a turn of its own.
void Cell::fail_request(std::uint64_t id, const Error& error) {
  const auto found = find_request(id);
  if (found == rare().requests.end()) return;
  found->error = error;
  found->deadline_ns = 0;
  rare().requests_due_ns = 0;
}

void Cell::await(detail::RequestId id, detail::ContinuationPtr next) {
  const auto found = find_request(static_cast<std::uint64_t>(id));
  if (found != rare().requests.end()) found->next = std::move(next);
}

void Cell::abandon(detail::RequestId id) {
  const auto found = find_request(static_cast<std::uint64_t>(id));
  if (found != rare().requests.end()) rare().requests.erase(found);
}

bool Cell::finish_request() {
  Rare& rare = *rare_;
  const std::uint64_t now = rare.requests_due_ns == 0 ? 0 : shm::now_ns();
  if (now < rare.requests_due_ns) return false;
  const auto due = std::find_if(rare.requests.begin(), rare.requests.end(),
                                [&](const Request& request) { return request.deadline_ns <= now; });
  if (due == rare.requests.end()) {
    const auto next = std::min_element(rare.requests.begin(), rare.requests.end(), [](const Request& a, const Request& b) {
      return a.deadline_ns < b.deadline_ns;
    });
    if (next != rare.requests.end()) rare.requests_due_ns = next->deadline_ns;
    return false;
  }
  Request request = std::move(*due);
  rare.requests.erase(due);
  if (request.next == nullptr) return true;
  if (request.error.code() == Code::Ok) request.error = Error(Code::TimedOut, "no answer came before the deadline");
  active_->turn_stamp = request.id;
  active_->creates = 0;
  const Outcome outcome = attempt([&] { request.next->run(nullptr, request.error); });
  if (outcome.signal != 0) return crash(outcome.signal), true;
  if (outcome.code != Code::Ok) thread_->count(shm::Counter::FailedTurns);
  close_turn({.after = After::Answer});
  return true;
}

void Cell::handle_reply(detail::Incoming& delivery) {
  const auto found = rare_ == nullptr ? std::deque<Request>::iterator() : find_request(delivery.correlation);
  if (rare_ == nullptr || found == rare_->requests.end() || found->next == nullptr) {
    // Of a former incarnation, or its deadline has passed.
    const bool is_stale = delivery.correlation >> kIncarnationShift != next_request_ >> kIncarnationShift;
    active_->fate = is_stale ? shm::Counter::StaleReply : shm::Counter::LateReply;
    return;
  }
  Request request = std::move(*found);
  rare_->requests.erase(found);
  request.error = error_of_reply(delivery);
  request.next->run(request.error.code() == Code::Ok ? keep(delivery) : nullptr, request.error);
}

}  // namespace buskin::runtime
