// link: see link.hpp.
#include "admin/tool/link.hpp"

#include <stdexcept>

namespace buskin::tool {

namespace {

std::unique_ptr<runtime::Host> join(const runtime::SystemPaths& paths) {
  auto segment = shm::Segment::attach(paths.segment);
  if (!segment.ok()) throw std::runtime_error("buskin: " + segment.error().detail);
  runtime::NodeOptions node;
  node.base = Base::Processes;
  node.role = shm::Role::Tool;
  node.title = "buskin";
  node.lock_path = paths.lock;
  return std::make_unique<runtime::Host>(std::move(segment).value(), node, nullptr);
}

}  // namespace

Link::Link(const runtime::SystemPaths& paths) : node_(join(paths)) {}

Address Link::admin() const {
  const shm::ActorId id = runtime::admin_of(node_->segment());
  return {node_->segment().system_id(), static_cast<std::uint32_t>(id.index), id.gen};
}

}  // namespace buskin::tool
