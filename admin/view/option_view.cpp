// OptionView: one line per option.
#include "admin/view/option_view.hpp"

#include "admin/view/words.hpp"

namespace buskin::view {

namespace {

constexpr std::array<std::string_view, 3> kPlaces = {"own_process", "shared", "here"};
constexpr std::array<std::string_view, 3> kWhenFull = {"Wait", "Fail", "KeepLatest"};
constexpr std::array<std::string_view, 2> kLives = {"System", "Creator"};
constexpr std::array<std::string_view, 4> kDecisions = {"Resume", "Restart", "Stop", "Escalate"};

OptionValue value_of(bool value) { return value; }
OptionValue value_of(int value) { return std::int64_t{value}; }
OptionValue value_of(Duration value) { return std::int64_t{value.count()}; }
OptionValue value_of(std::uint32_t value) { return std::uint64_t{value}; }
OptionValue value_of(std::uint64_t value) { return value; }
OptionValue value_of(const std::string& value) { return value; }
OptionValue value_of(const std::vector<int>& value) { return value; }
OptionValue value_of(WhenFull value) { return std::string(word_for(value, kWhenFull)); }
OptionValue value_of(Idle value) { return std::string(word_for(value, kIdles)); }
OptionValue value_of(Life value) { return std::string(word_for(value, kLives)); }
OptionValue value_of(Decision value) { return std::string(word_for(value, kDecisions)); }
OptionValue value_of(const Place& value) {
  const std::string kind(word_for(value.kind, kPlaces));
  return value.name.empty() ? kind : kind + " " + value.name;
}

bool is_same(const Place& a, const Place& b) { return a.kind == b.kind; }
template <class T>
bool is_same(const T& a, const T& b) {
  return a == b;
}

class List {
 public:
  template <class T>
  void add(std::string_view name, const T& chosen, const T& usual) {
    all_.push_back({name, value_of(chosen), is_same(chosen, usual)});
  }
  std::vector<OptionView> take() { return std::move(all_); }

 private:
  std::vector<OptionView> all_;
};

}  // namespace

std::vector<OptionView> view_options(const CreateOptions& chosen) {
  const CreateOptions usual;
  List list;
  list.add("name", chosen.name, usual.name);
  list.add("place", chosen.place, usual.place);
  list.add("mailbox.capacity", chosen.mailbox.capacity, usual.mailbox.capacity);
  list.add("mailbox.share", chosen.mailbox.share, usual.mailbox.share);
  list.add("mailbox.bytes", chosen.mailbox.bytes, usual.mailbox.bytes);
  list.add("mailbox.when_full", chosen.mailbox.when_full, usual.mailbox.when_full);
  list.add("mailbox.wait_ns", chosen.mailbox.wait, usual.mailbox.wait);
  list.add("run.idle", chosen.run.idle, usual.run.idle);
  list.add("run.cpus", chosen.run.cpus, usual.run.cpus);
  list.add("run.realtime", chosen.run.realtime, usual.run.realtime);
  list.add("run.own_thread", chosen.run.own_thread, usual.run.own_thread);
  list.add("keep", chosen.keep, usual.keep);
  list.add("life", chosen.life, usual.life);
  list.add("supervise.on_throw", chosen.supervise.on_throw, usual.supervise.on_throw);
  list.add("supervise.on_crash", chosen.supervise.on_crash, usual.supervise.on_crash);
  list.add("supervise.backoff_ns", chosen.supervise.backoff, usual.supervise.backoff);
  list.add("supervise.backoff_max_ns", chosen.supervise.backoff_max, usual.supervise.backoff_max);
  list.add("supervise.attempts", chosen.supervise.attempts, usual.supervise.attempts);
  list.add("supervise.kills_max", chosen.supervise.kills_max, usual.supervise.kills_max);
  list.add("supervise.restarts", chosen.supervise.restarts, usual.supervise.restarts);
  list.add("supervise.within_ns", chosen.supervise.within, usual.supervise.within);
  return list.take();
}

}  // namespace buskin::view
