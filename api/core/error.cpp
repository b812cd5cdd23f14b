// Error: codes as text, and the end of a program that uses a value which is not there.
#include "buskin/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace buskin::inline v0 {

Error::Error(Code code, std::string sentence)
    : code_(code), sentence_(sentence.empty() ? nullptr : std::make_unique<const std::string>(std::move(sentence))) {}

Error::Error(const Error& other)
    : code_(other.code_),
      sentence_(other.sentence_ == nullptr ? nullptr : std::make_unique<const std::string>(*other.sentence_)) {}

Error& Error::operator=(const Error& other) {
  if (this != &other) *this = Error(other);
  return *this;
}

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
    case Code::ActorRestarted: return "actor_restarted";
    case Code::Expired: return "expired";
    case Code::LostInHand: return "lost_in_hand";
    case Code::Overrun: return "overrun";
    case Code::HandlerThrew: return "handler_threw";
  }
  return "unknown";
}

const char* sentence_of(Code code) {
  switch (code) {
    case Code::Ok: return "no error";
    case Code::Staged: return "the message leaves when the turn is complete";
    case Code::MailboxFull:
      return "the receiver's mailbox is full: send slower, or give it more mailbox.capacity or mailbox.bytes";
    case Code::NoSuchActor: return "the actor of this address is gone";
    case Code::BadAddress: return "the address does not belong to this system";
    case Code::TooBig: return "the message is larger than allowed: raise message_max, or send it in parts";
    case Code::NoMemory: return "the segment, or the memory file system in which it lies, is full";
    case Code::NotHandled: return "the receiver does not list this message";
    case Code::TimedOut: return "the deadline passed";
    case Code::NoReply: return "the handler ended without answering";
    case Code::Refused: return "the handler refused";
    case Code::ActorDied: return "the actor ended before it answered";
    case Code::WouldDeadlock:
      return "sending would deadlock: these actors wait for room in each other's mailboxes; raise mailbox.capacity or "
             "use try_send in one of them";
    case Code::NameTaken: return "another living actor has this name";
    case Code::BadName: return "a name is 1 to 128 letters, digits, . _ - / :";
    case Code::UnknownType: return "no program of the system has this actor type";
    case Code::StartFailed: return "the actor could not be started";
    case Code::BadOption: return "an option has a value that makes no sense";
    case Code::ShuttingDown: return "the system is ending";
    case Code::Forked: return "this process was forked after it attached: make a new ActorSystem";
    case Code::WrongUse: return "not allowed here";
    case Code::System: return "the operating system refused";
    case Code::ActorRestarted: return "the actor was restarted before it answered: ask again";
    case Code::Expired: return "the message waited longer than its `expires`";
    case Code::LostInHand: return "its handler failed, and its receiver takes each message at most once";
    case Code::Overrun:
      return "the receiver skipped the message for newer ones: ask slower, or give it more mailbox.capacity";
    case Code::HandlerThrew: return "the handler threw an exception";
  }
  return "an unknown error";
}

namespace detail {

void unwrap_failed(const Error& error) {
  std::fprintf(stderr, "buskin: %s: %s\n", to_string(error.code()), error.what());
  std::abort();
}

void message_was_taken() {
  unwrap_failed(Error(Code::WrongUse, "this message is empty: keep() or forward() took it, or it was moved from"));
}

void value_does_not_fit(std::size_t field_bytes) {
  unwrap_failed(Error(Code::WrongUse, "a value was given for a field of a message that cannot hold it: the field has " +
                                          std::to_string(8 * field_bytes) +
                                          " bits, or is unsigned and the value is negative"));
}

void answer_was_taken() {
  unwrap_failed(Error(Code::WrongUse, "this Pending is empty: then() or wait() took its answer, or it was moved from"));
}

}  // namespace detail
}  // namespace buskin::v0
