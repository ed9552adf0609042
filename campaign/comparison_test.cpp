#include "campaign/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "invariants/record_builder.h"

namespace squall::campaign {
namespace {

using invariants::RecordBuilder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Two creates, both carried out.
RecordBuilder two_creates() {
  RecordBuilder b;
  b.accept("c1", {b.create("vpc-1"), b.create("vpc-2")});
  b.creates("c1", "vpc-1", "net-1");
  b.creates("c1", "vpc-2", "net-2");
  b.end("c1", "vpc-1", UpdateState::kSuccess);
  b.end("c1", "vpc-2", UpdateState::kSuccess);
  return b;
}

JudgedCase judged(RecordBuilder b) {
  JudgedCase out;
  out.record = std::move(b.record);
  return out;
}

// The one difference between two creates and what `change` makes of them; A is the one unchanged.
template <class Change>
Difference only_difference(Change change) {
  RecordBuilder changed = two_creates();
  change(changed);
  const JudgedCase a = judged(two_creates());
  const JudgedCase b = judged(std::move(changed));
  const std::vector<Difference> found = compare(a, b);
  EXPECT_THAT(found, SizeIs(1));
  // The same the other way round, and the other one is worse.
  const std::vector<Difference> reversed = compare(b, a);
  EXPECT_THAT(reversed, SizeIs(1));
  if (found.size() != 1 || reversed.size() != 1) return {};
  EXPECT_EQ(found[0].in_a, reversed[0].in_b);
  EXPECT_EQ(found[0].worse == Worse::kB, reversed[0].worse == Worse::kA);
  EXPECT_TRUE(found[0].is_about_the_same(reversed[0]));
  return found[0];
}

TEST(Comparison, WhatIsTheSameDiffersInNothing) {
  // Shows that a record does not differ from another one of the same happenings.
  EXPECT_THAT(compare(judged(two_creates()), judged(two_creates())), IsEmpty());
}

TEST(Comparison, NeitherTheOrderNorIdsAreADifference) {
  // Shows that creates in another order, which have other ids by that, are no difference, and
  // neither is an id that is handed on.
  const auto made = [](bool turned) {
    RecordBuilder b;
    b.accept("c1", {b.create("vpc-1"), b.create("vpc-2"), b.create("vpc-3")});
    b.creates("c1", turned ? "vpc-2" : "vpc-1", "net-1");
    b.creates("c1", turned ? "vpc-1" : "vpc-2", "net-2");
    cloud::Call& call = b.call("c1", CallKind::kCreate, "vpc-3");
    auto request = std::make_shared<ProviderRequest>(*call.request);
    request->properties = JsonObject{{"Value", turned ? "net-2" : "net-1"}};
    call.request = std::move(request);
    return judged(std::move(b));
  };
  EXPECT_THAT(compare(made(false), made(true)), IsEmpty());
}

TEST(Comparison, AnotherAnswerIsOneDifference) {
  // Shows that a refusal is worse where it was not predicted, and that what follows from it in the
  // same request (no plan, no updates, no calls) is not listed beside it.
  RecordBuilder refused;
  refused.submit(spec::Plan(), Rejection{RejectionType::kCyclesDetected, ""});
  const std::vector<Difference> found = compare(judged(two_creates()), judged(std::move(refused)));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].aspect, Aspect::kReply);
  EXPECT_EQ(found[0].in_a, "accepted");
  EXPECT_EQ(found[0].in_b, "rejected: CyclesDetected");
  EXPECT_EQ(found[0].worse, Worse::kB);
}

TEST(Comparison, APredictedRefusalIsTheBetterAnswer) {
  // Shows that the specification says which of two answers is the worse one.
  RecordBuilder a;
  RecordBuilder b;
  a.submit(spec::Refused{RejectionType::kInvalidForma, ""},
           Rejection{RejectionType::kInvalidForma, ""});
  b.submit(spec::Refused{RejectionType::kInvalidForma, ""}, NothingToDo{});
  const std::vector<Difference> found = compare(judged(std::move(a)), judged(std::move(b)));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].worse, Worse::kB);
}

TEST(Comparison, AnotherPlanIsOneDifference) {
  // Shows an update more that is planned: named, and neither is worse by that alone.
  const Difference found = only_difference([](RecordBuilder& b) {
    ResourceUpdateView more = b.view_of("c1", "vpc-1");
    more.identity = b.id("vpc-3");
    b.record.commands.at("c1").last.updates.push_back(more);
  });
  EXPECT_EQ(found.aspect, Aspect::kPlan);
  EXPECT_THAT(found.subject, HasSubstr("create of stack-0/vpc-3"));
  EXPECT_EQ(found.in_b, "planned");
  EXPECT_EQ(found.worse, Worse::kNeither);
}

