// Each invariant against an engine that violates it, and it alone: a lie that goes unnoticed is a
// hole in the tester, one that a second invariant notices as well is a bug with two names.
#include "invariants/lying_engine_test.h"

#include <gmock/gmock.h>

#include "cloud/catalogue.h"
#include "documents/generic_types.h"
#include "invariants/invariant.h"
#include "suite/case_run.h"

namespace squall::invariants::lying_engine_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The requests of the case below, by number: three operations, then the epilogue's.
constexpr int kMake = 1;       // creates vpc-1 and vpc-2
constexpr int kChange = 2;     // updates vpc-1
constexpr int kDestroy = 3;    // deletes vpc-2
constexpr int kSync = 4;       // reads vpc-1
constexpr int kReconcile = 5;  // updates vpc-1, creates vpc-2
constexpr int kAgain = 6;      // nothing to do
constexpr int kTeardown = 7;   // deletes both

suite::Operation apply(Mode mode, std::vector<suite::WantedResource> resources) {
  suite::Operation out;
  out.kind = "apply";
  out.mode = mode;
  out.stacks = {"stack-0"};
  out.resources = std::move(resources);
  return out;
}

suite::Case small_case() {
  suite::Case out;
  out.world.stacks = {"stack-0"};
  for (const char* label : {"vpc-1", "vpc-2"})
    out.world.slots.push_back({label, std::string(kGenericResource), "stack-0", {}});
  out.operations = {
      apply(Mode::kReconcile, {{"vpc-1", {{"Value", "a"}}}, {"vpc-2", {{"Value", "a"}}}}),
      apply(Mode::kPatch, {{"vpc-1", {{"Value", "b"}}}})};
  suite::Operation destroy;
  destroy.kind = "destroy";
  destroy.resources = {{"vpc-2", {}}};
  out.operations.push_back(std::move(destroy));
  return out;
}

std::vector<std::string> found(Lies lies, const suite::Case& test_case = small_case()) {
  cloud::Cloud cloud(cloud::built_in_types(), 1);
  LyingEngine engine(cloud, std::move(lies));
  const suite::CaseRecord record =
      suite::run_case(test_case, engine, cloud, cloud::built_in_types());
  EXPECT_EQ(record.harness_error, "");
  std::vector<std::string> out;
  for (const Violation& violation : check_all(record)) out.push_back(signature(violation));
  return out;
}

InventoryRow* row_of(std::vector<InventoryRow>& rows, const std::string& label) {
  for (InventoryRow& row : rows)
    if (row.identity.label == label) return &row;
  return nullptr;
}

// Makes a second object under the label, as if the first create had never been heard of.
NativeId create_once_more(LyingEngine& engine, const std::string& label) {
  ProviderRequest request = engine.last_call(CallKind::kCreate, label);
  request.token = "another-token";
  return engine.call(request).native_id;
}

// Shows: the honest engine, seen through the same glass, violates nothing.
TEST(LyingEngine, IsBelievedWhenHonest) { EXPECT_THAT(found({}), IsEmpty()); }

// Shows: a row that outlives its object.
TEST(LyingEngine, ShowsAPhantom) {
  Lies lies;
  InventoryRow ghost;
  lies.inventory = [&](LyingEngine& engine, std::vector<InventoryRow>& rows) {
    if (engine.request() == kMake) ghost = *row_of(rows, "vpc-2");
    if (engine.request() == kDestroy) rows.push_back(ghost);
  };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("no-phantom/missing-in-cloud"));
}

// Shows: an object that nobody is told of, made for a command that had leave to make it once.
TEST(LyingEngine, LeavesAnOrphan) {
  Lies lies;
  NativeId orphan;
  lies.on_command_done = [&](LyingEngine& engine) {
    if (engine.request() == kDestroy) orphan = create_once_more(engine, "vpc-2");
  };
  lies.on_request = [&](LyingEngine& engine) {
    if (engine.request() != kSync) return;
    EXPECT_TRUE(engine.cloud().remove(orphan));
  };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("no-orphan/unknown-object"));
}

// Shows: a second object for one resource.
TEST(LyingEngine, MakesADuplicate) {
  Lies lies;
  NativeId second;
  lies.on_command_done = [&](LyingEngine& engine) {
    if (engine.request() == kMake) second = create_once_more(engine, "vpc-1");
  };
  lies.on_request = [&](LyingEngine& engine) {
    if (engine.request() != kChange) return;
    EXPECT_TRUE(engine.cloud().remove(second));
  };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("no-duplicate/two-objects"));
}

// Shows: one resource that is shown twice.
TEST(LyingEngine, ShowsARowTwice) {
  Lies lies;
  lies.inventory = [](LyingEngine& engine, std::vector<InventoryRow>& rows) {
    if (engine.request() == kChange) rows.push_back(*row_of(rows, "vpc-1"));
  };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("no-duplicate/one-identity-two-rows"));
}

