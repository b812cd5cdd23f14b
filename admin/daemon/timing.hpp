// timing: constants that several parts of the admin's tick share.
//
// tick(now_ns) of a part does what is due at `now_ns`. next_ns(now_ns) says when that part has something to do
// next: kNever_ns when there is nothing until a message or an event comes.
#pragma once

#include <cstdint>

#include "shm/base/clock.hpp"

namespace buskin::admin {

/// How often the admin checks for an end that no event reports.
inline constexpr std::uint64_t kStep_ns = 2'000'000;
/// How long the repair of an actor process waits for its fork server to report how it died; the fork server
/// gets SIGCHLD when the watch reports the death.
inline constexpr std::uint64_t kStatusMax_ns = 20'000'000;

}  // namespace buskin::admin
