// Outcome: how a piece of user code ended: a handler, a hook or a continuation.
#pragma once

#include <exception>
#include <string>

#include "api/runtime/endpoint/notices.hpp"
#include "api/runtime/node/crash_injection.hpp"
#include "api/runtime/node/fork_mark.hpp"
#include "buskin/detail/actor_info.hpp"
#include "buskin/error.hpp"
#include "shm/mailbox/lane_reader.hpp"

namespace buskin::runtime {

struct Outcome {
  Code code = Code::Ok;  ///< Ok, NotHandled, HandlerThrew, TooBig, NoMemory, ActorDied when it crashed.
  std::string reason{};
  const shm::FaultRecord* fault = nullptr;  ///< What the thread that crashed recorded; null when it could not.
  int signal = 0;                           ///< The signal of a crash that was injected; 0 for none.

  bool is_ok() const { return code == Code::Ok; }
  bool is_crash() const { return signal != 0; }

  /// Runs `work` to its end, which is its return, an exception or an injected crash. In the child of a fork that `work`
  /// made, that is the end of the process.
  template <class Work>
  static Outcome of(Work work);

 private:
  template <class Work>
  static Outcome caught(Work& work);
};

/// Why the former deliveries of `hand` to `actor` ended, as the thread that had it recorded.
Outcome death_of(const shm::Segment& segment, shm::ActorId actor, shm::Lane lane, const shm::Hand& hand);

/// It saves or sends more than all the memory that there is.
Outcome outcome_of_too_large();
/// Was the message made from the schema that its handler knows, as far as it is known?
inline bool is_readable(const detail::HandlerInfo& handler, const detail::Incoming& delivery) {
  const std::uint64_t theirs = delivery.info->schema;
  return theirs == handler.message->schema || theirs == 0;
}
/// Why no handler took the message: there is none, or it knows another schema. Null for none.
Outcome unhandled(const detail::HandlerInfo* handler, const detail::Incoming& delivery);

/// Where and how it crashed, for PoisonMessage; zeroes without a record.
CrashFacts crash_facts(const Outcome& outcome);

template <class Work>
Outcome Outcome::of(Work work) {
  const int forks = forks_count();
  Outcome outcome = caught(work);
  if (forks_count() != forks) [[unlikely]] end_forked_child(outcome.is_ok() ? 0 : 1);
  return outcome;
}

template <class Work>
Outcome Outcome::caught(Work& work) {
  try {
    work();
    return {};
  } catch (const std::exception& thrown) {
    return {Code::HandlerThrew, thrown.what()};
  } catch (const InjectedCrash& crash) {
    return {.code = Code::ActorDied, .reason = end_by_signal(crash.signal), .signal = crash.signal};
  } catch (...) {
    return {Code::HandlerThrew, "an exception that is not a std::exception"};
  }
}

}  // namespace buskin::runtime
