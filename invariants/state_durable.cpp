// state-durable: whatever happens to the engine, what it keeps can be read, is no older than it
// was, and is the same thing still.
#include <array>

#include "invariants/checkers.h"
#include "invariants/findings.h"

namespace squall::invariants {

namespace state_durable {
namespace {

constexpr std::array<std::string_view, kStoreDamages> kKinds = {
    "emptied", "unreadable", "went-back", "exchanged", "save-refused", "mixed-up"};

std::string headline_of(StoreDamage damage) {
  switch (damage) {
    case StoreDamage::kEmptied:
      return "the engine has lost all that it knew";
    case StoreDamage::kUnreadable:
      return "the engine has left a store that nobody can read";
    case StoreDamage::kWentBack:
      return "the engine has forgotten what it knew last";
    case StoreDamage::kExchanged:
      return "the engine has put another store in the place of its own";
    case StoreDamage::kSaveRefused:
      return "the engine refuses to save what it has saved already";
    case StoreDamage::kMixedUp:
      return "a run in one workspace has changed what is another one's";
  }
  return "the engine has damaged its store";
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kStateDurable, out);
  for (const suite::CaseRecord::Damage& damage : record.store_damages) {
    const bool is_refused = damage.found.damage == StoreDamage::kSaveRefused;
    findings.add(to_string(damage.found.damage), damage.operation, std::nullopt,
                 {headline_of(damage.found.damage),
                  is_refused ? "what a run left beside the store is taken into it"
                             : "its store as it was before, or newer",
                  damage.found.words});
  }
}

}  // namespace
}  // namespace state_durable

constinit const Invariant kStateDurable = {
    .id = "state-durable",
    .summary = "However a run ends, the store can be read, is no older, and holds what it held.",
    .promise = "docs/rules.md §7: what was committed stays",
    .kinds = state_durable::kKinds,
    .check = state_durable::check,
};

}  // namespace squall::invariants
