// local_system: a private segment, and one node that hosts every actor.
#include "api/runtime/system/local_system.hpp"

#include <stdexcept>
#include <string>

#include "api/runtime/host/host.hpp"
#include "api/runtime/start/settings_in_force.hpp"
#include "api/runtime/node/fork_mark.hpp"
#include "buskin/closed_endpoint.hpp"
#include "shm/base/check.hpp"
#include "shm/segment/reserve_layout.hpp"

namespace buskin::runtime {

namespace {

class LocalSystem final : public detail::SystemImpl {
 public:
  LocalSystem(std::unique_ptr<Host> node, const SystemSettings& settings)
      : node_(std::move(node)), settings_(settings_in_force(node_->segment(), settings)) {}

  ~LocalSystem() override {
    if (node_->is_forked()) keep_for_ever(std::move(node_));
  }

  detail::ClientEndpoint& client() override {
    return node_->is_forked() ? detail::closed_endpoint(Code::Forked) : node_->client();
  }
  std::unique_ptr<detail::InboxImpl> inbox() override { return node_->is_forked() ? nullptr : node_->open_inbox(); }
  const Settings& settings() const override { return settings_; }
  void run_until_idle() override {
    if (!node_->is_forked()) node_->run_until_idle();
  }

 private:
  std::unique_ptr<Host> node_;
  Settings settings_;
};

}  // namespace

std::unique_ptr<detail::SystemImpl> open_local_system(const SystemSettings& settings) {
  BUSKIN_CHECK(settings.base != Base::Processes);
  shm::SegmentOptions segment;
  segment.name = settings.name;
  // Without a limit of its own no other file can take the memory: then the smallest reserve is enough.
  segment.counts = shm::system_tables(settings.memory_max, settings.memory_max == 0 ? shm::kPieceBytes : 0);
  segment.system_id = settings.base == Base::Sequential ? settings.seed : 0;
  auto made = shm::Segment::create_private(segment);
  if (!made.ok()) throw std::runtime_error("buskin: " + made.error().detail);
  NodeOptions node;
  node.base = settings.base;
  node.system_name = settings.name;
  node.title = settings.name;
  node.seed = settings.seed;
  node.message_max = settings.message_max;
  return std::make_unique<LocalSystem>(std::make_unique<Host>(std::move(made).value(), node, nullptr), settings);
}

}  // namespace buskin::runtime
