// TurnState: the rare half. What each turn asks is in the header.
#include "api/runtime/cell/turn_state.hpp"

#include <string>
#include <utility>

#include "buskin/detail/type_name.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

std::uint64_t TurnState::next_child_key(std::uint64_t actor_type) {
  return detail::hash_text(std::to_string(children_++), actor_type ^ stamp_ * 0x9e37'79b9'7f4a'7c15);
}

bool TurnState::pause_staging() { return std::exchange(is_staging_, false); }

Owed TurnState::take_question() {
  BUSKIN_CHECK(is_asked());
  question_state_ = Question::None;
  return question_;
}

}  // namespace buskin::runtime
