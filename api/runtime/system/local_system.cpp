// local_system: a private segment, and one node that hosts every actor.
#include "api/runtime/system/local_system.hpp"

#include <stdexcept>
#include <string>

#include "api/runtime/client/inbox.hpp"
#include "api/runtime/host/host.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

class LocalSystem final : public detail::SystemImpl {
 public:
  LocalSystem(std::unique_ptr<Host> node, const SystemOptions& options) : node_(std::move(node)), name_(options.name) {}

  detail::ClientEndpoint& client() override { return node_->client(); }
  std::unique_ptr<detail::InboxImpl> inbox() override { return open_inbox(*node_); }
  const std::string& name() const override { return name_; }
  Base base() const override { return node_->options().base; }
  void run_until_idle() override { node_->run_until_idle(); }

 private:
  std::unique_ptr<Host> node_;
  std::string name_;
};

}  // namespace

std::unique_ptr<detail::SystemImpl> open_local_system(const SystemOptions& options) {
  BUSKIN_CHECK(options.base != Base::Processes);
  shm::SegmentOptions segment;
  segment.name = options.name;
  if (options.memory_max != 0) {
    segment.counts.units = static_cast<std::uint32_t>((options.memory_max + shm::kPieceBytes - 1) / shm::kPieceBytes);
  }
  segment.system_id = options.base == Base::Sequential ? options.seed : 0;
  auto made = shm::Segment::create_private(segment);
  if (!made.ok()) throw std::runtime_error("buskin: " + made.error().detail);
  NodeOptions node;
  node.base = options.base;
  node.system_name = options.name;
  node.title = options.name;
  node.seed = options.seed;
  node.message_max = options.message_max;
  return std::make_unique<LocalSystem>(std::make_unique<Host>(std::move(made).value(), node, nullptr), options);
}

}  // namespace buskin::runtime
