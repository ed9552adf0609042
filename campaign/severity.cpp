#include "campaign/severity.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace squall::campaign {
namespace {

// Native ids the cloud and the inventory disagree on at one checkpoint.
struct Leftovers {
  std::set<NativeId> orphans;   // made by the engine, in no row
  std::set<NativeId> phantoms;  // in a row, not in the cloud

  bool any() const { return !orphans.empty() || !phantoms.empty(); }
};

using Focus = std::optional<ResourceIdentity>;

bool excused(const suite::Checkpoint& checkpoint, std::string_view type, std::string_view name) {
  return std::ranges::any_of(checkpoint.excuses, [&](const auto& excuse) {
    return excuse.first.type == type && excuse.first.label == name;
  });
}

// A cloud object knows no label; its name is the label of whoever made it.
Leftovers leftovers_at(const suite::Checkpoint& checkpoint, const Focus& focus) {
  Leftovers out;
  std::set<NativeId> in_rows;
  std::set<NativeId> in_cloud;
  for (const InventoryRow& row : checkpoint.inventory) in_rows.insert(row.native_id);
  for (const cloud::CloudObject& object : checkpoint.cloud) in_cloud.insert(object.native_id);
  for (const cloud::CloudObject& object : checkpoint.cloud) {
    const bool meant = !focus || (focus->type == object.type && focus->label == object.name);
    if (!meant || !object.made_by_engine || in_rows.contains(object.native_id)) continue;
    if (!excused(checkpoint, object.type, object.name)) out.orphans.insert(object.native_id);
  }
  for (const InventoryRow& row : checkpoint.inventory) {
    if (row.native_id.empty() || in_cloud.contains(row.native_id)) continue;
    if (focus && *focus != row.identity) continue;
    if (!checkpoint.excuses.contains(row.identity)) out.phantoms.insert(row.native_id);
  }
  return out;
}

std::string joined(const std::vector<std::string>& names, std::string_view last_separator) {
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? last_separator : ", ";
    out += names[i];
  }
  return out;
}

void name_ids(std::string_view one, std::string_view many, const std::set<NativeId>& ids,
              std::vector<std::string>& out) {
  constexpr size_t kMostNamed = 3;
  if (ids.empty()) return;
  std::vector<std::string> named;
  for (const NativeId& id : ids) {
    if (named.size() < kMostNamed) named.push_back(id);
  }
  std::string text = fmt::format("{} {}", ids.size() == 1 ? one : many, joined(named, ", "));
  if (ids.size() > kMostNamed) text += fmt::format(" and {} more", ids.size() - kMostNamed);
  out.push_back(std::move(text));
}

struct Remedy {
  std::string name;
  bool healed = false;
};

// The steps of the epilogue that were tried, in their order.
std::vector<Remedy> remedies(const suite::CaseRecord& record, size_t first, const Focus& focus) {
  std::vector<Remedy> out;
  const auto tried = [&](std::string name, std::optional<size_t> checkpoint) {
    if (!checkpoint || *checkpoint <= first || *checkpoint >= record.checkpoints.size()) return;
    out.push_back({std::move(name), !leftovers_at(record.checkpoints[*checkpoint], focus).any()});
  };
  const auto settled = std::ranges::find_if(record.checkpoints, &suite::Checkpoint::settled);
  if (settled != record.checkpoints.end()) {
    tried("sync", static_cast<size_t>(settled - record.checkpoints.begin()));
  }
  tried("reconcile", record.epilogue.converged_checkpoint);
  tried("destroy", record.epilogue.teardown_checkpoint);
  return out;
}

std::string healing_words(const std::vector<Remedy>& tried) {
  if (tried.empty()) return "no remedy was tried";
  std::vector<std::string> in_vain;
  for (const Remedy& remedy : tried) {
    if (remedy.healed) {
      return "healed by " + remedy.name +
             (in_vain.empty() ? "" : ", not by " + joined(in_vain, " or "));
    }
    in_vain.push_back(remedy.name);
  }
  const std::string_view all = tried.size() == 1   ? " (tried)"
                               : tried.size() == 2 ? " (both tried)"
                                                   : " (all tried)";
  return fmt::format("not healed by {}{}", joined(in_vain, " or "), all);
}

}  // namespace

std::string severity_of(const suite::CaseRecord& record, const invariants::Violation& violation) {
  for (size_t i = 0; i < record.checkpoints.size(); ++i) {
    const Leftovers left = leftovers_at(record.checkpoints[i], violation.identity);
    if (!left.any()) continue;
    std::vector<std::string> parts;
    name_ids("orphan", "orphans", left.orphans, parts);
    name_ids("phantom", "phantoms", left.phantoms, parts);
    return fmt::format("{} · {}", joined(parts, " and "),
                       healing_words(remedies(record, i, violation.identity)));
  }
  return "leaves neither an orphan nor a phantom";
}

}  // namespace squall::campaign
