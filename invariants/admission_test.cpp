#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::admission_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(const RecordBuilder& b) { return kinds(b.record, "admission"); }

spec::Verdict plan() {
  spec::Plan out;
  out.updates = {RecordBuilder::create("vpc-1")};
  return out;
}
spec::Verdict refused(RejectionType type) { return spec::Refused{type, "for a reason"}; }
CommandReply rejection(RejectionType type) { return Rejection{type, "for a reason"}; }

std::vector<std::string> answered(const spec::Verdict& predicted,
                                  const std::optional<CommandReply>& reply) {
  RecordBuilder b;
  b.submit(predicted, reply);
  return found(b);
}

// Shows: every pair of prediction and answer.
TEST(Admission, ComparesAnswersWithPredictions) {
  const auto cycle = RejectionType::kCyclesDetected;
  const auto invalid = RejectionType::kInvalidForma;
  const spec::Verdict nothing = spec::NothingPlanned{};
  EXPECT_THAT(answered(plan(), Accepted{"c1"}), IsEmpty());
  EXPECT_THAT(answered(plan(), NothingToDo{}), ElementsAre("nothing-to-do-but-planned"));
  EXPECT_THAT(answered(plan(), rejection(invalid)), ElementsAre("rejected-not-accepted"));
  EXPECT_THAT(answered(plan(), rejection(cycle)), ElementsAre("cycle-of-its-own-making"));
  spec::Plan circular = std::get<spec::Plan>(plan());
  circular.circular.insert(circular.updates.front().key());
  EXPECT_THAT(answered(circular, rejection(cycle)), ElementsAre("cycle-in-its-state"));
  EXPECT_THAT(answered(nothing, NothingToDo{}), IsEmpty());
  EXPECT_THAT(answered(nothing, Accepted{"c1"}), ElementsAre("accepted-but-nothing-to-do"));
  EXPECT_THAT(answered(nothing, rejection(invalid)), ElementsAre("rejected-not-accepted"));
  EXPECT_THAT(answered(refused(cycle), rejection(cycle)), IsEmpty());
  EXPECT_THAT(answered(refused(cycle), rejection(invalid)), ElementsAre("wrong-rejection"));
  EXPECT_THAT(answered(refused(cycle), Accepted{"c1"}), ElementsAre("accepted-not-rejected"));
  EXPECT_THAT(answered(refused(cycle), NothingToDo{}), ElementsAre("accepted-not-rejected"));
}

// Shows: a request to simulate is answered with the plan, and no other is.
TEST(Admission, ComparesSimulatedPlans) {
  const auto simulated = [](bool asked, CommandReply reply) {
    RecordBuilder b;
    spec::Verdict predicted = plan();
    if (asked) predicted = spec::WouldDo{std::get<spec::Plan>(plan())};
    b.submit(std::move(predicted), std::move(reply)).request.simulate = asked;
    return found(b);
  };
  Simulated right;
  right.updates.emplace_back().identity = RecordBuilder::id("vpc-1");
  EXPECT_THAT(simulated(true, right), IsEmpty());
  EXPECT_THAT(simulated(false, right), ElementsAre("simulate-ignored"));
  EXPECT_THAT(simulated(true, Accepted{"c1"}), ElementsAre("simulate-ignored"));
  EXPECT_THAT(simulated(true, Simulated{}), ElementsAre("plan-missing-update"));
  EXPECT_THAT(simulated(true, NothingToDo{}), ElementsAre("nothing-to-do-but-planned"));
}

// Shows: one key is one command, whatever became of the first answer.
TEST(Admission, WantsOneCommandForAKey) {
  RecordBuilder b;
  b.submit(plan(), Accepted{"c1"}).lost_reply = Accepted{"c1"};
  EXPECT_THAT(found(b), IsEmpty());
  b.record.submissions.front().reply = Accepted{"c2"};
  EXPECT_THAT(found(b), ElementsAre("same-key-other-command"));
}

// Shows: that nothing can be kept is an answer while the disk is full, where something is to be.
TEST(Admission, AllowsForAFullDisk) {
  RecordBuilder b;
  b.submit(plan(), rejection(RejectionType::kUnavailable)).disk_full = true;
  EXPECT_THAT(found(b), IsEmpty());
  b.record.submissions.front().request.simulate = true;
  EXPECT_THAT(found(b), ElementsAre("unavailable-without-cause"));
  EXPECT_THAT(answered(plan(), rejection(RejectionType::kUnavailable)),
              ElementsAre("unavailable-without-cause"));
}

// Shows: the two halves of a replacement are two updates.
TEST(Admission, ComparesReplacements) {
  RecordBuilder b;
  b.accept("c1", RecordBuilder::replacement("vpc-1"));
  EXPECT_THAT(found(b), IsEmpty());
  b.record.commands["c1"].last.updates.pop_back();
  EXPECT_THAT(found(b), ElementsAre("plan-missing-update"));
  b.record.commands["c1"].last.updates.front().operation = UpdateOperation::kUpdate;
  EXPECT_THAT(found(b), ElementsAre("plan-wrong-operation", "plan-missing-update"));
}

