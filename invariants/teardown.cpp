// teardown: once everything is destroyed, nothing is left on either side.
#include <fmt/format.h>

#include <array>

#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace teardown {
namespace {

constexpr std::string_view kRowLeft = "row-left";
constexpr std::string_view kObjectLeft = "object-left";
constexpr std::array kKinds = {kRowLeft, kObjectLeft};

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  const std::optional<size_t>& last = record.epilogue.teardown_checkpoint;
  if (!last || *last >= record.checkpoints.size()) return;
  const std::vector<size_t>& destroys = record.epilogue.destroys;
  if (!destroys.empty() && destroys.back() < record.submissions.size() &&
      failed_by_rate_limit(record, record.submissions[destroys.back()]))
    return;
  const suite::Checkpoint& checkpoint = record.checkpoints[*last];
  Findings findings(kTeardown, out);
  for (const InventoryRow& row : checkpoint.inventory) {
    if (!row.managed || findings.is_explained(row.identity, checkpoint.operation)) continue;
    findings.add(kRowLeft, checkpoint.operation, row.identity,
                 {"a resource is in the inventory after everything was destroyed",
                  fmt::format("an empty inventory ({})", checkpoint.where),
                  fmt::format("{} as {}", short_name(row.identity),
                              row.native_id.empty() ? "without native id" : row.native_id)},
                 effects_on(record, row.identity.type, row.identity.label, checkpoint.log_end));
  }
  for (const cloud::CloudObject& object : checkpoint.cloud) {
    const ResourceIdentity identity = identity_of(record, object.type, object.name);
    if (!object.made_by_engine || findings.is_explained(identity, checkpoint.operation)) continue;
    findings.add(kObjectLeft, checkpoint.operation, identity,
                 {"an object is in the cloud after everything was destroyed",
                  fmt::format("no object made by the engine ({})", checkpoint.where),
                  fmt::format("{} ({})", object.native_id, object.name)},
                 effects_on(record, object.type, object.name, checkpoint.log_end));
  }
}

}  // namespace
}  // namespace teardown

constinit const Invariant kTeardown = {
    .id = "teardown",
    .summary = "After everything was destroyed nothing is left, in the inventory or the cloud.",
    .promise =
        "docs/rules.md §4 \"Destroy\" and §7: a delete ends with its object and its row gone",
    .kinds = teardown::kKinds,
    .check = teardown::check,
};

}  // namespace squall::invariants
