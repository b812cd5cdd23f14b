// admin: the loop, and who says what.
#include "admin/daemon/admin.hpp"

#include <unistd.h>

#include <limits>

#include "buskin/system_messages.hpp"
#include "shm/base/clock.hpp"
#include "shm/os/process.hpp"
#include "shm/recovery/member.hpp"
#include "shm/segment/system_words.hpp"
#include "system_generated.h"

namespace buskin::admin {

namespace {

std::unique_ptr<runtime::Host> join(const AdminOptions& options, shm::Segment segment) {
  runtime::NodeOptions node;
  node.base = Base::Processes;
  node.role = shm::Role::Admin;
  node.title = "buskin-admin " + options.name;
  node.lock_path = runtime::paths_of_segment(options.segment).lock;
  node.system_name = options.name;
  return std::make_unique<runtime::Host>(std::move(segment), node, nullptr);
}

template <class T>
const T* as(const detail::Incoming& incoming) {
  if (incoming.info->id != detail::message_id<T>) return nullptr;
  return detail::View<T>(incoming.bytes).get();
}

template <class T>
MemberId member_in(const T& message) {
  return {static_cast<shm::ProcessIndex>(message.process()), message.generation()};
}

}  // namespace

Admin::Admin(const AdminOptions& options, Rule rule)
    : options_(options), paths_(runtime::paths_of_segment(options.segment)), log_(runtime::LogFile::create(paths_.log)),
      byte_(std::move(rule.byte)), node_(join(options, std::move(rule.segment))),
      host_(*node_), segment_(node_->segment()),
      mailbox_(runtime::Client::open(host_, host_.thread())), system_sender_(host_.thread()),
      repairer_(host_.thread(), mailbox_->id(), paths_, log_),
      watch_(std::make_unique<ProcessWatch>(ProcessWatch::Signals::Taken,
                                     [this, own = host_.thread().index()] { shm::wake_thread(segment_, own); })),
      members_(segment_, *watch_, node_->member().index()) {
  shm::count_admin(segment_);
  // What a former admin was about to end goes on: we have looked who lives.
  shm::set_ending(segment_, false);
  shm::set_stopping(segment_, false);
  shm::set_admin(segment_, mailbox_->id(), own().word());
  // Where a fork server has it, that one hands it over when it hears of us.
  (void)runtime::take_reaper_role(segment_, own(), paths_);
  places_.start_at(shm::admin_epoch_of(segment_) << 32);
  if (rule.is_found) {
    take_over(rule.is_resumed);
  } else {
    shm::write_end_rules(segment_, {options_.linger_ns, options_.is_staying, options_.owner});
    log("admin: started system " + options_.name);
  }
  if (options_.owner != 0) watch_->add_owner(options_.owner);
  watch_->add_name(paths_.segment);
}

Admin::~Admin() {
  watch_.reset();
  mailbox_.reset();
}

void Admin::log(const std::string& line) { log_.append(line); }

void Admin::run() {
  // Ends: when the system has ended.
  while (phase_ != Phase::Over) {
    (void)mailbox_->take([this](detail::Incoming& incoming) { handle(incoming); });
    for (const Event& event : watch_->take()) handle_event(event);
    const std::uint64_t next = act(shm::now_ns());
    if (phase_ != Phase::Over) sleep(next);
  }
}

void Admin::sleep(std::uint64_t deadline_ns) {
  const shm::ActorIndex index = mailbox_->id().index;
  const auto has_mail = [&] {
    return shm::pending_count(segment_, index, shm::Lane::Messages) != 0 ||
           shm::pending_count(segment_, index, shm::Lane::Replies) != 0;
  };
  if (!mailbox_->park_idle()) return;
  shm::sleep_until(host_.thread(), deadline_ns, [&] { return !watch_->any() && !has_mail(); });
  shm::unpark(segment_, index);
}

void Admin::handle(const detail::Incoming& incoming) {
  if (as<protocol::Hello>(incoming) != nullptr) {
    say_hello(incoming);
  } else if (const auto* bye = as<protocol::Goodbye>(incoming)) {
    say_goodbye(member_in(*bye));
  } else if (as<protocol::Joined>(incoming) != nullptr) {
    joined(incoming);
  } else if (const auto* create = as<protocol::CreateActor>(incoming)) {
    create_actor(shm::ActorId::from_word(create->actor()));
  } else if (as<protocol::Register>(incoming) != nullptr) {
    register_server(incoming);
  } else if (as<protocol::ProcessEnded>(incoming) != nullptr) {
    process_ended(incoming);
  } else if (as<protocol::PlaceReady>(incoming) != nullptr) {
    place_is_ready(incoming);
  } else if (const auto* empty = as<protocol::PlaceEmpty>(incoming)) {
    place_is_empty(empty->place(), empty->hosted());
  } else {
    handle_tool(incoming);
  }
}

void Admin::handle_tool(const detail::Incoming& incoming) {
  if (const auto* asked = as<protocol::Stop>(incoming)) {
    stop(shm::now_ns() + asked->deadline_ns());
  } else if (as<protocol::Stay>(incoming) != nullptr) {
    options_.is_staying = true;
    shm::write_end_rules(segment_, {options_.linger_ns, options_.is_staying, options_.owner});
    answer<protocol::Outcome>(incoming, std::string());
  } else if (as<protocol::AddProgram>(incoming) != nullptr) {
    keep_program(incoming);
  } else if (as<protocol::RemoveProgram>(incoming) != nullptr) {
    remove_program(incoming);
  } else if (as<protocol::ListPrograms>(incoming) != nullptr) {
    list_programs(incoming);
  }
}

void Admin::handle_event(const Event& event) {
  switch (event.kind) {
    case Event::Kind::MemberGone: return member_gone(event.member);
    case Event::Kind::OwnerGone: return stop(shm::now_ns());
    case Event::Kind::AskedToEnd: return stop(shm::now_ns() + 1'000'000'000);
    case Event::Kind::NameGone:
      // Nobody finds this system any more, and the next one of its name must not meet it.
      if (const auto named = segment_.check_name(); !named.ok() && phase_ != Phase::Over) {
        log("admin: " + named.error().detail);
        stop(shm::now_ns() + 1'000'000'000);
      }
      return;
  }
}

void Admin::say_hello(const detail::Incoming& incoming) {
  const auto* hello = as<protocol::Hello>(incoming);
  (void)members_.meet(member_in(*hello));
  if (phase_ != Phase::Running) {
    answer<RequestFailed>(incoming, Code::ShuttingDown, std::string_view("the system is ending"));
  } else {
    answer<protocol::Welcome>(incoming, programs_.has(hello->program()) ? 1u : 0u);
  }
}

void Admin::say_goodbye(MemberId member) {
  Known* const known = members_.find(member);
  const bool is_owner = known != nullptr && known->pid == options_.owner;
  if (known != nullptr) known->leaving_since_ns = shm::now_ns();
  runtime::end_creatures_of(system_sender_.thread(), member.word(), mailbox_->id());
  if (is_owner) stop(shm::now_ns() + 1'000'000'000);
}

void Admin::look_around() {
  members_.meet_all();
  std::vector<MemberId> dead;
  runtime::for_each_process(segment_, [&](shm::ProcessIndex index, const shm::ProcessEntry&, shm::ProcessWord word) {
    // Also one whose repairer died before he had claimed it.
    const bool is_dead = index != own().index && shm::is_dead(segment_, index, paths_.lock);
    if (is_dead) dead.push_back({index, word.gen});
  });
  for (const MemberId member : dead) bury(member, end_of(member));
}

}  // namespace buskin::admin