// Shows: what is only to be moved, and is destroyed and made anew, is a move refused; where its
// replacement is planned, nobody can tell.
TEST(Admission, SeesARefusedMove) {
  const ResourceIdentity moved = RecordBuilder::id("vpc-1");
  RecordBuilder b;
  b.accept("c1", RecordBuilder::replacement("vpc-1"));
  auto& predicted = std::get<spec::Plan>(b.record.submissions.front().predicted);
  predicted.moved = {moved};
  EXPECT_THAT(found(b), IsEmpty());
  predicted.updates = {RecordBuilder::create("vpc-1")};
  predicted.updates.front().operation = UpdateOperation::kUpdate;
  EXPECT_THAT(found(b), ElementsAre("move-refused"));
  predicted.updates.clear();
  EXPECT_THAT(found(b), ElementsAre("move-refused"));
  predicted.moved.clear();
  EXPECT_THAT(found(b), ElementsAre("plan-unexpected-update"));
  spec::NothingPlanned nothing;
  nothing.moved = {moved};
  b.record.submissions.front().predicted = nothing;
  EXPECT_THAT(found(b), ElementsAre("move-refused"));
  nothing.moved = {RecordBuilder::id("vpc-2")};
  b.record.submissions.front().predicted = nothing;
  EXPECT_THAT(found(b), ElementsAre("accepted-but-nothing-to-do"));
}

// Shows: no answer, and an answer that could have been one of two, are not judged; a sync is judged
// for being rejected only.
TEST(Admission, LeavesOutWhatNobodyCanTell) {
  EXPECT_THAT(answered(plan(), std::nullopt), IsEmpty());
  RecordBuilder b;
  b.submit(plan(), NothingToDo{}).either = true;
  b.submit(refused(RejectionType::kInvalidForma), Accepted{"s1"}, CommandKind::kSync);
  b.submit(plan(), NothingToDo{}, CommandKind::kSync);
  EXPECT_THAT(found(b), IsEmpty());
  b.submit(plan(), rejection(RejectionType::kConflictingCommands), CommandKind::kSync);
  EXPECT_THAT(found(b), ElementsAre("rejected-not-accepted"));
}

// Shows: whoever will not carry out what they have planned themselves is told so, whatever was
// asked.
TEST(Admission, SeesThatAPlanIsRefused) {
  EXPECT_THAT(answered(plan(), rejection(RejectionType::kPlanRefused)),
              ElementsAre("own-plan-refused"));
  RecordBuilder b;
  b.submit(plan(), rejection(RejectionType::kPlanRefused), CommandKind::kSync);
  EXPECT_THAT(found(b), ElementsAre("own-plan-refused"));
}

// Shows: what a destroy does not name, and has to take along because it depends on what it names,
// is missed under a name of its own; what it names is not.
TEST(Admission, SeesWhoWasLeftBehind) {
  RecordBuilder b;
  suite::Submission& submission =
      b.accept("c1", {RecordBuilder::remove("vpc-1"), RecordBuilder::remove("vpc-2", {"vpc-1"})},
               CommandKind::kDestroy);
  submission.request.forma.resources.emplace_back().identity = RecordBuilder::id("vpc-1");
  EXPECT_THAT(found(b), IsEmpty());
  b.record.commands["c1"].last.updates.pop_back();
  EXPECT_THAT(found(b), ElementsAre("dependent-left-behind"));
  b.record.commands["c1"].last.updates.pop_back();
  EXPECT_THAT(found(b), ElementsAre("plan-missing-update", "dependent-left-behind"));
}

// Shows: the plan of an accepted command is compared update by update, cascades included.
TEST(Admission, ComparesPlans) {
  RecordBuilder right;
  right.accept("c1", {RecordBuilder::create("vpc-1"), RecordBuilder::remove("vpc-2")});
  EXPECT_THAT(found(right), IsEmpty());

  RecordBuilder missing = right;
  missing.record.commands["c1"].last.updates.pop_back();
  EXPECT_THAT(found(missing), ElementsAre("plan-missing-update"));

  RecordBuilder unexpected = right;
  unexpected.record.commands["c1"].last.updates.emplace_back().identity =
      RecordBuilder::id("vpc-3");
  EXPECT_THAT(found(unexpected), ElementsAre("plan-unexpected-update"));

  RecordBuilder twice = right;
  twice.record.commands["c1"].last.updates.push_back(twice.view_of("c1", "vpc-1"));
  EXPECT_THAT(found(twice), ElementsAre("plan-unexpected-update"));

  RecordBuilder other = right;
  other.view_of("c1", "vpc-1").operation = UpdateOperation::kUpdate;
  other.view_of("c1", "vpc-2").is_cascade = true;
  EXPECT_THAT(found(other), ElementsAre("plan-wrong-operation", "plan-wrong-operation"));
}

// Shows: a command whose status was never seen is not accused of an empty plan.
TEST(Admission, NeedsASightOfThePlan) {
  RecordBuilder b;
  b.accept("c1", {RecordBuilder::create("vpc-1")});
  b.record.commands["c1"].last.updates.clear();
  b.record.commands["c1"].states.clear();
  EXPECT_THAT(found(b), IsEmpty());
}

// Shows: a repeated reconcile that plans something is left to idempotent.
TEST(Admission, LeavesTheRepeatedReconcileToIdempotent) {
  RecordBuilder b;
  b.submit(spec::NothingPlanned{}, Accepted{"c1"}).phase = "again";
  EXPECT_THAT(found(b), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::admission_test
