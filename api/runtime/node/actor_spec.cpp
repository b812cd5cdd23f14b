// ActorSpec: its form in bytes. Writer and reader walk the same fields in the same order, by one template.
#include "api/runtime/node/actor_spec.hpp"

#include <cstring>
#include <type_traits>

#include "api/runtime/node/check_options.hpp"
#include "shm/memory/payload.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::runtime {

namespace {

class Writer {
 public:
  template <class T>
  void number(const T& value) {
    const auto* from = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), from, from + sizeof value);
  }
  template <class C>
  void list(const C& values) {
    number(std::uint64_t{values.size()});
    for (const auto& value : values) number(value);
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  std::vector<std::byte> bytes_;
};

/// The bytes may have been damaged by any process: it never reads beyond them, nor makes a value that its type does
/// not have. After the first fault it reads nothing more.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : left_(bytes) {}

  template <class T>
  void number(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    whole_ = whole_ && left_.size() >= sizeof value;
    if (!whole_) return;
    std::memcpy(&value, left_.data(), sizeof value);
    left_ = left_.subspan(sizeof value);
  }
  void number(bool& value) {
    std::uint8_t byte = 0;
    number(byte);
    whole_ = whole_ && byte <= 1;
    value = byte == 1;
  }
  template <class C>
  void list(C& values) {
    std::uint64_t count = 0;
    number(count);
    whole_ = whole_ && count <= left_.size();
    if (!whole_) return;
    values.resize(count);
    for (auto& value : values) number(value);
  }
  /// True when every field was there and nothing is left.
  bool is_done() const { return whole_ && left_.empty(); }

 private:
  std::span<const std::byte> left_;
  bool whole_ = true;
};

/// Options with their default values take one bit: a million light actors have a spec each.
enum Part : std::uint8_t { kName = 1, kPlace = 2, kMailbox = 4, kRun = 8, kSupervise = 16, kRest = 32 };

bool is_usual(const MailboxOptions& mailbox) {
  const MailboxOptions usual;
  return mailbox.capacity == usual.capacity && mailbox.share == usual.share && mailbox.bytes == usual.bytes &&
         mailbox.when_full == usual.when_full && mailbox.wait == usual.wait;
}

bool is_usual(const SuperviseOptions& mine) {
  const SuperviseOptions usual;
  return mine.on_throw == usual.on_throw && mine.on_crash == usual.on_crash && mine.restarts == usual.restarts &&
         mine.within == usual.within && mine.backoff == usual.backoff && mine.backoff_max == usual.backoff_max &&
         mine.attempts == usual.attempts && mine.kills_max == usual.kills_max;
}

std::uint8_t parts_of(const CreateOptions& options) {
  const RunOptions& run = options.run;
  const bool is_plain = run.idle == Idle::Adaptive && run.cpus.empty() && run.realtime == 0 && !run.own_thread;
  int parts = 0;
  if (!options.name.empty()) parts |= kName;
  if (options.place.kind != Place::Kind::OwnProcess) parts |= kPlace;
  if (!is_usual(options.mailbox)) parts |= kMailbox;
  if (!is_plain) parts |= kRun;
  if (!is_usual(options.supervise)) parts |= kSupervise;
  if (options.keep || options.life != Life::System) parts |= kRest;
  return static_cast<std::uint8_t>(parts);
}

template <class Archive, class O>
void walk_options(Archive& archive, O& options) {
  std::uint8_t parts = parts_of(options);
  archive.number(parts);
  if ((parts & kName) != 0) archive.list(options.name);
  if ((parts & kPlace) != 0) {
    archive.number(options.place.kind);
    archive.list(options.place.name);
  }
  if ((parts & kMailbox) != 0) archive.number(options.mailbox);
  if ((parts & kRun) != 0) {
    archive.number(options.run.idle);
    archive.list(options.run.cpus);
    archive.number(options.run.realtime);
    archive.number(options.run.own_thread);
  }
  if ((parts & kSupervise) != 0) archive.number(options.supervise);
  if ((parts & kRest) != 0) {
    archive.number(options.keep);
    archive.number(options.life);
  }
}

template <class Archive, class B>
void walk(Archive& archive, B& spec) {
  archive.number(spec.type_id);
  archive.list(spec.type_name);
  archive.number(spec.program);
  archive.number(spec.correlation);
  archive.number(spec.creator);
  archive.number(spec.member);
  archive.number(spec.console);
  archive.number(spec.message_max);
  archive.list(spec.init);
  walk_options(archive, spec.options);
}

/// False when an enumeration has a value that it does not define.
bool has_known_values(const CreateOptions& options) {
  return options.place.kind <= Place::Kind::Here && options.mailbox.when_full <= WhenFull::KeepLatest &&
         options.run.idle <= Idle::Sleep && options.life <= Life::Creator &&
         options.supervise.on_throw <= Decision::Escalate && options.supervise.on_crash <= Decision::Escalate;
}

}  // namespace

shm::Result<shm::Handle, shm::MemoryError> write_spec(shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec) {
  BUSKIN_CHECK(spec.type_id != 0 && has_known_values(spec.options));
  thread_local Writer writer;  // Keeps its memory for the next spec.
  writer.clear();
  walk(writer, spec);
  return shm::make_block(thread, {.sender = actor}, writer.bytes());
}

bool read_spec(const shm::Segment& segment, shm::ActorId actor, ActorSpec& spec) {
  const shm::LifeWord life = shm::life_of(segment, actor);
  if (life.state == shm::LifeState::Free) return false;
  const shm::Handle block = shm::spec_of(segment, actor);
  if (block == shm::Handle::None) return false;
  Reader reader(shm::view_payload(segment, block).bytes);
  ActorSpec read;
  walk(reader, read);
  if (!reader.is_done() || read.type_id == 0 || !has_known_values(read.options) || !check_options(read.options).ok()) {
    return false;
  }
  spec = std::move(read);
  return true;
}

}  // namespace buskin::runtime
