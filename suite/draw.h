// Draws that several operations share.
//
// Shrinking deletes and lowers choices; so every operation draws the same number of them for every
// slot of the world, in use or not, and a slot that shrinks to another stack or type leaves the
// draws that follow where they were.
#pragma once

#include <string>
#include <vector>

#include "suite/operation_type.h"

namespace squall::suite {

// One stack, sometimes two. Mostly of those that have slots, and where nothing is running.
void draw_scope(DrawContext& context, std::vector<std::string>& stacks);

// Does the slot lie in one of the stacks?
bool is_in_scope(const std::vector<std::string>& stacks, const Slot& slot);

// Mostly none.
Flaw draw_flaw(DrawContext& context);

// A slot of the world, one whose resource exists if there is any.
const Slot& draw_slot(DrawContext& context);

// Whether the slot is in the forma, and with what.
bool draw_wanted(DrawContext& context, const Slot& slot, JsonObject& properties);

// Has the operation, a patch more often than a reconcile, ask for another fixed value of something
// that is probably there: it is replaced, and those that refer to it follow, named or not.
void draw_replacement(DrawContext& context, Operation& operation);

// Leaves out of an apply most of what would only be refused: a consumer without its producer is a
// rejection, so producers of the same scope come along and other such consumers stay out; so is a
// stack that does not exist and gets nothing.
void make_likely(DrawContext& context, Operation& operation);

// Faults and crashes that strike while the operation runs.
struct FaultSwarm {
  std::vector<uint32_t> kinds;    // weight of each cloud::fault_kinds(); 0: off in this case
  std::vector<uint32_t> moments;  // weight of each CrashMoment
};
FaultSwarm draw_swarm(property::Choices& choices, const Profile& profile, const Traits& traits,
                      const World& world);
void draw_faults(DrawContext& context, const FaultSwarm& swarm, Operation& operation);
// What befalls a store that is not the engine's own, in its next run (suite/store_faults.cpp).
void draw_store_faults(DrawContext& context, Operation& operation);
// Another run that starts meanwhile.
void draw_rival(DrawContext& context, Operation& operation);
// What befalls the engine's disk, or its client, meanwhile.
void draw_mishaps(DrawContext& context, const Traits& traits, const OperationType& type,
                  Operation& operation);

}  // namespace squall::suite
