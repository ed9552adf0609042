// no-phantom: what the inventory shows exists.
#include <fmt/format.h>

#include <array>

#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace no_phantom {
namespace {

constexpr std::string_view kMissingInCloud = "missing-in-cloud";
constexpr std::array kKinds = {kMissingInCloud};

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kNoPhantom, out);
  const Excuses excuses(record);
  for (const suite::Checkpoint& checkpoint : record.checkpoints) {
    const Objects objects(checkpoint.cloud);
    for (const InventoryRow& row : checkpoint.inventory) {
      // A row without native id claims no object: an unsettled create.
      if (row.native_id.empty() || objects.with_id(row.native_id) != nullptr) continue;
      if (excuses.excuses(checkpoint, row.identity)) continue;
      if (!findings.is_news(kMissingInCloud, row.identity)) continue;
      const std::string name = short_name(row.identity);
      const std::vector<cloud::CallId> calls =
          effects_on(record, row.identity.type, row.identity.label, checkpoint.log_end);
      findings.add(
          kMissingInCloud, checkpoint.operation, row.identity,
          {"the inventory shows a resource that is not in the cloud" + after_fault(record, calls),
           fmt::format("{} in the cloud as {}, or not in the inventory ({})", name, row.native_id,
                       checkpoint.where),
           fmt::format("{} is not in the cloud; the inventory shows it for {}", row.native_id,
                       name)},
          calls);
    }
  }
}

}  // namespace
}  // namespace no_phantom

constinit const Invariant kNoPhantom = {
    .id = "no-phantom",
    .summary = "What the inventory shows exists in the cloud.",
    .promise = "docs/rules.md §7 and §8: a row goes with its object",
    .kinds = no_phantom::kKinds,
    .check = no_phantom::check,
};

}  // namespace squall::invariants
