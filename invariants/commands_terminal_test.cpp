#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::commands_terminal_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(const RecordBuilder& b) {
  return kinds(b.record, "commands-terminal");
}

RecordBuilder two_updates(UpdateState first, UpdateState second) {
  RecordBuilder b;
  b.accept("c1", {RecordBuilder::create("vpc-1"), RecordBuilder::create("vpc-2")});
  b.end("c1", "vpc-1", first);
  b.end("c1", "vpc-2", second);
  return b;
}

// Shows: a command says what its updates say: any Canceled, else any Failed or Rejected, else
// Success.
TEST(CommandsTerminal, DerivesTheCommandsState) {
  const auto with_state = [](UpdateState first, UpdateState second, CommandState state) {
    RecordBuilder b = two_updates(first, second);
    b.record.commands["c1"].last.state = state;
    b.record.commands["c1"].states = {state};
    return found(b);
  };
  using enum UpdateState;
  EXPECT_THAT(with_state(kSuccess, kSuccess, CommandState::kSuccess), IsEmpty());
  EXPECT_THAT(with_state(kSuccess, kRejected, CommandState::kFailed), IsEmpty());
  EXPECT_THAT(with_state(kFailed, kCanceled, CommandState::kCanceled), IsEmpty());
  EXPECT_THAT(with_state(kSuccess, kFailed, CommandState::kSuccess), ElementsAre("wrong-state"));
  EXPECT_THAT(with_state(kSuccess, kSuccess, CommandState::kFailed), ElementsAre("wrong-state"));
  EXPECT_THAT(with_state(kFailed, kCanceled, CommandState::kFailed), ElementsAre("wrong-state"));
}

// Shows: a command cannot end before its updates do.
TEST(CommandsTerminal, SeesAnUpdateThatHasNotEnded) {
  RecordBuilder b = two_updates(UpdateState::kSuccess, UpdateState::kSuccess);
  b.view_of("c1", "vpc-2").state = UpdateState::kInProgress;
  b.record.claims.pop_back();
  EXPECT_THAT(found(b), ElementsAre("update-not-terminal"));
}

// Shows: what a restart took back is left to monotonic-states.
TEST(CommandsTerminal, LeavesWhatWasUndone) {
  RecordBuilder b = two_updates(UpdateState::kSuccess, UpdateState::kSuccess);
  b.record.commands["c1"].undone = CommandState::kInProgress;
  b.view_of("c1", "vpc-1").state = UpdateState::kInProgress;
  EXPECT_THAT(found(b), IsEmpty());
}

// Shows: commands that are forgotten, or not terminal at quiescence.
TEST(CommandsTerminal, SeesCommandsThatDoNotEnd) {
  RecordBuilder forgotten;
  forgotten.accept("c1", {RecordBuilder::create("vpc-1")});
  EXPECT_THAT(found(forgotten), IsEmpty());
  forgotten.record.commands["c1"].forgotten = true;
  EXPECT_THAT(found(forgotten), ElementsAre("forgotten"));

  RecordBuilder unfinished;
  unfinished.now.unfinished.emplace_back();
  unfinished.checkpoint();
  EXPECT_THAT(found(unfinished), ElementsAre("unfinished"));
}

// Shows: a command whose run could not save in the end has failed although all its updates went
// well; one that says Success then is found out.
TEST(CommandsTerminal, FailsWithItsStore) {
  RecordBuilder b;
  b.accept("c1", {RecordBuilder::create("vpc-1")});
  b.end("c1", "vpc-1", UpdateState::kSuccess);
  b.record.store_calls.push_back(
      {0, {.run = "c1", .call = StoreOperation::kWrite, .outcome = StoreOutcome::kFailed}});
  EXPECT_THAT(kinds(b.record, "commands-terminal"), testing::ElementsAre("wrong-state"));
  b.record.commands.at("c1").last.state = CommandState::kFailed;
  EXPECT_THAT(kinds(b.record, "commands-terminal"), testing::IsEmpty());
}

// Shows: so has one after which something that it left as it was demands what does not hold.
TEST(CommandsTerminal, FailsWithADemandOfWhatStaysAsItIs) {
  RecordBuilder b;
  b.accept("c1", {RecordBuilder::create("vpc-1")});
  b.end("c1", "vpc-1", UpdateState::kSuccess);
  b.record.commands.at("c1").demands_in_vain = true;
  EXPECT_THAT(kinds(b.record, "commands-terminal"), testing::ElementsAre("wrong-state"));
  b.record.commands.at("c1").last.state = CommandState::kFailed;
  EXPECT_THAT(kinds(b.record, "commands-terminal"), testing::IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::commands_terminal_test
