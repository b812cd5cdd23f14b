// Repairer: repair, notify, record.
#include "api/runtime/recovery/repairer.hpp"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

#include "api/runtime/endpoint/dead_letters.hpp"
#include "api/runtime/endpoint/orders.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/node/actor_spec.hpp"
#include "buskin/system_messages.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

std::string title_of(const shm::ProcessEntry& entry) {
  return {entry.title.data(), ::strnlen(entry.title.data(), entry.title.size())};
}

const char* word_of(shm::Role role) {
  switch (role) {
    case shm::Role::Client: return "client";
    case shm::Role::Admin: return "admin";
    case shm::Role::ForkServer: return "fork server";
    case shm::Role::Actors: return "actors";
    case shm::Role::Bridge: return "bridge";
    case shm::Role::Tool: return "tool";
  }
  return "unknown";
}

/// One line of JSON, member by member.
class Line {
 public:
  void add(const char* name, std::uint64_t value) {
    begin(name);
    text_ += std::to_string(value);
  }
  void add(const char* name, std::string_view value) {
    begin(name);
    text_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') text_ += '\\';
      // A byte beyond ASCII may be a part of a cut character of UTF-8, which no reader of JSON takes.
      text_ += c >= ' ' && c <= '~' ? c : '?';
    }
    text_ += '"';
  }
  std::string whole() const { return "{" + text_ + "}"; }

 private:
  void begin(const char* name) {
    if (!text_.empty()) text_ += ',';
    text_ += '"' + std::string(name) + "\":";
  }

  std::string text_;
};

}  // namespace

shm::Result<shm::Done, shm::ReapError> Repairer::repair(const Known& dead, const ProcessEnd& end, const OnLost& lost) {
  const shm::Segment& segment = thread_->segment();
  const std::string title = title_of(segment.process(dead.id.index));
  const std::uint64_t begin = shm::now_ns();
  shm::ReapOptions options = notifying_repair();
  options.is_dead_now = [&](shm::ProcessIndex index) { return shm::is_dead(segment, index, paths_->lock); };
  options.adoptable = lost.adoptable;
  options.exit_code = end.exit_code;
  const auto reaped = shm::reap_process(*thread_, dead.id.index, options);
  if (!reaped.ok()) return shm::Failure{reaped.error()};
  return_undelivered(*thread_);
  for (const auto& [actor, has_failed_to_start] : reaped.value().closing) {
    close_actor(*thread_, actor, {has_failed_to_start ? Code::StartFailed : Code::ActorDied, end.sentence});
  }
  for (const shm::ActorId actor : reaped.value().requested) lost.requested(actor);
  record(dead, title, end.sentence, reaped.value(), shm::now_ns() - begin);
  exit_actors_of_creator(dead.id);
  return shm::Done{};
}

void Repairer::exit_actors_of_creator(shm::MemberId creator) {
  const shm::Segment& segment = thread_->segment();
  std::vector<shm::ActorId> ending;
  shm::for_each_actor(segment, [&](shm::ActorId id, shm::LifeWord life) {
    ActorSpec spec;
    if (!shm::has_flag(segment, id, shm::SlotFlag::kEndsWithCreator) || !shm::accepts(life.state)) return;
    if (read_spec(segment, id, spec) && spec.member == creator.word()) ending.push_back(id);
  });
  for (const shm::ActorId id : ending) {
    (void)order_exit(SystemSender(*thread_, mailbox_), {id}, true);
  }
}

void Repairer::record(const Known& dead, const std::string& title, const std::string& reason, const shm::Reaped& reaped,
                      std::uint64_t cost_ns) {
  using namespace std::chrono;
  const shm::RepairCounts& counts = reaped.counts;
  Line line;
  line.add("time_ms",
           static_cast<std::uint64_t>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()));
  line.add("pid", static_cast<std::uint64_t>(dead.pid));
  line.add("role", std::string_view(word_of(dead.role)));
  line.add("title", std::string_view(title));
  line.add("reason", std::string_view(reason));
  line.add("by", std::string_view(title_of(thread_->segment().process(thread_->process()))));
  line.add("actors", reaped.adoptable.size());
  line.add("redelivered", counts.charged);
  line.add("sends_undone", counts.sends_undone);
  line.add("turns_undone", counts.turns_undone);
  line.add("turns_finished", counts.turns_finished);
  line.add("lost_in_hand", counts.lost_in_hand);
  line.add("blocks_freed", counts.blocks_freed + counts.retired);
  line.add("cost_ns", cost_ns);
  log_->append(std::string(kDeathMark) + line.whole());
}

}  // namespace buskin::runtime
