#include "engines/terraform/traits.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <ranges>
#include <string_view>

#include "engines/terraform/case_state.h"

namespace squall::terraform {

namespace {

void put_marks(Traits& out) {
  out.required_marks = {"moved",
                        "replaced",
                        "in-a-module",
                        "counted",
                        "for-each",
                        "count-to-for-each",
                        "moved-between-modules",
                        "in-a-nested-module",
                        "in-a-repeated-module",
                        "moved-into-a-repeated-module",
                        "moved-out-of-a-repeated-module",
                        "modules-of-several",
                        "module-instance-removed",
                        "counted-several",
                        "for-each-several",
                        "count-lowered",
                        "key-removed",
                        "moved-into-a-block",
                        "moved-out-of-a-block",
                        "saved-plan-applied",
                        "stale-plan-refused",
                        "destroy-prevented",
                        "targeted",
                        "replaced-on-request",
                        "nothing-but-moved",
                        "nothing-but-outputs",
                        "output-told",
                        "output-kept-back",
                        "replaced-by-trigger",
                        "condition-failed",
                        "met-a-rival",
                        "planned-without-refresh",
                        "one-call-at-a-time",
                        "fifty-calls-at-a-time",
                        "http-state",
                        "in-a-workspace",
                        "worked-elsewhere"};
  out.required_without_faults = {"created-before-destroyed", "create-before-destroy-toggled",
                                 "found-by-data-source", "found-after-its-change"};
  const auto also = [&](bool has_it, std::initializer_list<std::string_view> marks) {
    if (has_it) out.required_marks.insert(out.required_marks.end(), marks);
  };
  also(out.imports, {"forgotten", "imported", "imported-by-for-each", "removed-from-state"});
  also(out.write_only, {"write-only-held", "write-only-sent-again"});
  also(!out.later_versions.empty(), {"binary-switched", "foreign-plan-refused"});
  out.required_under_faults = {"provisioning-failed", "killed",        "interrupted",
                               "abandoned",           "provider-died", "object-lost-by-death"};
  for (const std::string_view mark : marks_of_http_state())
    out.required_under_faults.push_back(mark);
}

bool is_at_least(std::string_view version, int major, int minor) {
  const auto next = [&] {
    int number = 0;
    const auto end = std::from_chars(version.data(), version.data() + version.size(), number).ptr;
    version.remove_prefix(static_cast<size_t>(end - version.data()));
    if (version.starts_with('.')) version.remove_prefix(1);
    return number;
  };
  const int own_major = next();
  return own_major > major || (own_major == major && next() >= minor);
}

}  // namespace

std::string version_of(const Binary& binary) {
  return binary.version + (binary.flavour == Flavour::kOpenTofu ? "+opentofu" : "");
}

Traits traits_of(const std::vector<Binary>& binaries) {
  const auto all_are_at_least = [&](int major, int minor) {
    return std::ranges::all_of(
        binaries, [&](const Binary& binary) { return is_at_least(binary.version, major, minor); });
  };
  Traits out;
  out.engine = "terraform";
  out.version = version_of(binaries.front());
  for (const Binary& later : binaries | std::views::drop(1))
    out.later_versions.push_back(version_of(later));
  out.dialect = Dialect::kPlanAndApply;
  out.placements = true;
  out.imports = all_are_at_least(1, 7);  // `removed`, and `for_each` of `import`
  out.saved_plans = true;
  out.outputs = true;
  out.state_removal = out.imports;  // what is taken out of a state is imported again
  out.rivals = true;
  out.workspaces = true;
  out.write_only = all_are_at_least(1, 11);
  out.references_visible = false;
  out.plans_by_reading = true;
  out.confirmed_outside_only = true;
  out.provider_is_ours = true;
  out.behaviours = false;
  out.idempotency_keys = false;
  out.max_overlap = 1;
  out.patch_mode = false;
  out.daemon = false;
  out.crash_moments = {CrashMoment::kBeforeCallApplied, CrashMoment::kAfterCallApplied,
                       CrashMoment::kAfterAnswer,       CrashMoment::kInterrupted,
                       CrashMoment::kProviderDies,      CrashMoment::kAbandoned};
  out.disk_full = false;
  out.stores = {StoreKind::kLocal, StoreKind::kHttp};
  out.store_faults = faults_of_http_state();
  out.unsettled_visible = false;
  out.system_commands_survive = true;
  out.max_stacks = 1;
  out.max_operations = 8;
  out.converges_within = 1;
  out.settle_deadline = kRunDeadline;
  put_marks(out);
  return out;
}

}  // namespace squall::terraform
