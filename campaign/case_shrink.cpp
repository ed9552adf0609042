#include "campaign/case_shrink.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/stop.h"
#include "documents/generic_types.h"

namespace squall::campaign {
namespace {

using suite::Case;
using suite::Operation;

// One thing that could be taken out or made plain. Indices are those of the case it was listed for.
struct Edit {
  std::string_view what;
  std::function<void(Case&)> apply;
};

class Edits {
 public:
  // What is listed from now on.
  void begin(std::string_view what) { what_ = what; }
  void push_back(std::function<void(Case&)> apply) {
    list_.push_back({.what = what_, .apply = std::move(apply)});
  }
  size_t size() const { return list_.size(); }
  const Edit& operator[](size_t index) const { return list_[index]; }

 private:
  std::string_view what_;
  std::vector<Edit> list_;
};

template <class T>
void erase_at(std::vector<T>& from, size_t index) {
  from.erase(from.begin() + static_cast<std::ptrdiff_t>(index));
}

// Back to front: what comes last depends on what came before it, seldom the other way round.
void list_operations(const Case& test_case, Edits& out) {
  out.begin("take out an operation");
  for (size_t i = test_case.operations.size(); i-- > 0;) {
    out.push_back([i](Case& edited) { erase_at(edited.operations, i); });
  }
}

// An operation that is left only for what strikes while it runs: that goes to the one before, which
// is waited for then. A crash there comes after more events, or after fewer.
void merge_with_before(Case& edited, size_t i, uint32_t nth) {
  Operation& before = edited.operations[i - 1];
  const Operation merged = std::move(edited.operations[i]);
  erase_at(edited.operations, i);
  before.blocking = true;
  before.faults.insert(before.faults.end(), merged.faults.begin(), merged.faults.end());
  for (CrashPoint crash : merged.crashes) {
    crash.nth = nth;
    before.crashes.push_back(crash);
  }
  before.store_faults.insert(before.store_faults.end(), merged.store_faults.begin(),
                             merged.store_faults.end());
}

constexpr uint32_t kFarthest = 12;  // a merged crash comes after at most so many events

void list_merges(const Case& test_case, Edits& out) {
  out.begin("merge with the one before");
  for (size_t i = test_case.operations.size(); i-- > 1;) {
    const Operation& carrier = test_case.operations[i];
    if (carrier.faults.empty() && carrier.crashes.empty() && carrier.store_faults.empty()) continue;
    const uint32_t last = carrier.crashes.empty() ? 1 : kFarthest;
    for (uint32_t nth = 1; nth <= last; ++nth)
      out.push_back([i, nth](Case& edited) { merge_with_before(edited, i, nth); });
  }
}

// Drift that only serves to make a command fail: a refused call does as well, in one operation
// less.
void list_drifts(const Case& test_case, Edits& out) {
  out.begin("refuse a call instead of drift");
  for (size_t i = test_case.operations.size(); i-- > 0;) {
    const Operation& drift = test_case.operations[i];
    const bool is_drift = drift.kind == "modify" || drift.kind == "delete";
    if (!is_drift || drift.resources.empty()) continue;
    const uint32_t last = drift.crashes.empty() ? 1 : kFarthest;
    for (const CallKind call : {CallKind::kRead, CallKind::kUpdate}) {
      cloud::FaultRule refusal;
      refusal.label = drift.resources.front().label;
      refusal.call = call;
      refusal.count = 8;  // whoever asks
      refusal.effect.kind = "error";
      refusal.effect.code = ErrorCode::kAccessDenied;
      const bool is_last = i + 1 == test_case.operations.size();
      const uint32_t farthest =
          is_last || test_case.operations[i + 1].crashes.empty() ? 1 : kFarthest;
      for (uint32_t nth = 1; !is_last && nth <= farthest; ++nth) {
        out.push_back([i, nth, refusal](Case& edited) {
          erase_at(edited.operations, i);
          edited.operations[i].faults.push_back(refusal);
          for (CrashPoint& crash : edited.operations[i].crashes) crash.nth = nth;
        });
      }
      for (uint32_t nth = 1; i > 0 && nth <= last; ++nth) {
        out.push_back([i, nth, refusal](Case& edited) {
          merge_with_before(edited, i, nth);
          edited.operations[i - 1].faults.push_back(refusal);
        });
      }
    }
  }
}

// An operation that is left only because it waits: the one before does that itself.
void list_waits(const Case& test_case, Edits& out) {
  for (size_t i = test_case.operations.size(); i-- > 1;) {
    if (test_case.operations[i - 1].blocking) continue;
    out.push_back([i](Case& edited) {
      edited.operations[i - 1].blocking = true;
      erase_at(edited.operations, i);
    });
  }
}

// Leaves out a slot wherever it is asked for, with what strikes it; pruning then drops it.
void list_slots(const Case& test_case, Edits& out) {
  out.begin("take out a resource everywhere");
  for (size_t i = test_case.world.slots.size(); i-- > 0;) {
    out.push_back([label = test_case.world.slots[i].label](Case& edited) {
      for (Operation& operation : edited.operations) {
        std::erase_if(operation.resources, [&](const auto& each) { return each.label == label; });
        std::erase_if(operation.faults, [&](const auto& each) { return each.label == label; });
        for (auto named : {&Operation::forgotten, &Operation::replaced, &Operation::targeted})
          std::erase(operation.*named, label);
        std::erase_if(operation.outputs, [&](const auto& each) { return each.label == label; });
        for (auto& wanted : operation.resources) {
          std::erase(wanted.placement.group, label);
          std::erase(wanted.placement.triggered_by, label);
          std::erase_if(wanted.placement.demands,
                        [&](const Demand& each) { return each.label == label; });
        }
      }
    });
  }
}

void list_faults(const Case& test_case, Edits& out) {
  out.begin("take out a fault");
  for (size_t i = test_case.operations.size(); i-- > 0;) {
    const Operation& operation = test_case.operations[i];
    for (size_t j = operation.faults.size(); j-- > 0;) {
      out.push_back([i, j](Case& edited) { erase_at(edited.operations[i].faults, j); });
    }
    for (size_t j = operation.store_faults.size(); j-- > 0;) {
      out.push_back([i, j](Case& edited) { erase_at(edited.operations[i].store_faults, j); });
    }
    for (size_t j = operation.crashes.size(); j-- > 0;) {
      out.push_back([i, j](Case& edited) { erase_at(edited.operations[i].crashes, j); });
    }
  }
}

bool asks_for_one_in(const Case& test_case, const Operation& operation, const std::string& stack) {
  return std::ranges::any_of(operation.resources, [&](const suite::WantedResource& wanted) {
    const suite::Slot* slot = test_case.world.find(wanted.label);
    return slot != nullptr && slot->stack == stack;
  });
}

// One rule of a placement alone, the others stay.
void list_rules(const Operation& operation, size_t i, size_t j, Edits& out) {
  const Placement& placement = operation.resources[j].placement;
  for (size_t k = placement.triggered_by.size(); k-- > 0;)
    out.push_back([i, j, k](Case& edited) {
      erase_at(edited.operations[i].resources[j].placement.triggered_by, k);
    });
  for (size_t k = placement.demands.size(); k-- > 0;)
    out.push_back([i, j, k](Case& edited) {
      erase_at(edited.operations[i].resources[j].placement.demands, k);
    });
  if (placement.provisioning_fails)
    out.push_back([i, j](Case& edited) {
      edited.operations[i].resources[j].placement.provisioning_fails = false;
    });
  if (!placement.group.empty())
    out.push_back(
        [i, j](Case& edited) { edited.operations[i].resources[j].placement.group.clear(); });
}

void list_resources(const Case& test_case, Edits& out) {
  out.begin("take out a detail");
  for (size_t i = test_case.operations.size(); i-- > 0;) {
    const Operation& operation = test_case.operations[i];
    for (auto named : {&Operation::forgotten, &Operation::replaced, &Operation::targeted})
      for (size_t j = (operation.*named).size(); j-- > 0;)
        out.push_back([i, j, named](Case& edited) { erase_at(edited.operations[i].*named, j); });
    for (size_t j = operation.outputs.size(); j-- > 0;) {
      out.push_back([i, j](Case& edited) { erase_at(edited.operations[i].outputs, j); });
      out.push_back([i, j](Case& edited) { edited.operations[i].outputs[j].is_sensitive = false; });
      out.push_back(
          [i, j](Case& edited) { edited.operations[i].outputs[j].by_data_source = false; });
    }
    if (!operation.refresh)
      out.push_back([i](Case& edited) { edited.operations[i].refresh = true; });
    if (operation.parallelism != 0)
      out.push_back([i](Case& edited) { edited.operations[i].parallelism = 0; });
    for (size_t j = operation.resources.size(); j-- > 0;) {
      out.push_back([i, j](Case& edited) { erase_at(edited.operations[i].resources, j); });
      out.push_back([i, j](Case& edited) { edited.operations[i].resources[j].placement = {}; });
      list_rules(operation, i, j, out);
      for (const auto& member : operation.resources[j].properties) {
        out.push_back([i, j, key = std::string(member.key())](Case& edited) {
          edited.operations[i].resources[j].properties.erase(key);
        });
      }
    }
    // A stack that a resource of the operation lies in is named twice; that reads better.
    for (size_t j = operation.stacks.size(); j-- > 0;) {
      if (asks_for_one_in(test_case, operation, operation.stacks[j])) continue;
      out.push_back([i, j](Case& edited) { erase_at(edited.operations[i].stacks, j); });
    }
  }
}

void list_flags(const Case& test_case, Edits& out) {
  out.begin("make an operation plain");
  const Operation plain;
  for (size_t i = test_case.operations.size(); i-- > 0;) {
    out.push_back([i, plain](Case& edited) { edited.operations[i].mode = plain.mode; });
    out.push_back([i, plain](Case& edited) { edited.operations[i].force = plain.force; });
    out.push_back(
        [i, plain](Case& edited) { edited.operations[i].on_dependents = plain.on_dependents; });
    out.push_back([i, plain](Case& edited) { edited.operations[i].flaw = plain.flaw; });
    out.push_back([i, plain](Case& edited) { edited.operations[i].blocking = plain.blocking; });
    out.push_back([i](Case& edited) { edited.operations[i].simulate = false; });
    out.push_back([i](Case& edited) { edited.operations[i].rival = 0; });
    out.push_back([i](Case& edited) { edited.operations[i].drops_outputs = false; });
    out.push_back([i](Case& edited) { edited.operations[i].disk_full = false; });
    out.push_back([i](Case& edited) { edited.operations[i].reply_lost = false; });
    for (size_t j = 0; j < test_case.operations[i].faults.size(); ++j) {
      out.push_back([i, j](Case& edited) { edited.operations[i].faults[j].nth = 1; });
      out.push_back([i, j](Case& edited) { edited.operations[i].faults[j].count = 1; });
    }
    for (size_t j = 0; j < test_case.operations[i].crashes.size(); ++j) {
      out.push_back([i, j](Case& edited) { edited.operations[i].crashes[j].nth = 1; });
    }
    for (size_t j = 0; j < test_case.operations[i].store_faults.size(); ++j) {
      out.push_back([i, j](Case& edited) { edited.operations[i].store_faults[j].nth = 1; });
    }
  }
}

// One at a time, each back to what it is by default.
void list_behaviours(Edits& out) {
  using cloud::Behaviours;
  const auto plain = [&out](auto member) {
    out.push_back(
        [member](Case& edited) { edited.world.behaviours.*member = Behaviours().*member; });
  };
  plain(&Behaviours::create_tokens);
  plain(&Behaviours::versions);
  plain(&Behaviours::rate_per_second);
  plain(&Behaviours::status_polls);
  plain(&Behaviours::consistency_window);
  plain(&Behaviours::quota);
  plain(&Behaviours::referential_integrity);
  plain(&Behaviours::unique_names);
  plain(&Behaviours::normalises);
  plain(&Behaviours::latency);
}

// Another type would not have the properties that are referred to.
bool is_referred_to(const Case& test_case, const std::string& label) {
  const auto refers = [&](const JsonObject& properties) {
    return suite::labels_in(properties).contains(label);
  };
  for (const suite::Slot& slot : test_case.world.slots)
    if (refers(slot.properties)) return true;
  const auto is_of_it = [&](const auto& each) { return each.label == label; };
  for (const Operation& operation : test_case.operations) {
    if (std::ranges::any_of(operation.outputs, is_of_it)) return true;
    for (const suite::WantedResource& wanted : operation.resources)
      if (refers(wanted.properties) || std::ranges::any_of(wanted.placement.demands, is_of_it))
        return true;
  }
  return false;
}

// The slot as the plainest resource there is, and what is said of it made to fit.
void make_plain(Case& edited, size_t slot) {
  static const Schema kPlain = *find_schema(generic_types(), kGenericResource);
  suite::Slot& plain = edited.world.slots[slot];
  plain.properties.clear();
  plain.type = kGenericResource;
  for (Operation& operation : edited.operations) {
    for (suite::WantedResource& wanted : operation.resources) {
      if (wanted.label != plain.label) continue;
      JsonObject kept;
      for (const auto& member : wanted.properties)
        if (kPlain.is_field(member.key())) kept[member.key()] = member.value();
      wanted.properties = std::move(kept);
    }
  }
}

void list_schedule(const Case& test_case, Edits& out) {
  out.begin("simplify the schedule");
  out.push_back([](Case& edited) { edited.schedule.clear(); });
  for (size_t i = test_case.schedule.size(); i-- > 0;) {
    out.push_back([i](Case& edited) { erase_at(edited.schedule, i); });
    out.push_back([i](Case& edited) { edited.schedule[i].nth = 1; });
  }
}

void list_world(const Case& test_case, Edits& out) {
  out.begin("simplify the world");
  out.push_back([](Case& edited) { edited.world.behaviours = {}; });
  list_behaviours(out);
  // On a store of its own none of these can strike.
  out.push_back([](Case& edited) {
    edited.world.store = StoreKind::kLocal;
    for (Operation& operation : edited.operations) operation.store_faults.clear();
  });
  out.push_back([](Case& edited) { edited.world.workspace.clear(); });
  out.push_back([](Case& edited) { edited.world.provider_rate = 0; });
  for (size_t i = test_case.world.slots.size(); i-- > 0;) {
    if (is_referred_to(test_case, test_case.world.slots[i].label)) continue;
    out.push_back([i](Case& edited) { make_plain(edited, i); });
  }
  // Into the first stack, with every mention of the one that is left.
  for (size_t i = test_case.world.stacks.size(); i-- > 1;) {
    out.push_back([from = test_case.world.stacks[i], to = test_case.world.stacks[0]](Case& edited) {
      for (suite::Slot& slot : edited.world.slots) {
        if (slot.stack == from) slot.stack = to;
      }
      for (Operation& operation : edited.operations) {
        const bool mentioned = std::erase(operation.stacks, from) > 0;
        if (mentioned && std::ranges::find(operation.stacks, to) == operation.stacks.end()) {
          operation.stacks.insert(operation.stacks.begin(), to);
        }
      }
    });
  }
}

// Large things first, so that little is tried on what goes anyway.
Edits edits_of(const Case& test_case) {
  Edits out;
  out.begin("drop what is unused");
  out.push_back([](Case&) {});  // pruning does it
  list_operations(test_case, out);
  list_merges(test_case, out);
  list_waits(test_case, out);
  list_slots(test_case, out);
  list_faults(test_case, out);
  list_schedule(test_case, out);
  list_resources(test_case, out);
  list_world(test_case, out);
  list_drifts(test_case, out);
  list_flags(test_case, out);
  return out;
}

// When it is time to stop, with a simplest case that may not be minimal.
class Limits {
 public:
  explicit Limits(const CaseShrinkOptions& options)
      : options_(options), began_(std::chrono::steady_clock::now()) {}