// Shows: a property that was never there, a flag that says more is open than is, a row left out
// whose object is still there.
TEST(LyingEngine, FalsifiesTheInventory) {
  Lies value;
  value.inventory = [](LyingEngine& engine, std::vector<InventoryRow>& rows) {
    if (engine.request() == kChange) row_of(rows, "vpc-1")->properties.set("Value", "a");
  };
  EXPECT_THAT(found(std::move(value)),
              ElementsAre("property-agreement/inventory-differs-from-cloud"));

  Lies flag;
  flag.inventory = [](LyingEngine& engine, std::vector<InventoryRow>& rows) {
    if (engine.request() == kChange) row_of(rows, "vpc-1")->unsettled = true;
  };
  EXPECT_THAT(found(std::move(flag)), ElementsAre("property-agreement/unsettled-flag-wrong"));

  Lies hidden;
  hidden.inventory = [](LyingEngine& engine, std::vector<InventoryRow>& rows) {
    if (engine.request() == kChange) rows.clear();
  };
  EXPECT_THAT(found(std::move(hidden)),
              ElementsAre("no-orphan/unknown-object", "no-orphan/unknown-object"));
}

// Shows: a command that says Failed although its updates say Success, and one that is denied.
TEST(LyingEngine, FalsifiesACommandsState) {
  Lies state;
  state.status = [](LyingEngine& engine, std::optional<CommandView>& view) {
    if (engine.request() == kMake && view && view->state == CommandState::kSuccess)
      view->state = CommandState::kFailed;
  };
  EXPECT_THAT(found(std::move(state)), ElementsAre("commands-terminal/wrong-state"));

  Lies denied;
  denied.status = [](LyingEngine& engine, std::optional<CommandView>& view) {
    if (engine.request() == kChange && view && is_terminal(view->state)) view.reset();
  };
  EXPECT_THAT(found(std::move(denied)), ElementsAre("commands-terminal/forgotten"));
}

// Shows: a rejection told as an acceptance, an acceptance as nothing to do, a rejection for a
// made-up reason.
TEST(LyingEngine, FalsifiesAnswers) {
  suite::Case flawed = small_case();
  flawed.operations[1].flaw = suite::Flaw::kUnknownField;
  const auto answers = [](const CommandReply& falsified) {
    Lies lies;
    lies.reply = [falsified](LyingEngine& engine, CommandReply& reply) {
      if (engine.request() == kChange) reply = falsified;
    };
    return lies;
  };
  EXPECT_THAT(found({}, flawed), IsEmpty());
  EXPECT_THAT(found(answers(Accepted{"made-up"}), flawed),
              ElementsAre("admission/accepted-not-rejected"));
  EXPECT_THAT(found(answers(Rejection{RejectionType::kCyclesDetected, "made up"}), flawed),
              ElementsAre("admission/wrong-rejection"));
  EXPECT_THAT(found(answers(NothingToDo{})), ElementsAre("admission/nothing-to-do-but-planned"));
}

// Shows: a failure that nothing in the log explains. It is that of a look, for a false claim about
// a write also makes the inventory disagree with what the claim implies.
// Where something befell the engine of which nobody can tell what it noticed, it is not accused.
TEST(LyingEngine, FalsifiesAnOutcome) {
  Lies lies;
  lies.status = [](LyingEngine& engine, std::optional<CommandView>& view) {
    if (engine.request() != kSync || !view || view->state != CommandState::kSuccess) return;
    view->state = CommandState::kFailed;
    view->updates.front().state = UpdateState::kFailed;
  };
  Lies excused;
  excused.status = [lie = lies.status](LyingEngine& engine, std::optional<CommandView>& view) {
    lie(engine, view);
    if (engine.request() == kSync) engine.lose_track();
  };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("justified-outcome/failed-without-cause"));
  EXPECT_THAT(found(std::move(excused)), IsEmpty());
}

// Shows: a success claimed for a create that failed is seen for what it is, and first by what it
// leads to: there is neither a row nor an object.
TEST(LyingEngine, ClaimsASuccess) {
  suite::Case failing = small_case();
  cloud::FaultRule fault;
  fault.label = "vpc-1";
  fault.call = CallKind::kCreate;
  fault.effect = {.kind = "error", .code = ErrorCode::kAccessDenied, .delay = Duration(0)};
  failing.operations[0].faults = {fault};
  failing.operations.resize(1);
  EXPECT_THAT(found({}, failing), IsEmpty());
  Lies lies;
  lies.status = [](LyingEngine& engine, std::optional<CommandView>& view) {
    if (engine.request() != kMake || !view || !is_terminal(view->state)) return;
    view->state = CommandState::kSuccess;
    for (ResourceUpdateView& update : view->updates) update.state = UpdateState::kSuccess;
  };
  EXPECT_THAT(found(std::move(lies), failing),
              testing::IsSupersetOf(
                  {"model-agreement/row-missing", "justified-outcome/success-without-effect"}));
}

