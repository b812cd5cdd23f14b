// finish_close: each step finds what an earlier closer has done already.
#include "shm/recovery/finish_close.hpp"

#include "shm/actor/actor_close.hpp"
#include "shm/actor/actors.hpp"
#include "shm/names/names.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::shm {

void finish_close(Thread& own, ActorId id, const ReturnMail& mail) {
  if (life_of(own.segment(), id).state == LifeState::Closing) {
    remove_name(own, id);
    const ActorId dead_letters = dead_letter_actor_of(own.segment());
    drain(own, id, [&](Thread& thread, Lane lane, Handle block) -> MailFate {
      if (mail) return mail(thread, id, lane, block);
      if (lane != Lane::Messages) return LeftMail::Drop;
      // Without a dead-letter actor, the turn that finds none counts the message.
      if (is_open(thread.segment(), dead_letters)) thread.count(Counter::DeadGone);
      return LeftMail::ToDeadLetters;
    });
  }
  push_exit_notice(own, id, {}, TypeIndex::None, {});
  release_slot(own, id);
}

}  // namespace buskin::shm
