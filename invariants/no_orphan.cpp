// no-orphan: what the engine made and did not delete is in its inventory.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace no_orphan {
namespace {

constexpr std::string_view kUnknownObject = "unknown-object";
constexpr std::array kKinds = {kUnknownObject};

void add(const suite::CaseRecord& record, const suite::Checkpoint& checkpoint,
         const cloud::CloudObject& object, Findings& findings) {
  const ResourceIdentity identity = identity_of(record, object.type, object.name);
  if (!findings.is_news(kUnknownObject, identity)) return;
  // The rest of a pair: no-duplicate saw both.
  if (findings.is_explained(identity, checkpoint.operation)) return;
  const std::vector<cloud::CallId> calls =
      effects_on(record, object.type, object.name, checkpoint.log_end);
  findings.add(
      kUnknownObject, checkpoint.operation, identity,
      {"the engine made a cloud object that its inventory does not know" +
           after_fault(record, calls),
       fmt::format("{} in the inventory, or deleted ({})", object.native_id, checkpoint.where),
       fmt::format("{} ({}) is in the cloud; the inventory has no row with a native id "
                   "for it",
                   object.native_id, short_name(identity))},
      calls);
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kNoOrphan, out);
  const Excuses excuses(record);
  for (const suite::Checkpoint& checkpoint : record.checkpoints) {
    // A row without native id does not know its object, whatever it suspects. A row with the wrong
    // id is no-phantom's.
    const auto is_known = [&](const cloud::CloudObject& object) {
      return std::ranges::any_of(checkpoint.inventory, [&](const InventoryRow& row) {
        return row.identity.type == object.type && row.identity.label == object.name &&
               !row.native_id.empty();
      });
    };
    std::multimap<Objects::Name, const cloud::CloudObject*> unknown;
    for (const cloud::CloudObject& object : checkpoint.cloud)
      if (object.made_by_engine && !is_known(object) &&
          !excuses.excuses(checkpoint, object.type, object.name))
        unknown.emplace(Objects::Name(object.type, object.name), &object);
    // Of several of one name it is the first; the others are no-duplicate's.
    for (const auto& [name, object] : unknown) add(record, checkpoint, *object, findings);
  }
}

}  // namespace
}  // namespace no_orphan

constinit const Invariant kNoOrphan = {
    .id = "no-orphan",
    .summary = "What the engine made in the cloud, and did not delete, is in its inventory.",
    .promise = "docs/rules.md §7: an object that may have been made leaves its identity Unsettled",
    .kinds = no_orphan::kKinds,
    .check = no_orphan::check,
};

}  // namespace squall::invariants
