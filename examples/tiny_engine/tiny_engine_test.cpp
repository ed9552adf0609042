// The tiny engine against three cases written by hand: right, it passes; with one line broken,
// exactly one invariant says so, and says which.
#include "examples/tiny_engine/tiny_engine.h"

#include <gmock/gmock.h>

#include "cloud/catalogue.h"
#include "documents/generic_types.h"
#include "invariants/invariant.h"
#include "suite/case_run.h"

namespace squall::examples {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

suite::Operation apply(std::vector<suite::WantedResource> resources) {
  suite::Operation out;
  out.kind = "apply";
  out.stacks = {"stack-0"};
  out.resources = std::move(resources);
  return out;
}

cloud::FaultRule fault(std::string kind, ErrorCode code, CallKind call, std::string label) {
  cloud::FaultRule out;
  out.label = std::move(label);
  out.call = call;
  out.effect = {.kind = std::move(kind), .code = code};
  return out;
}

// Two resources are made, one is changed, one is destroyed. The epilogue, with which every case
// ends, makes both again as they shall be and destroys them.
suite::Case lifecycle() {
  suite::Case out;
  out.world.stacks = {"stack-0"};
  for (const char* label : {"web", "db"})
    out.world.slots.push_back({label, std::string(kGenericResource), "stack-0", {}});
  suite::Operation destroy;
  destroy.kind = "destroy";
  destroy.resources = {{"db", {}}};
  out.operations = {apply({{"web", {{"Value", "a"}}}, {"db", {{"Value", "a"}}}}),
                    apply({{"web", {{"Value", "b"}}}, {"db", {{"Value", "a"}}}}), destroy};
  return out;
}

// Each kind of write is carried out once, and its reply is lost.
suite::Case lost_replies() {
  suite::Case out = lifecycle();
  const auto lose = [](CallKind call, const char* label) {
    return std::vector{fault("lost-reply", ErrorCode::kServiceTimeout, call, label)};
  };
  out.operations[0].faults = lose(CallKind::kCreate, "web");
  out.operations[1].faults = lose(CallKind::kUpdate, "web");
  out.operations[2].faults = lose(CallKind::kDelete, "db");
  return out;
}

// One resource, which only the epilogue destroys: nothing comes after that.
suite::Case destroyed_last() {
  suite::Case out = lifecycle();
  out.world.slots.pop_back();
  out.operations = {apply({{"web", {{"Value", "a"}}}})};
  return out;
}

// The first create is refused, for good.
suite::Case refused() {
  suite::Case out = destroyed_last();
  out.operations[0].faults = {fault("error", ErrorCode::kAccessDenied, CallKind::kCreate, "web")};
  return out;
}

std::vector<std::string> violations(const suite::Case& test_case, Broken broken) {
  cloud::Cloud cloud(cloud::built_in_types(), 1);
  TinyEngine engine(cloud, broken);
  const suite::CaseRecord record =
      suite::run_case(test_case, engine, cloud, cloud::built_in_types());
  EXPECT_EQ(record.harness_error, "");
  EXPECT_EQ(record.skipped_operations, 0U);
  std::vector<std::string> out;
  for (const invariants::Violation& violation : invariants::check_all(record))
    out.push_back(invariants::signature(violation));
  return out;
}

// Shows: the right engine violates nothing, and goes through the whole epilogue.
TEST(TinyEngine, PassesWhenRight) {
  for (const suite::Case& test_case : {lifecycle(), lost_replies(), refused()}) {
    EXPECT_THAT(violations(test_case, Broken::kNothing), IsEmpty());
    cloud::Cloud cloud(cloud::built_in_types(), 1);
    TinyEngine engine(cloud);
    const suite::CaseRecord record =
        suite::run_case(test_case, engine, cloud, cloud::built_in_types());
    EXPECT_TRUE(record.epilogue.converged);
    EXPECT_TRUE(record.epilogue.teardown_checkpoint.has_value());
  }
}

// Shows: a row that stays when its object is deleted is a phantom.
TEST(TinyEngine, IsSeenToForgetDeletes) {
  EXPECT_THAT(violations(destroyed_last(), Broken::kForgetsDeletes),
              ElementsAre("no-phantom/missing-in-cloud"));
}

// Shows: a create that is repeated with a new token makes a second object, once a reply is lost;
// without the fault nobody can tell.
TEST(TinyEngine, IsSeenToCreateTwice) {
  EXPECT_THAT(violations(lost_replies(), Broken::kCreatesTwiceAfterALostReply),
              ElementsAre("no-duplicate/two-objects"));
  EXPECT_THAT(violations(lifecycle(), Broken::kCreatesTwiceAfterALostReply), IsEmpty());
}

// Shows: a call after an answer that ends the update is one too many.
TEST(TinyEngine, IsSeenToRetryWhatIsFinal) {
  EXPECT_THAT(violations(refused(), Broken::kRetriesWhatIsFinal),
              ElementsAre("retry-discipline/final-error-retried"));
  EXPECT_THAT(violations(lifecycle(), Broken::kRetriesWhatIsFinal), IsEmpty());
}

}  // namespace
}  // namespace squall::examples
