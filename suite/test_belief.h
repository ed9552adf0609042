// For the tests of the belief: an engine that exists only as calls in a log and rows in an
// inventory, and the belief about it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/catalogue.h"
#include "documents/generic_types.h"
#include "spec/admit.h"
#include "suite/belief.h"
#include "suite/test_log.h"

namespace squall::suite {

inline JsonObject object_of(std::string_view label, std::string_view value) {
  return {{"Name", label}, {"Value", value}};
}

// A world of two resources in two stacks: "a" in "s", "b" in "t".
class BeliefTest : public ::testing::Test {
 protected:
  explicit BeliefTest(bool goes_on = false)
      : belief_(cloud::built_in_types(), false, goes_on,
                [this](const auto& id) { return shown(id); }) {
    world_.stacks = {"s", "t"};
    world_.slots = {{"a", std::string(kGenericResource), "s", {}},
                    {"b", std::string(kGenericResource), "t", {}}};
  }

  static ResourceIdentity identity(const std::string& label) {
    return {label == "a" ? "s" : "t", label, std::string(kGenericResource)};
  }

  static CommandView view_of(const std::string& label) {
    CommandView view;
    view.updates.resize(1);
    view.updates[0].identity = identity(label);
    view.updates[0].state = UpdateState::kInProgress;
    return view;
  }

  // The update of "a" as it is right after a restart.
  static CommandView restarted(const std::string& id, bool has_intent) {
    CommandView view = view_of("a");
    view.id = id;
    view.updates[0].operation = UpdateOperation::kUpdate;
    if (!has_intent) view.updates[0].state = UpdateState::kNotStarted;
    return view;
  }

  Belief::Shown shown(const ResourceIdentity& id) {
    ++asked_;
    const auto row = inventory_.find(id.label);
    if (row == inventory_.end()) return {std::nullopt, has_gone_on_};
    InventoryRow out;
    out.identity = id;
    out.properties = row->second.first;
    out.unsettled = row->second.second;
    return {std::move(out), has_gone_on_};
  }

  // What apply or destroy of one resource gives: the command, followed from here.
  Followed accept(const std::string& id, const Operation& operation) {
    const CommandRequest request = request_of(world_, operation);
    const spec::Verdict verdict = spec::admit(belief_.snapshot(), request);
    const auto* plan = std::get_if<spec::Plan>(&verdict);
    EXPECT_NE(plan, nullptr);
    Followed out{.id = id,
                 .kind = request.kind,
                 .mode = request.mode,
                 .force = request.force,
                 .accepted_at = log_.end(),
                 .planned = {},
                 .circular = {}};
    if (plan == nullptr) return out;
    for (const spec::PlannedUpdate& update : plan->updates)
      out.planned.emplace(update.key(), update);
    belief_.admit(*plan);
    return out;
  }

  Followed apply(const std::string& id, const std::string& label, JsonObject wanted,
                 Mode mode = Mode::kReconcile, bool force = false) {
    Operation operation;
    operation.mode = mode;
    operation.force = force;
    operation.resources = {{label, std::move(wanted)}};
    return accept(id, operation);
  }

  Followed destroy(const std::string& id, const std::string& label) {
    Operation operation;
    operation.kind = "destroy";
    operation.resources = {{label, {}}};
    return accept(id, operation);
  }

  Followed sync(const std::string& id) {
    belief_.begin_sync(id);
    return {.id = id,
            .kind = CommandKind::kSync,
            .mode = Mode::kReconcile,
            .force = false,
            .accepted_at = log_.end(),
            .planned = {},
            .circular = {}};
  }

  Claim fold(const Followed& command, const std::string& label, UpdateOperation operation,
             UpdateState state) {
    Claim claim;
    claim.command = command.id;
    claim.view.identity = identity(label);
    claim.view.ksuid = "ksuid-" + label;
    claim.view.operation = operation;
    claim.view.state = state;
    claim.log_end = log_.end();
    const LogIndex index = log_.index();
    belief_.fold(command, index, crashes_, claim);
    return claim;
  }

  // "a" exists, as {Value: value}.
  void make_a(const std::string& value = "x") {
    const Followed command = apply("make", "a", {{"Value", value}});
    log_.of("make", "a")
        .goes_well(CallKind::kCreate, found(object_of("a", value)), object_of("a", value),
                   "token-make");
    fold(command, "a", UpdateOperation::kCreate, UpdateState::kSuccess);
    show("a", value);
  }

  // A create of "a" that ends Failed, with its only answer lost.
  void leave_create_open() {
    const Followed command = apply("open", "a", {{"Value", "x"}});
    log_.of("open", "a")
        .loses_reply(CallKind::kCreate, found(object_of("a", "x")), object_of("a", "x"),
                     "token-open");
    fold(command, "a", UpdateOperation::kCreate, UpdateState::kFailed);
    show("a", "", true);
  }

  // An update of "a" to "y" that ends Failed, with its answer lost. REQUIRES: make_a().
  void leave_update_open() {
    const Followed command = apply("open", "a", {{"Value", "y"}});
    log_.of("open", "a").goes_well(CallKind::kRead, found(object_of("a", "x")));
    log_.loses_reply(CallKind::kUpdate, found(object_of("a", "y"), 2), object_of("a", "y"));
    fold(command, "a", UpdateOperation::kUpdate, UpdateState::kFailed);
    show("a", "x", true);
  }

  void show(const std::string& label, std::string_view value, bool unsettled = false) {
    inventory_[label] = {value.empty() ? JsonObject() : object_of(label, value), unsettled};
  }

  const spec::BelievedRow* row(const std::string& label) const {
    return spec::find_row(belief_.rows(), identity(label));
  }
  // What "a" is believed to be; "" where it is not believed to be there.
  std::string value_of(const std::string& label) const {
    return row(label) == nullptr ? "" : text_of(row(label)->actual, "Value");
  }
  std::map<ResourceIdentity, Excuse> excuses() const { return belief_.excuses(log_.index()); }

  World world_;
  TestLog log_;
  std::vector<uint64_t> crashes_;
  std::map<std::string, std::pair<JsonObject, bool>> inventory_;  // properties, unsettled
  bool has_gone_on_ = false;
  int asked_ = 0;
  Belief belief_;
};

}  // namespace squall::suite
