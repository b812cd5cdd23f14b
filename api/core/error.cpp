// error: codes as text, and the end of a program that used a Result which holds none.
//
// Floor: core.
#include "buskin/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace buskin::inline v0 {

const char* to_string(Code code) {
  switch (code) {
    case Code::Ok: return "ok";
    case Code::Staged: return "staged";
    case Code::MailboxFull: return "mailbox_full";
    case Code::NoSuchActor: return "no_such_actor";
    case Code::BadAddress: return "bad_address";
    case Code::TooBig: return "too_big";
    case Code::NoMemory: return "no_memory";
    case Code::NotHandled: return "not_handled";
    case Code::TimedOut: return "timed_out";
    case Code::NoReply: return "no_reply";
    case Code::Refused: return "refused";
    case Code::ActorDied: return "actor_died";
    case Code::WouldDeadlock: return "would_deadlock";
    case Code::NameTaken: return "name_taken";
    case Code::BadName: return "bad_name";
    case Code::UnknownType: return "unknown_type";
    case Code::StartFailed: return "start_failed";
    case Code::BadOption: return "bad_option";
    case Code::ShuttingDown: return "shutting_down";
    case Code::Forked: return "forked";
    case Code::WrongUse: return "wrong_use";
    case Code::System: return "system";
  }
  return "unknown";
}

namespace detail {

void unwrap_failed(const Error& error) {
  std::fprintf(stderr, "buskin: %s: %s\n", to_string(error.code()), error.what());
  std::abort();
}

}  // namespace detail
}  // namespace buskin::v0
