// AdminLink: joins in the role of a tool.
#include "admin/tool/admin_link.hpp"

#include "api/runtime/node/addresses.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::tool {

namespace {

std::unique_ptr<runtime::Host> join(const runtime::SystemPaths& paths) {
  auto segment = shm::Segment::attach(paths.segment);
  if (!segment.ok()) {
    const bool is_missing = segment.error().code == shm::SegmentFault::NotFound;
    throw std::runtime_error("buskin: " + (is_missing ? "no system runs here: there is no " + paths.segment
                                                      : segment.error().detail));
  }
  runtime::NodeOptions node;
  node.base = Base::Processes;
  node.role = shm::Role::Tool;
  node.title = "buskin";
  node.lock_path = paths.lock;
  return std::make_unique<runtime::Host>(std::move(segment).value(), node, nullptr);
}

}  // namespace

AdminLink::AdminLink(const runtime::SystemPaths& paths)
    : node_(join(paths)), purposed_(node_->thread(), shm::Purpose::Supervision) {}

Address AdminLink::admin() const {
  return runtime::address_in(node_->segment(), shm::admin_actor_of(node_->segment()));
}

void AdminLink::expect_done(const protocol::Outcome& outcome) {
  const flatbuffers::String* const sentence = outcome.sentence();
  if (sentence != nullptr && sentence->size() != 0) throw std::runtime_error("buskin: " + sentence->str());
}

}  // namespace buskin::tool
