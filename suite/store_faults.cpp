// Faults of a store that is not the engine's own. What there is to draw from is in Traits; a kind
// of its own is a line in engine_under_test/store.h, and its words one in suite/words.cpp.
#include "suite/draw.h"

namespace squall::suite {

// A world whose store shrinks to a local one keeps the draws that follow where they were.
void draw_store_faults(DrawContext& context, Operation& operation) {
  const std::vector<StoreFault>& possible = context.traits.store_faults;
  if (possible.empty() || !context.profile.faults) return;
  property::Choices& choices = context.choices;
  for (int i = 0; i < 2; ++i) {
    const auto span = choices.span("store fault");
    if (!choices.boolean(250)) break;
    StoreFault fault = possible.at(choices.integer(0, possible.size() - 1));
    fault.nth = static_cast<uint32_t>(choices.integer(1, fault.nth));
    if (context.world.store != StoreKind::kLocal) operation.store_faults.push_back(fault);
  }
}

}  // namespace squall::suite
