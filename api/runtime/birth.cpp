// birth: as bytes. Writer and reader walk the same fields in the same order, by one template.
//
// Floor: runtime.
#include "api/runtime/birth.hpp"

#include <cstring>
#include <type_traits>

#include "shm/segment/payload.hpp"

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

 private:
  std::vector<std::byte> bytes_;
};

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
  template <class C>
  void list(C& values) {
    std::uint64_t count = 0;
    number(count);
    whole_ = whole_ && count <= left_.size();
    if (!whole_) return;
    values.resize(count);
    for (auto& value : values) number(value);
  }
  bool whole() const { return whole_; }

 private:
  std::span<const std::byte> left_;
  bool whole_ = true;
};

template <class Archive, class B>
void walk(Archive& archive, B& birth) {
  archive.number(birth.type_id);
  archive.list(birth.type_name);
  archive.number(birth.program);
  archive.number(birth.correlation);
  archive.number(birth.creator);
  archive.number(birth.member);
  archive.list(birth.init);
  auto& options = birth.options;
  archive.list(options.name);
  archive.number(options.place.kind);
  archive.list(options.place.name);
  archive.number(options.mailbox);
  archive.number(options.run.idle);
  archive.list(options.run.cpus);
  archive.number(options.run.realtime);
  archive.number(options.run.own_thread);
  archive.number(options.keep);
  archive.number(options.life);
  archive.number(options.attempts);
}

}  // namespace

shm::Result<shm::Handle, shm::MemoryError> write_birth(shm::Thread& thread, shm::ActorId actor, const Birth& birth) {
  Writer writer;
  walk(writer, birth);
  std::span<std::byte> place;
  const auto block = shm::open_block(thread, {.sender = actor}, writer.bytes().size(), place);
  if (block.ok()) std::memcpy(place.data(), writer.bytes().data(), writer.bytes().size());
  return block;
}

bool read_birth(const shm::Segment& segment, shm::ActorId actor, Birth& birth) {
  const shm::LifeWord life = shm::life_of(segment, actor);
  if (life.state == shm::LifeState::Free) return false;
  // sync(birth): acquire. Stored with release by the creator, before the actor was asked for.
  const auto block = static_cast<shm::Handle>(segment.slot(actor.index).birth.load_acquire());
  if (block == shm::Handle::None) return false;
  Reader reader(shm::view_payload(segment, block).bytes);
  walk(reader, birth);
  return reader.whole();
}

}  // namespace buskin::runtime
