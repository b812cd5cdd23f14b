// Cell: requests under way.
#include "api/runtime/cell/cell.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

detail::RequestId Cell::request(const detail::SendSpec& send_spec, std::span<const std::byte> bytes, Duration timeout) {
  const std::uint64_t wait_ns = timeout.count() > 0 ? static_cast<std::uint64_t>(timeout.count()) : 0;
  const std::uint64_t id = ids_.take();
  rare().requests.add(id, shm::now_ns() + wait_ns);
  shm::ActorId to{};
  Status status = resolve(send_spec.to, to);
  if (status.ok()) status = send_message({{to}, id, send_spec.wait}, *send_spec.info, bytes);
  if (!status.ok()) rare().requests.fail(id, status.error());
  return static_cast<detail::RequestId>(id);
}

void Cell::await(detail::RequestId id, detail::ContinuationPtr next) {
  rare().requests.await(static_cast<std::uint64_t>(id), std::move(next));
}

void Cell::abandon(detail::RequestId id) {
  if (rare_ != nullptr) rare_->requests.abandon(static_cast<std::uint64_t>(id));
}

bool Cell::finish_request() {
  const auto request = rare_->requests.take_due(shm::now_ns());
  if (!request.has_value()) return false;
  if (request->next == nullptr) return true;
  active_->turn_stamp = request->id;
  active_->creates = 0;
  const Outcome outcome = attempt([&] { request->next->run(nullptr, request->error); });
  if (outcome.signal != 0) return crash(outcome.signal), true;
  if (outcome.code != Code::Ok) thread_->count(shm::Counter::FailedTurns);
  close_turn({.after = After::Answer});
  return true;
}

void Cell::handle_reply(detail::Incoming& delivery) {
  const auto request = rare_ == nullptr ? std::nullopt : rare_->requests.take_answered(delivery.correlation);
  if (!request.has_value()) {
    // Of a former incarnation, or its deadline has passed.
    active_->fate = ids_.is_stale(delivery.correlation) ? shm::Counter::StaleReply : shm::Counter::LateReply;
    return;
  }
  const Error error = error_of_reply(delivery);
  request->next->run(error.code() == Code::Ok ? keep(delivery) : nullptr, error);
}

}  // namespace buskin::runtime
