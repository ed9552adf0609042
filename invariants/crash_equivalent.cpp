// crash-equivalent: where a crash is all that befell a single command, everything ends as it does
// without the crash.
#include "invariants/crash_equivalent.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <span>
#include <variant>

#include "documents/generic_types.h"
#include "invariants/checkers.h"
#include "invariants/checkpoints.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"
#include "spec/normalise.h"

namespace squall::invariants {

namespace crash_equivalent {
namespace {

constexpr std::string_view kOtherInventory = "other-inventory";
constexpr std::string_view kOtherCloud = "other-cloud";
constexpr std::array kKinds = {kOtherInventory, kOtherCloud};

// Texts with the name of an object instead of its native id: ids depend on who came first.
class WithoutIds {
 public:
  explicit WithoutIds(const suite::Checkpoint& checkpoint) {
    for (const cloud::CloudObject& object : checkpoint.cloud)
      add(object.native_id, object.type, object.name);
    for (const InventoryRow& row : checkpoint.inventory)
      add(row.native_id, row.identity.type, row.identity.label);
  }

  JsonObject operator()(const JsonObject& document) const {
    JsonObject out;
    for (const auto& entry : document) out[entry.key()] = (*this)(entry.value());
    return out;
  }

 private:
  // An id that is the name is the same everywhere.
  void add(const NativeId& id, const std::string& type, const std::string& name) {
    if (!id.empty() && id != name) names_.emplace_back(id, "<" + type + " " + name + ">");
  }
  Json operator()(const Json& value) const {
    if (value.is_object()) return (*this)(value.get_object());
    if (value.is_string()) return Json(replaced(std::string(value.get_string())));
    if (!value.is_array()) return value;
    JsonArray out;
    for (const Json& element : value.get_array()) out.push_back((*this)(element));
    return out;
  }
  std::string replaced(std::string text) const {
    for (const auto& [id, name] : names_) {
      for (size_t at = text.find(id); at != std::string::npos; at = text.find(id, at)) {
        const size_t end = at + id.size();
        const bool is_whole = end == text.size() || std::isalnum(text[end]) == 0;
        if (is_whole) text.replace(at, id.size(), name);
        at += is_whole ? name.size() : id.size();
      }
    }
    return text;
  }