// Shows: an update that changes nothing, sent for a command that had one to send.
TEST(LyingEngine, MakesANeedlessCall) {
  Lies lies;
  lies.on_command_done = [](LyingEngine& engine) {
    if (engine.request() != kChange) return;
    ProviderRequest request = engine.last_call(CallKind::kUpdate, "vpc-1");
    request.patch.clear();
    request.if_version.reset();
    EXPECT_TRUE(engine.call(request).ok());
  };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("minimal-calls/empty-update"));
}

// Shows: a write after "nothing to do", even one that the cloud recognises and ignores.
TEST(LyingEngine, WritesAgain) {
  Lies lies;
  lies.on_request = [](LyingEngine& engine) {
    if (engine.request() != kAgain) return;
    EXPECT_TRUE(engine.call(engine.last_call(CallKind::kCreate, "vpc-2")).ok());
  };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("idempotent/wrote-again"));
}

// Shows: an engine that gets nowhere although all faults are over. Here the cloud fails for it
// alone.
TEST(LyingEngine, DoesNotConverge) {
  Lies lies;
  lies.on_request = [](LyingEngine& engine) {
    if (engine.request() != kReconcile) return;
    cloud::FaultRule rule;
    rule.label = "vpc-1";
    rule.call = CallKind::kUpdate;
    rule.permille = 1000;
    rule.effect = {.kind = "throttling", .code = std::nullopt, .delay = Duration(0)};
    EXPECT_TRUE(engine.cloud().inject(rule));
  };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("converges/not-converged"));
}

// Shows: a stack that outlives its last resource.
TEST(LyingEngine, LeavesAStack) {
  Lies lies;
  lies.stacks = [](LyingEngine& engine, std::vector<std::string>& labels) {
    if (engine.request() == kTeardown) labels.push_back("stack-0");
  };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("stack-integrity/stack-left"));
}

// Shows: objects that outlive the destruction of everything, with their rows gone and a sync to
// take them for nobody's.
TEST(LyingEngine, LeavesAnObjectInTheEnd) {
  Lies lies;
  lies.on_command_done = [](LyingEngine& engine) {
    if (engine.request() == kTeardown) create_once_more(engine, "vpc-2");
  };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("no-orphan/unknown-object"));
}

// Shows: a row that passes for nobody's, and one whose reference is gone or goes nowhere.
TEST(LyingEngine, FalsifiesWhatARowIs) {
  Lies unmanaged;
  unmanaged.inventory = [](LyingEngine& engine, std::vector<InventoryRow>& rows) {
    if (engine.request() == kChange) row_of(rows, "vpc-1")->managed = false;
  };
  EXPECT_THAT(found(std::move(unmanaged)), ElementsAre("model-agreement/not-managed"));

  suite::Case referring = small_case();
  referring.operations[0].resources[1].properties["Value"] = JsonObject{{"$ref", "vpc-1.Name"}};
  EXPECT_THAT(found({}, referring), IsEmpty());
  Lies plain;
  plain.inventory = [](LyingEngine& engine, std::vector<InventoryRow>& rows) {
    if (engine.request() == kChange) row_of(rows, "vpc-2")->properties.set("Value", "vpc-1");
  };
  EXPECT_THAT(found(std::move(plain), referring), ElementsAre("model-agreement/wrong-reference"));

  Lies dangling;
  dangling.inventory = [](LyingEngine& engine, std::vector<InventoryRow>& rows) {
    if (engine.request() != kChange) return;
    Document& properties = row_of(rows, "vpc-2")->properties;
    JsonObject reference = properties.at("Value").as_object();
    reference["$label"] = "ghost";
    properties.set("Value", std::move(reference));
  };
  EXPECT_THAT(found(std::move(dangling), referring), ElementsAre("references-resolve/dangling"));
}

// Shows: a call for an update that others had been waiting for, after these had begun.
TEST(LyingEngine, IgnoresTheOrder) {
  suite::Case referring = small_case();
  referring.operations[0].resources[1].properties["Value"] = JsonObject{{"$ref", "vpc-1.Name"}};
  Lies lies;
  lies.on_command_done = [](LyingEngine& engine) {
    if (engine.request() != kMake) return;
    EXPECT_TRUE(engine.call(engine.last_call(CallKind::kCreate, "vpc-1")).ok());
  };
  EXPECT_THAT(found(std::move(lies), referring), ElementsAre("dependency-order/too-early"));
}

