// Cell: its verbs and its birth. The turn itself is in cell_turn.cpp, the end in cell_end.cpp.
//
// Floor: runtime.
#include "api/runtime/cell.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>

#include "api/runtime/host.hpp"
#include "api/runtime/log.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/names.hpp"

namespace buskin::runtime {

Cell::Cell(Host& host, shm::Thread& thread, shm::ActorId id, const detail::ActorInfo& info, Birth birth)
    : Speaker(host, thread, id), info_(&info), birth_(std::move(birth)), context_(*this) {
  for (const shm::Lane lane : {shm::Lane::Control, shm::Lane::Replies, shm::Lane::Messages}) {
    lanes_.emplace_back(host.segment(), id.index, lane);
  }
  name_ = birth_.options.name.empty() ? birth_.type_name : birth_.options.name;
}

Cell::~Cell() = default;

void Cell::be_born() {
  shm::Segment& segment = host_->segment();
  shm::set_wake(segment, id_.index, {thread_->process(), thread_->index(), shm::WakeWord::kNoBit});
  shm::unpark(segment, id_.index);
  if (!shm::change_life(segment, id_, shm::LifeState::Requested, shm::LifeState::Init, thread_->process())) {
    stage_ = Stage::Gone;
    return;
  }
  is_starting_ = true;
  memory_ = std::make_unique<std::byte[]>(info_->bytes + info_->alignment);
  void* place = memory_.get();
  std::size_t room = info_->bytes + info_->alignment;
  std::align(info_->alignment, info_->bytes, place, room);
  const Outcome outcome = attempt([&] {
    info_->construct(place, birth_.init);
    actor_ = place;
    info_->on_start(actor_, context_);
  });
  is_starting_ = false;
  leave_stage();
  if (outcome.code != Code::Ok) return end_with(Code::StartFailed, outcome.reason);
  (void)shm::change_life(segment, id_, shm::LifeState::Init, shm::LifeState::Active, thread_->process());
  stage_ = Stage::Running;
  announce_birth();
  if (wants_end_) stage_ = Stage::Ending;
}

void Cell::announce_birth() {
  if (birth_.correlation == 0) return;
  const Address creator = address_of(shm::ActorId::from_word(birth_.creator));
  if (end_code_ == Code::Ok) {
    const Born born{self()};
    (void)Speaker::reply(creator, birth_.correlation, detail::kMessageInfo<Born>, std::as_bytes(std::span(&born, 1)));
  } else {
    const RequestFailed failed{end_code_, std::string_view(end_reason_)};
    (void)Speaker::reply(creator, birth_.correlation, detail::kMessageInfo<RequestFailed>,
                         std::as_bytes(std::span(&failed, 1)));
  }
}

Status Cell::transmit(const Letter& letter, shm::Handle block) {
  if (!is_staging_) return send_now(letter, block);
  staged_.push_back({shm::EntryKind::Send, letter.to.lane, block, letter.to.id});
  return Code::Staged;
}

detail::LeasePtr Cell::keep(detail::Incoming& delivery) {
  delivery.fate = detail::Incoming::Fate::Kept;
  return std::make_unique<KeptLease>(*host_, delivery, &kept_);
}

Status Cell::forward(Address to, detail::Incoming& delivery) {
  shm::ActorId id{};
  const Status found = resolve(to, id);
  if (!found.ok()) return refuse({to, delivery.info, {}, detail::Wait::AsConfigured}, found);
  delivery.fate = detail::Incoming::Fate::Forwarded;
  is_staging_ = true;  // What follows must not overtake it.
  staged_.push_back({shm::EntryKind::Send, shm::Lane::Messages, static_cast<shm::Handle>(delivery.block), id});
  return Code::Staged;
}

detail::RequestId Cell::request(const detail::Parcel& parcel, std::span<const std::byte> bytes, Duration timeout) {
  Request request{next_request_++, shm::now_ns() + static_cast<std::uint64_t>(timeout.count()), nullptr, Error()};
  shm::ActorId to{};
  Status status = resolve(parcel.to, to);
  if (status.ok()) status = send_message({{to}, request.id, parcel.wait}, *parcel.info, bytes);
  if (!status.ok()) request.error = status.error(), request.deadline_ns = 0;
  const std::uint64_t id = request.id;
  requests_.push_back(std::move(request));
  return static_cast<detail::RequestId>(id);
}

void Cell::await(detail::RequestId id, detail::ContinuationPtr next) {
  for (Request& request : requests_) {
    if (request.id == static_cast<std::uint64_t>(id)) request.next = std::move(next);
  }
}

detail::LeasePtr Cell::wait(detail::RequestId, Error&) {
  detail::unwrap_failed(Error(Code::WrongUse, "wait() inside a turn would block this actor: use then()"));
}

void Cell::abandon(detail::RequestId id) {
  std::erase_if(requests_, [&](const Request& request) { return request.id == static_cast<std::uint64_t>(id); });
}

Status Cell::reply(Address asker, std::uint64_t correlation, const detail::MessageInfo& info,
                   std::span<const std::byte> bytes) {
  // A handler that throws drops its ReplyTo on the way out. The attempt failed; it does not answer.
  if (std::uncaught_exceptions() > 0 && info.id == detail::message_id<RequestFailed>) return {};
  return Speaker::reply(asker, correlation, info, bytes);
}

Result<Address> Cell::create(const detail::ActorInfo& actor, const CreateOptions& options,
                             std::span<const std::byte> init) {
  std::uint64_t key = 0;
  if (!options.name.empty()) {
    key = detail::hash_text(options.name);
  } else if (is_starting_) {
    key = detail::hash_text(std::to_string(create_ordinal_++), actor.id);
  }
  for (const Child& child : children_) {
    if (key != 0 && child.key == key) return address_of(child.id);
  }
  Birth birth;
  birth.options = options;
  birth.init.assign(init.begin(), init.end());
  const Result<Address> made = bear(actor, birth, id_, key);
  if (made.ok()) {
    children_.push_back({{static_cast<shm::ActorIndex>(made->index()), made->generation()}, key});
    return made;
  }
  ChildActorExited gone{};
  gone.code = made.error().code();
  gone.reason = std::string_view(made.error().what());
  (void)send_message({{id_, shm::Lane::Messages, shm::Admission::Exempt}, 0},
                     detail::kMessageInfo<ChildActorExited>, std::as_bytes(std::span(&gone, 1)));
  return made;
}

void Cell::exit(Address actor, const ExitOptions& options) {
  if (actor == self() && options.now) {
    wants_end_ = true;
  } else {
    Speaker::exit(actor, options);
  }
}

void Cell::log(Level level, std::string_view text) { write_log(level, name_, text); }

void Cell::overlay(const detail::MessageInfo& info, Overlay handler) {
  std::erase_if(overlays_, [&](const Overlaid& old) { return old.type == info.id; });
  if (handler) overlays_.push_back({info.id, std::make_shared<Overlay>(std::move(handler))});
}

void Cell::save(const detail::MessageInfo& info, std::span<const std::byte> bytes) {
  std::span<std::byte> place;
  const auto block = shm::open_block(*thread_, {.type = types_.index_of(info), .sender = id_}, bytes.size(), place);
  if (!block.ok()) detail::unwrap_failed(Error(Code::NoMemory, "there is no memory for the saved state"));
  std::memcpy(place.data(), bytes.data(), bytes.size());
  if (saved_ != shm::Handle::None) shm::drop(*thread_, saved_);
  saved_ = block.value();
}

std::uint64_t Cell::next_deadline_ns() const {
  std::uint64_t next = std::numeric_limits<std::uint64_t>::max();
  for (const Request& request : requests_) next = std::min(next, request.deadline_ns);
  return next;
}

}  // namespace buskin::runtime
