// buskin: all that a program with actors needs.
//
// Only <buskin/value.hpp>, messages without a schema, has to be included by itself: few programs
// need it, and it would make each of them slower to compile.
#pragma once

#include "buskin/actor.hpp"
#include "buskin/actor_system.hpp"
#include "buskin/context.hpp"
#include "buskin/error.hpp"
#include "buskin/options.hpp"
#include "buskin/sender.hpp"
#include "buskin/system_messages.hpp"
#include "buskin/timer.hpp"
#include "buskin/verbs.hpp"
