// Cell: its verbs. How it runs is in cell_run.cpp, the turn in cell_turn.cpp, birth and end in cell_life.cpp.
#include "api/runtime/cell/cell.hpp"

#include <algorithm>
#include <cstring>

#include "api/runtime/endpoint/actor_sender.hpp"
#include "api/runtime/node/node.hpp"
#include "api/runtime/node/log.hpp"
#include "shm/base/clock.hpp"
#include "shm/names/names.hpp"

namespace buskin::runtime {

namespace {

std::uint64_t positive(Duration time) { return time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0; }

}  // namespace

Cell::Cell(Node& node, shm::Thread& thread, shm::ActorId id, const detail::ActorInfo& info, const ActorSpec& spec)
    : EndpointBase(node, thread, id),
      info_(&info),
      context_(*this),
      attempts_max_(static_cast<std::uint8_t>(spec.options.supervise.attempts)),
      kills_max_(static_cast<std::uint8_t>(spec.options.supervise.kills_max)) {
  const MailboxOptions& mailbox = spec.options.mailbox;
  if (mailbox.when_full == WhenFull::KeepLatest) latest_max_ = mailbox.capacity;
  has_bytes_max_ = mailbox.bytes != 0;
}

Cell::~Cell() = default;

Cell::Rare& Cell::rare() {
  if (rare_ == nullptr) rare_ = std::make_unique<Rare>(id_);
  return *rare_;
}

std::uint8_t Cell::flags_now() const {
  return active_ != nullptr && active_->is_repeated ? shm::BlockFlag::kRepeated : std::uint8_t{0};
}

std::uint32_t Cell::flags_of_children() const {
  const auto& handlers = info_->handlers;
  const bool is_told = std::any_of(handlers.begin(), handlers.end(), [](const detail::HandlerInfo& handler) {
    return handler.message->id == detail::message_id<ChildActorRestarted>;
  });
  return is_told ? shm::SlotFlag::kParentWantsRestarts : 0;
}

detail::LeasePtr Cell::keep(detail::Incoming& delivery) {
  delivery.fate = detail::Incoming::Fate::Kept;
  return std::make_unique<KeptLease>(*node_, delivery, &active_->kept);
}

void Cell::exit(Address actor, const ExitOptions& options) {
  if (actor == self() && options.now) {
    wants_end_ = true;
    is_recursive_ = options.recursive;
  } else {
    EndpointBase::exit(actor, options);
  }
}

void Cell::log(Level level, std::string_view event, std::span<const LogField> fields) {
  std::string& name = rare().name;
  if (name.empty()) {
    ActorSpec spec;
    (void)read_spec(node_->segment(), id_, spec);
    name = spec.options.name.empty() ? std::string(info_->name) : spec.options.name;
  }
  write_log(level, name, event, fields);
}

std::vector<Child> Cell::children() {
  std::vector<Child> list;
  if (rare_ == nullptr) return list;
  for (const shm::ActorId id : rare_->children.list()) {
    ActorSpec spec;
    if (!shm::is_open(node_->segment(), id) || !read_spec(node_->segment(), id, spec)) continue;
    list.push_back({address_of(id), spec.options.name, spec.type_name});
  }
  return list;
}

std::shared_ptr<detail::SenderEndpoint> Cell::sender() {
  if (rare().helper == nullptr) {
    rare().helper = std::make_shared<ActorSender>(*node_, id_, info_->delivery != Delivery::ExactlyOnce);
  }
  return rare().helper;
}

void Cell::overlay(const detail::MessageInfo& info, Overlay handler) {
  rare().overlays.set(info.id, std::move(handler));
}

void Cell::save(const detail::MessageInfo& info, std::span<const std::byte> bytes) {
  std::span<std::byte> place;
  const auto block = shm::open_block(*thread_, {.type = types().index_of(info), .sender = id_}, bytes.size(), place);
  if (!block.ok()) detail::unwrap_failed(Error(Code::NoMemory, "there is no memory for the saved state"));
  std::memcpy(place.data(), bytes.data(), bytes.size());
  if (active_->saved != shm::Handle::None) shm::drop(*thread_, active_->saved);
  active_->saved = block.value();
}

std::uint64_t Cell::set_timer(const detail::MessageInfo& info, std::span<const std::byte> bytes,
                              const detail::Schedule& schedule) {
  Timers& timers = rare().timers;
  if (timers.is_full()) {
    log(Level::Warning, "too_many_timers", {});
    return 0;
  }
  const shm::TimerSpec spec{ids_.take(), shm::now_ns() + positive(schedule.delay), positive(schedule.period)};
  if (active_->is_exact) {
    active_->staged.push_back(timers.set_with_turn(*thread_, spec, types().index_of(info), bytes));
  } else {
    timers.set(spec, info, bytes);
  }
  return spec.id;
}

void Cell::cancel_timer(std::uint64_t timer) {
  if (rare_ == nullptr) return;
  if (!active_->is_exact) return rare_->timers.cancel(*thread_, timer);
  const auto entry = rare_->timers.cancel_with_turn(timer);
  if (entry.has_value()) active_->staged.push_back(*entry);
}

}  // namespace buskin::runtime
