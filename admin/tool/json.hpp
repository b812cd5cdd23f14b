// Json: views as JSON. The keys are an interface: programs read them.
#pragma once

#include <nlohmann/json.hpp>

#include "admin/view/actor_view.hpp"
#include "admin/view/health_view.hpp"
#include "admin/view/system_view.hpp"

namespace buskin::tool {

using Json = nlohmann::ordered_json;

Json to_json(const view::ProcessView& process);
Json to_json(const view::SystemView& system);
Json to_json(const view::MailboxView& mailbox);
Json to_json(const view::WaitView& wait);
Json to_json(const view::ActorView& actor);
/// The same keys as for a listed actor, and parent, waits, options.
Json to_json(const view::ActorDetails& details);
Json to_json(const view::OptionView& option);
/// Each total under its label.
Json totals_to_json(const view::HealthView& health);

}  // namespace buskin::tool
