// admin_adopt: what an admin does that follows a dead one.
//
// Programs, places and what was under way stood in that one's memory. Fork servers
// and shared processes are asked to say again what they have; what then has no
// process, and should have one, gets one.
#include "admin/daemon/admin.hpp"
#include "api/runtime/node/actor_spec.hpp"
#include "shm/base/clock.hpp"
#include "shm/names/name_compaction.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/system_words.hpp"
#include "system_generated.h"

namespace buskin::admin {

namespace {

constexpr std::uint64_t kSettleMax_ns = 500'000'000;

}  // namespace

void Admin::take_over(bool is_resumed) {
  const shm::EndRules former = shm::end_rules_of(segment_);
  options_.linger_ns = former.linger_ns;
  options_.is_staying = options_.is_staying || former.is_staying;
  if (options_.owner == 0) options_.owner = former.owner;
  shm::write_end_rules(segment_, {options_.linger_ns, options_.is_staying, options_.owner});
  shm::resume_names(system_sender_.thread());
  settle_at_ns_ = shm::now_ns() + kSettleMax_ns;
  is_resuming_ = is_resumed;
  if (!is_resumed) ask_who_is_there();
  look_around();
  if (is_resumed) {
    is_resuming_ = false;
    settle();
    log("admin: resumes system " + options_.name + ", whose processes were all dead: " + std::to_string(resumed_) +
        " actors wait for their program, " + std::to_string(ended_) + " ended as system_died");
  } else {
    if (answers_awaited_ == 0) settle();
    log("admin: goes on with system " + options_.name + ", whose admin was dead");
  }
}

void Admin::ask_who_is_there() {
  std::vector<shm::ActorId> asked;
  shm::for_each_actor(segment_, [&](shm::ActorId id, shm::LifeWord life) {
    if (!shm::is_client(segment_, id)) return;
    if (life.state != shm::LifeState::Active || !segment_.is_backed(shm::Table::Processes, shm::to_bits(life.host))) return;
    const shm::Role role = segment_.process(life.host).role.read();
    if (role == shm::Role::ForkServer || role == shm::Role::Actors) asked.push_back(id);
  });
  const std::uint64_t epoch = shm::admin_epoch_of(segment_);
  for (const shm::ActorId id : asked) {
    if (post<protocol::RegisterAgain>(id, epoch)) ++answers_awaited_;
  }
}

void Admin::adopt_place(const detail::Incoming& incoming) {
  const auto& said = *detail::View<protocol::PlaceReady>(incoming.bytes).get();
  SharedProcess place;
  place.id = said.place();
  place.name = said.name() == nullptr ? "" : said.name()->str();
  place.program = said.program();
  place.sent = said.hosted();
  places_.adopt(place);
}

void Admin::has_answered() {
  if (settle_at_ns_ != 0 && --answers_awaited_ <= 0) settle();
}

void Admin::settle() {
  settle_at_ns_ = 0;
  create_left_alone();
  retry_waiting();
}

}  // namespace buskin::admin