TEST(Comparison, AnotherEndIsOneDifference) {
  // Shows that an update which fails is worse than one that does not.
  const Difference found = only_difference(
      [](RecordBuilder& b) { b.view_of("c1", "vpc-2").state = UpdateState::kFailed; });
  EXPECT_EQ(found.aspect, Aspect::kUpdate);
  EXPECT_EQ(found.in_a, "Success");
  EXPECT_EQ(found.in_b, "Failed");
  EXPECT_EQ(found.worse, Worse::kB);
}

TEST(Comparison, AnotherCallIsOneDifference) {
  // Shows a call more, and one that says something else, by resource.
  const Difference more = only_difference([](RecordBuilder& b) { b.reads("c1", "vpc-1", ""); });
  EXPECT_EQ(more.aspect, Aspect::kCalls);
  EXPECT_EQ(more.subject, "vpc-1");
  EXPECT_THAT(more.in_b, HasSubstr("read"));
  EXPECT_EQ(more.worse, Worse::kNeither);
  const Difference other = only_difference([](RecordBuilder& b) {
    auto request = std::make_shared<ProviderRequest>(*b.record.calls.at(0).request);
    request->properties = JsonObject{{"Value", "x"}};
    b.record.calls.at(0).request = std::move(request);
  });
  EXPECT_EQ(other.aspect, Aspect::kCalls);
  EXPECT_THAT(other.in_b, HasSubstr(R"(create {"Value":"x"})"));
}

TEST(Comparison, ABrokenInvariantIsOneDifference) {
  // Shows that it is named by its signature, once however often it does not hold.
  const JudgedCase a = judged(two_creates());
  JudgedCase b = judged(two_creates());
  invariants::Violation violation;
  violation.invariant = "no-orphan";
  violation.kind = "unknown-object";
  violation.headline = "an object that nobody knows";
  b.violations = {violation, violation};
  const std::vector<Difference> found = compare(a, b);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].aspect, Aspect::kInvariant);
  EXPECT_EQ(found[0].subject, "no-orphan/unknown-object");
  EXPECT_EQ(found[0].in_a, "holds");
  EXPECT_THAT(found[0].in_b, HasSubstr("an object that nobody knows"));
  EXPECT_EQ(found[0].worse, Worse::kB);
}

TEST(Comparison, AnInterruptionLeavesTheInvariantsAlone) {
  // Shows that from an operation on that is interrupted at the nth call of all, nothing is compared
  // but the invariants.
  RecordBuilder changed = two_creates();
  changed.view_of("c1", "vpc-2").state = UpdateState::kFailed;
  JudgedCase a = judged(two_creates());
  JudgedCase b = judged(std::move(changed));
  for (JudgedCase* each : {&a, &b})
    each->record.test_case.operations.at(0).crashes = {{CrashMoment::kInterrupted, 2}};
  EXPECT_THAT(compare(a, b), IsEmpty());
  invariants::Violation violation;
  violation.invariant = "converges";
  b.violations = {violation};
  EXPECT_THAT(compare(a, b), SizeIs(1));
}

Difference at(size_t operation, const std::string& subject) {
  return {Aspect::kUpdate, RequestPlace{operation, "operation", 1}, subject, "", "", Worse::kB};
}

Difference of_invariant(const std::string& subject) {
  return {Aspect::kInvariant, std::nullopt, subject, "", "", Worse::kB};
}

TEST(Comparison, WhatComesAndGoesIsNoDifference) {
  // Shows that what two runs of one engine do not share is dropped, and all that may follow from
  // it; and that an invariant goes by itself.
  const std::vector<Difference> found = {at(0, "x"), at(1, "x"), at(2, "y"), of_invariant("p/q"),
                                         of_invariant("r/s")};
  EXPECT_THAT(steady(found, {}, {}), SizeIs(5));
  EXPECT_THAT(steady(found, {at(1, "x")}, {}), SizeIs(3));
  EXPECT_THAT(steady(found, {}, {at(1, "z")}), SizeIs(3));
  EXPECT_THAT(steady(found, {}, {of_invariant("p/q")}), SizeIs(4));
  EXPECT_THAT(steady(found, {at(0, "z")}, {of_invariant("r/s")}), SizeIs(1));
}

}  // namespace
}  // namespace squall::campaign
