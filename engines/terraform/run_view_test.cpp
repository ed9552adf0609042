// What a run of the command line says, as the suite sees commands.
#include "engines/terraform/run_view.h"

#include <gmock/gmock.h>

#include "cloud/catalogue.h"
#include "engines/terraform/built_in_types_test.h"

namespace squall::terraform {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kAddress = "squall_generic_resource.a";

CliRun ended(int exit_code) {
  CliRun run;
  run.end.exit_code = exit_code;
  return run;
}

void plans(CliRun& run, Action action, const char* address = kAddress) {
  event::Change change;
  change.address = address;
  change.action = action;
  run.events.emplace_back(change);
}

void does(CliRun& run, Phase phase, Action action) {
  event::Apply applied;
  applied.phase = phase;
  applied.action = action;
  applied.address = kAddress;
  applied.id_key = "id";
  applied.id_value = "generic-1";
  run.events.emplace_back(applied);
}

RunView view(const CliRun& run, bool simulate = false, bool is_interrupted = false) {
  CommandRequest request;
  request.simulate = simulate;
  return view_of(run, request, "run-1", "stack-0", mapping(), is_interrupted);
}

std::vector<std::string> updates(const RunView& view) {
  std::vector<std::string> out;
  for (const ResourceUpdateView& update : view.command.updates)
    out.push_back(std::string(to_string(update.operation)) + " " +
                  std::string(to_string(update.state)));
  return out;
}

// Shows: a replacement is two updates of one group; each has ended as its own event says.
TEST(RunView, AReplacementIsTwoUpdates) {
  CliRun run = ended(1);
  plans(run, Action::kReplace);
  does(run, Phase::kStart, Action::kDelete);
  does(run, Phase::kComplete, Action::kDelete);
  does(run, Phase::kStart, Action::kCreate);
  does(run, Phase::kErrored, Action::kCreate);
  const RunView seen = view(run);
  EXPECT_THAT(seen.trouble, IsEmpty());
  EXPECT_TRUE(std::holds_alternative<Accepted>(seen.reply));
  EXPECT_THAT(updates(seen), ElementsAre("delete Success", "create Failed"));
  EXPECT_EQ(seen.command.state, CommandState::kFailed);
  EXPECT_EQ(seen.command.updates[0].group_id, seen.command.updates[1].group_id);
}

// Shows: what was planned and never came to its turn has failed with the run.
TEST(RunView, WhatNeverCameToItsTurnHasFailed) {
  CliRun run = ended(1);
  plans(run, Action::kCreate);
  plans(run, Action::kCreate, "squall_generic_resource.b");
  does(run, Phase::kComplete, Action::kCreate);
  EXPECT_THAT(updates(view(run)), ElementsAre("create Success", "create Failed"));
}

// Shows: a plan of moves alone is nothing to do; a plan that was only asked for is simulated.
TEST(RunView, TellsNothingToDoFromSimulated) {
  CliRun run = ended(0);
  plans(run, Action::kMove);
  EXPECT_TRUE(std::holds_alternative<NothingToDo>(view(run).reply));
  plans(run, Action::kUpdate);
  EXPECT_TRUE(std::holds_alternative<Simulated>(view(run, true).reply));
}

// Shows: a complaint is the rejection it stands for; one that is on no list is never swallowed.
TEST(RunView, ReadsComplaints) {
  CliRun run = ended(1);
  run.diagnostics.push_back({.summary = "Reference to undeclared resource"});
  const RunView seen = view(run);
  const auto* rejection = std::get_if<squall::Rejection>(&seen.reply);
  ASSERT_NE(rejection, nullptr);
  EXPECT_EQ(rejection->type, RejectionType::kReferencedResourcesNotFound);
  run.diagnostics.front().summary = "The moon is in the wrong phase";
  EXPECT_THAT(view(run).trouble, HasSubstr("The moon is in the wrong phase"));
  run.diagnostics.clear();
  EXPECT_THAT(view(run).trouble, HasSubstr("did not say why"));
}

// Shows: a crash of the engine, a line that is none and a foreign address are troubles.
TEST(RunView, SaysWhatCannotBeRead) {
  CliRun run = ended(2);
  run.panicked = true;
  EXPECT_THAT(view(run).trouble, HasSubstr("crashed"));
  run = ended(0);
  run.unparsable.push_back("{");
  EXPECT_THAT(view(run).trouble, HasSubstr("none of -json"));
  run = ended(0);
  plans(run, Action::kCreate, "other_type.a");
  EXPECT_THAT(view(run).trouble, HasSubstr("other_type.a"));
}

// Shows: what an interrupted run had not begun is canceled; one that had begun nothing has no
// answer; and the same runs, where nobody interrupted them, have failed.
TEST(RunView, AnInterruptedRunCancelsTheRest) {
  CliRun run = ended(1);
  plans(run, Action::kCreate);
  EXPECT_TRUE(view(run, false, true).is_unanswered);
  EXPECT_FALSE(view(run).is_unanswered);
  plans(run, Action::kUpdate, "squall_generic_resource.b");
  does(run, Phase::kStart, Action::kCreate);
  does(run, Phase::kComplete, Action::kCreate);
  EXPECT_THAT(updates(view(run, false, true)), ElementsAre("create Success", "update Canceled"));
  EXPECT_EQ(view(run, false, true).command.state, CommandState::kCanceled);
  EXPECT_THAT(updates(view(run)), ElementsAre("create Success", "update Failed"));
}

// Shows: what the run says in the end it did is taken over; a plan says nothing of the kind.
TEST(RunView, TheSummaryOfAnApplyIsTakenOver) {
  CliRun run = ended(0);
  plans(run, Action::kCreate);
  does(run, Phase::kComplete, Action::kCreate);
  event::Summary summary;
  summary.operation = "plan";
  summary.add = 7;
  run.events.emplace_back(summary);
  EXPECT_FALSE(view(run).command.summary);
  summary.operation = "apply";
  summary.add = 1;
  run.events.emplace_back(summary);
  ASSERT_TRUE(view(run).command.summary);
  EXPECT_EQ(view(run).command.summary->created, 1);
}

}  // namespace
}  // namespace squall::terraform