  std::vector<std::pair<std::string, std::string>> names_;
};

using Documents = std::map<ResourceIdentity, JsonObject>;

Documents inventory_of(const suite::Checkpoint& checkpoint) {
  const WithoutIds without_ids(checkpoint);
  Documents out;
  for (const InventoryRow& row : checkpoint.inventory)
    if (row.managed) out[row.identity] = without_ids(with_values(row.properties));
  return out;
}

Documents cloud_of(const suite::CaseRecord& record, const suite::Checkpoint& checkpoint) {
  const WithoutIds without_ids(checkpoint);
  Documents out;
  for (const cloud::CloudObject& object : checkpoint.cloud)
    out[identity_of(record, object.type, object.name)] = without_ids(object.properties);
  return out;
}

// What a call of the dead engine did after the next one's last look: nobody's fault.
bool is_late(const suite::Checkpoint& checkpoint, const ResourceIdentity& identity) {
  const auto excuse = checkpoint.excuses.find(identity);
  return excuse != checkpoint.excuses.end() &&
         excuse->second.reason == suite::ExcuseReason::kLateEffect;
}

// Without the members that are declared as what the cloud made up for another object: it makes that
// up in the order in which the objects come.
JsonObject without_made_up(const suite::CaseRecord& record, const suite::Checkpoint& at,
                           const ResourceIdentity& identity, JsonObject document) {
  const auto row = at.belief.find(identity);
  if (row == at.belief.end()) return document;
  for (const auto& member : row->second.declared) {
    for_each_reference({{"value", member.value()}}, [&](const std::string&, const Reference& to) {
      const Schema* schema = find_schema(record.schemas, to.producer.type);
      const bool is_made_up =
          schema != nullptr && !schema->is_field(to.property) && to.property != schema->identifier;
      if (is_made_up) document.erase(member.key());
    });
  }
  return document;
}

void compare(const suite::CaseRecord& record, const suite::Checkpoint& with_crash,
             const Documents& found, const Documents& expected, std::string_view kind,
             Findings& findings) {
  const bool is_cloud = kind == kOtherCloud;
  const std::string where = is_cloud ? "the cloud" : "the inventory";
  const auto add = [&](const ResourceIdentity& identity, std::string without, std::string with) {
    if (is_late(with_crash, identity)) return;
    if (findings.is_explained(identity, with_crash.operation)) return;
    findings.add(kind, with_crash.operation, identity,
                 {"a crash has changed what became of a command",
                  fmt::format("{} as without the crash: {}", short_name(identity), without),
                  fmt::format("{} has {}", where, with)},
                 effects_on(record, identity.type, identity.label, with_crash.log_end));
  };
  for (const auto& [identity, document] : expected) {
    const auto other = found.find(identity);
    if (other == found.end()) {
      add(identity, "there", "none");
      continue;
    }
    const Schema* schema = find_schema(record.schemas, identity.type);
    if (schema == nullptr) continue;
    const JsonObject wanted = without_made_up(record, with_crash, identity, document);
    const JsonObject shown = without_made_up(record, with_crash, identity, other->second);
    if (spec::same_fields(wanted, shown, *schema)) continue;
    const std::array<const JsonObject*, 2> both = {&wanted, &shown};
    add(identity, differing_fields(wanted, both, *schema), differing_fields(shown, both, *schema));
  }
  for (const auto& [identity, document] : found)
    if (!expected.contains(identity)) add(identity, "not there", "it");
}

// A limit of the cloud hits other calls where the calls come at other times, and without tokens
// nothing tells a create that was applied from one that was not. Where reads may be stale, an
// engine that has just been started believes no NotFound, and may run out of tries meanwhile.
bool can_be_told(const suite::CaseRecord& record) {
  const cloud::Behaviours& behaviours = record.test_case.world.behaviours;
  // An update that was under way is told by a read that equals what was wanted (docs/rules.md §7);
  // a cloud that keeps values in words of its own shows something else, and so it ends Rejected.
  return behaviours.create_tokens && !behaviours.normalises && behaviours.rate_per_second == 0 &&
         behaviours.quota == 0 && behaviours.consistency_window == Duration(0);
}

std::span<const suite::Operation> operations_of(const suite::CaseRecord& record,
                                                const LoneCrash& crash) {
  return std::span(record.test_case.operations).subspan(crash.first, crash.last + 1 - crash.first);
}

bool crashes(const suite::Operation& operation) {
  return operation.kind == "crash" || !operation.crashes.empty();
}

bool is_undisturbed(const suite::Operation& operation) {
  constexpr std::array<std::string_view, 5> kCalm = {"apply", "destroy", "crash", "wait", "verify"};
  // Who is asked to end, or loses the provider, does not do it all.
  const bool may_stop_early = std::ranges::any_of(operation.crashes, [](const CrashPoint& crash) {
    return crash.moment == CrashMoment::kInterrupted || crash.moment == CrashMoment::kAbandoned ||
           befalls_provider(crash.moment);
  });
  return operation.faults.empty() && operation.store_faults.empty() && !may_stop_early &&
         !operation.disk_full && !operation.reply_lost &&
         std::ranges::find(kCalm, operation.kind) != kCalm.end();
}

// The quiet moments around the first crash. Where the times do not tell whether it came before a
// moment, it is taken to have: then two runs are compared that were the same up to there.
std::optional<LoneCrash> around_first_crash(const suite::CaseRecord& record,
                                            const suite::Checkpoint*& before) {
  const suite::CrashRecord& first = record.crashes.front();
  LoneCrash out;
  for (const suite::Checkpoint& checkpoint : record.checkpoints) {
    if (checkpoint.operation >= record.test_case.operations.size()) return std::nullopt;
    if (checkpoint.operation < out.first) continue;
    out.last = checkpoint.operation;
    out.after = &checkpoint;
    const bool has_been = first.at <= checkpoint.at && first.log_end <= checkpoint.log_end;
    if (has_been && std::ranges::any_of(operations_of(record, out), crashes)) return out;
    out.first = checkpoint.operation + 1;
    before = &checkpoint;
  }
  return std::nullopt;
}

// One command, and of a plan that leaves no choice: which wait of a circle is dropped is the
// engine's.
bool is_one_command(const suite::CaseRecord& record, const LoneCrash& crash) {
  size_t requests = 0;
  for (const suite::Submission& submission : record.submissions) {
    if (submission.operation < crash.first || submission.operation > crash.last) continue;
    const bool accepted = submission.reply && std::holds_alternative<Accepted>(*submission.reply);
    const auto* plan = std::get_if<spec::Plan>(&submission.predicted);
    if (!accepted || plan == nullptr || !plan->circular.empty()) return false;
    ++requests;
  }
  return requests == 1;
}

// Had everything that came before come to its end by then?
bool nothing_is_open(const suite::CaseRecord& record, const suite::Checkpoint& at) {
  const bool settled = std::ranges::none_of(
      at.belief, [](const auto& entry) { return entry.second.unsettled.has_value(); });
  return settled && at.excuses.empty() &&
         std::ranges::none_of(record.calls, [&](const cloud::Call& call) {
           return call.arrived_sequence <= at.log_end &&
                  std::ranges::any_of(call.executions, [&](const cloud::Execution& execution) {
                    return execution.sequence > at.log_end;
                  });
         });
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  if (!record.without_crash) return;
  const std::optional<LoneCrash> crash = lone_crash(record);
  if (!crash) return;
  Findings findings(kCrashEquivalent, out);
  const suite::Checkpoint& with = *crash->after;
  const suite::Checkpoint& without = *record.without_crash;
  compare(record, with, cloud_of(record, with), cloud_of(record, without), kOtherCloud, findings);
  compare(record, with, inventory_of(with), inventory_of(without), kOtherInventory, findings);
}

}  // namespace
}  // namespace crash_equivalent

std::optional<LoneCrash> lone_crash(const suite::CaseRecord& record) {
  using namespace crash_equivalent;
  if (record.crashes.empty() || !can_be_told(record)) return std::nullopt;
  const suite::Checkpoint* before = nullptr;
  std::optional<LoneCrash> out = around_first_crash(record, before);
  if (!out || !is_one_command(record, *out)) return std::nullopt;
  // Up to the crash both runs are the same, if the engine does the same in them.
  if (before != nullptr && (!record.traits.deterministic || !nothing_is_open(record, *before)))
    return std::nullopt;
  if (!std::ranges::all_of(operations_of(record, *out), is_undisturbed)) return std::nullopt;
  return out;
}

constinit const Invariant kCrashEquivalent = {
    .id = "crash-equivalent",
    .summary = "Where a crash is all that befell a command, it ends as without the crash.",
    .promise = "docs/rules.md §7, \"Recovery\": what was begun is carried to the same end",
    .kinds = crash_equivalent::kKinds,
    .check = crash_equivalent::check,
};

}  // namespace squall::invariants
