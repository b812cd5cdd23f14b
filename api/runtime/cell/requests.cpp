// Requests: ids grow, so the list is searched by halves.
#include "api/runtime/cell/requests.hpp"

#include <algorithm>
#include <utility>

#include "shm/base/check.hpp"

namespace buskin::runtime {

Requests::Place Requests::find(std::uint64_t id) {
  const auto found = std::lower_bound(requests_.begin(), requests_.end(), id,
                                      [](const Request& request, std::uint64_t wanted) { return request.id < wanted; });
  return found != requests_.end() && found->id == id ? found : requests_.end();
}

void Requests::add(std::uint64_t id, std::uint64_t deadline_ns, std::string_view type) {
  BUSKIN_CHECK(requests_.empty() || requests_.back().id < id);
  due_ns_ = requests_.empty() ? deadline_ns : std::min(due_ns_, deadline_ns);
  requests_.push_back({id, deadline_ns, type});
}

void Requests::await(std::uint64_t id, detail::ContinuationPtr next) {
  const auto found = find(id);
  if (found != requests_.end()) found->next = std::move(next);
}

void Requests::fail(std::uint64_t id, const Error& error) {
  const auto found = find(id);
  if (found == requests_.end()) return;
  found->error = error;
  found->deadline_ns = 0;
  due_ns_ = 0;
}

void Requests::abandon(std::uint64_t id) {
  const auto found = find(id);
  if (found != requests_.end()) requests_.erase(found);
}

Requests::Ended Requests::take(Place place) {
  Ended ended{place->id, std::move(place->next), std::move(place->error), place->type};
  requests_.erase(place);
  return ended;
}

std::optional<Requests::Ended> Requests::take_answered(std::uint64_t id) {
  const auto found = find(id);
  if (found == requests_.end() || found->next == nullptr) return std::nullopt;
  return take(found);
}

std::optional<Requests::Ended> Requests::take_due(std::uint64_t now_ns) {
  if (now_ns < due_ns()) return std::nullopt;
  const auto due = std::find_if(requests_.begin(), requests_.end(),
                                [&](const Request& request) { return request.deadline_ns <= now_ns; });
  if (due == requests_.end()) {
    find_next_due();
    return std::nullopt;
  }
  Ended ended = take(due);
  if (ended.error.code() == Code::Ok) ended.error = Error(Code::TimedOut, "no answer came before the deadline");
  return ended;
}

void Requests::put_back(Ended ended) {
  const auto place = std::lower_bound(requests_.begin(), requests_.end(), ended.id,
                                      [](const Request& request, std::uint64_t id) { return request.id < id; });
  BUSKIN_CHECK(ended.next != nullptr && (place == requests_.end() || place->id != ended.id));
  const bool is_answered = ended.error.code() == Code::Ok;
  requests_.insert(place, {ended.id, is_answered ? shm::kNever_ns : 0, ended.type, std::move(ended.next),
                           std::move(ended.error)});
  find_next_due();
}

void Requests::find_next_due() {
  const auto next = std::min_element(requests_.begin(), requests_.end(), [](const Request& a, const Request& b) {
    return a.deadline_ns < b.deadline_ns;
  });
  if (next != requests_.end()) due_ns_ = next->deadline_ns;
}

void Requests::undo_turn(std::uint64_t first_id) {
  std::erase_if(requests_, [&](const Request& request) { return request.id >= first_id; });
}

/// A continuation's end may call back: the list is empty by then.
void Requests::clear() { std::exchange(requests_, {}).clear(); }

}  // namespace buskin::runtime