// Shows: another try after an answer that ends it.
TEST(LyingEngine, TriesAgainWhatFailedForGood) {
  Lies lies;
  lies.on_command_done = [](LyingEngine& engine) {
    if (engine.request() != kMake) return;
    engine.refused_call(engine.last_call(CallKind::kCreate, "vpc-1"), ErrorCode::kAccessDenied);
    EXPECT_TRUE(engine.call(engine.last_call(CallKind::kCreate, "vpc-1")).ok());
  };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("retry-discipline/final-error-retried"));
}

// Shows: more calls than the provider takes.
TEST(LyingEngine, OverrunsTheProvider) {
  suite::Case limited = small_case();
  limited.world.provider_rate = 10;
  EXPECT_THAT(found({}, limited), IsEmpty());
  Lies lies;
  lies.on_command_done = [](LyingEngine& engine) {
    if (engine.request() != kChange) return;
    for (int i = 0; i < 11; ++i)
      EXPECT_TRUE(engine.call(engine.last_call(CallKind::kRead, "vpc-1")).ok());
  };
  EXPECT_THAT(found(std::move(lies), limited), ElementsAre("rate-limit/too-many-calls"));
}

// Shows: an outcome that was seen, and is open again after a restart.
TEST(LyingEngine, TakesAnOutcomeBack) {
  suite::Case crashing = small_case();
  suite::Operation crash;
  crash.kind = "crash";
  crashing.operations.insert(crashing.operations.begin() + 1, crash);
  EXPECT_THAT(found({}, crashing), IsEmpty());
  Lies lies;
  lies.status = [](LyingEngine& engine, std::optional<CommandView>& view) {
    if (engine.restarts() > 0 && view) view->state = CommandState::kInProgress;
  };
  EXPECT_THAT(found(std::move(lies), crashing), ElementsAre("monotonic-states/undone-by-restart"));
}

// Shows: a client that is never answered.
TEST(LyingEngine, FallsSilent) {
  Lies lies;
  lies.silent = [](LyingEngine& engine) { return engine.request() == kChange; };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("live/stuck"));
}

// Shows: a write for one command in a stack that is another's.
TEST(LyingEngine, WritesInAForeignStack) {
  suite::Case wide = small_case();
  wide.world.stacks.emplace_back("stack-1");
  wide.world.slots[1].stack = "stack-1";
  wide.operations[0].stacks.emplace_back("stack-1");
  EXPECT_THAT(found({}, wide), IsEmpty());
  Lies lies;
  lies.on_command_done = [](LyingEngine& engine) {
    if (engine.request() != kChange) return;
    ProviderRequest request = engine.last_call(CallKind::kCreate, "vpc-2");
    request.caller = engine.command(kChange);
    EXPECT_TRUE(engine.call(request).ok());
  };
  EXPECT_THAT(found(std::move(lies), wide), ElementsAre("stack-isolation/foreign-stack"));
}

// Shows: a look that no command asked for.
TEST(LyingEngine, LooksForNobody) {
  Lies lies;
  lies.on_request = [](LyingEngine& engine) {
    if (engine.request() != kDestroy) return;
    ProviderRequest request = engine.last_call(CallKind::kRead, "vpc-1");
    request.caller = "nobody";
    EXPECT_TRUE(engine.call(request).ok());
  };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("attributable/unknown-caller"));
}

// Shows: an engine that undoes what it was asked for and calls it drift: all that it says is borne
// out, but nobody was there to make it drift.
TEST(LyingEngine, MakesItsOwnDrift) {
  Lies lies;
  lies.on_request = [](LyingEngine& engine) {
    if (engine.request() != kChange) return;
    const NativeId id = engine.cloud().view().front().native_id;
    const JsonArray patch{JsonObject{{"op", "replace"}, {"path", "/Value"}, {"value", "mine"}}};
    EXPECT_TRUE(engine.cloud().patch(id, patch));
  };
  EXPECT_THAT(found(std::move(lies)), ElementsAre("interpreter-agreement/other-inventory"));
}

// Shows: a secret in the words of an update.
TEST(LyingEngine, TellsASecret) {
  suite::Case secretive = small_case();
  const JsonObject secret{{"Password", "known"}, {"Token", "secret-2"}};
  secretive.world.slots.push_back({"sec-1", "Test::Network::Secret", "stack-0", secret});
  secretive.operations[0].resources.push_back({"sec-1", {}});
  EXPECT_THAT(found({}, secretive), IsEmpty());
  Lies lies;
  lies.status = [](LyingEngine& engine, std::optional<CommandView>& view) {
    if (engine.request() == kMake && view) view->updates.front().error = "it was secret-2";
  };
  EXPECT_THAT(found(std::move(lies), secretive), ElementsAre("secrets-hidden/in-status"));
}

}  // namespace
}  // namespace squall::invariants::lying_engine_test