  bool reached(uint64_t tries) const {
    if (is_set(options_.stop)) return true;
    if (tries >= options_.max_tries) return true;
    return options_.time_limit && std::chrono::steady_clock::now() - began_ >= *options_.time_limit;
  }

 private:
  const CaseShrinkOptions& options_;
  const std::chrono::steady_clock::time_point began_;
};

}  // namespace

CaseSize size_of(const Case& test_case) {
  return {.operations = test_case.operations.size(),
          .resources = suite::pruned(test_case).world.slots.size(),
          .faults = suite::fault_count(test_case)};
}

CaseShrinkResult shrink_case(const Case& start, const std::function<bool(const Case&)>& fails,
                             const CaseShrinkOptions& options) {
  const Limits limits(options);
  CaseShrinkResult out;
  out.simplest = start;
  // After a success the list is made anew and gone on with from the same place: what was tried in
  // vain before it comes again in the next round only. The rounds end when one is in vain.
  bool improved = true;
  while (improved) {
    improved = false;
    Edits edits = edits_of(out.simplest);
    for (size_t next = 0; next < edits.size();) {
      Case candidate = out.simplest;
      edits[next].apply(candidate);
      candidate = suite::pruned(std::move(candidate));
      if (candidate == out.simplest) {
        ++next;
        continue;
      }
      if (limits.reached(out.tries)) return out;
      CaseTry attempt{.number = ++out.tries, .edit = edits[next].what, .fails = fails(candidate)};
      attempt.size = size_of(candidate);
      if (attempt.fails) {
        out.simplest = std::move(candidate);
        improved = true;
        edits = edits_of(out.simplest);
      } else {
        ++next;
      }
      attempt.best = size_of(out.simplest);
      if (options.on_try) options.on_try(attempt);
    }
  }
  out.complete = true;
  return out;
}

}  // namespace squall::campaign
