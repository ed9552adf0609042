// What the runs of a case have printed, and what they told of outputs.
#include "engines/terraform/printed.h"

#include <gmock/gmock.h>

namespace squall::terraform {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Shows: a text that must not be read is found wherever a run printed it, and the run is named.
TEST(Printed, NamesTheRunThatTells) {
  CliRun quiet;
  quiet.command.arguments = {"apply"};
  quiet.out.text = "nothing";
  CliRun talker;
  talker.command.arguments = {"output"};
  talker.err.text = "it is secret-1";
  Printed printed;
  printed.add(quiet);
  printed.add(talker);
  EXPECT_THAT(printed.places_of({"secret-1", ""}), ElementsAre("the output of: output"));
  EXPECT_THAT(printed.places_of({"secret-2"}), IsEmpty());
  printed.clear();
  EXPECT_THAT(printed.places_of({"secret-1"}), IsEmpty());
}

// Shows: what is kept, and has what it must not have, is a place too.
TEST(Printed, NamesWhatIsKept) {
  Printed printed;
  printed.look_into("the plan", "it is hidden-1", {"hidden-1"});
  printed.look_into("the state", "it is not", {"hidden-1"});
  EXPECT_THAT(printed.places_of({}), ElementsAre("the plan"));
}

// Shows: what a plan says of outputs is not what came of it; what is kept back has no value.
TEST(Printed, TellsOfOutputsInTheEnd) {
  CliRun run;
  event::Outputs planned;
  planned.outputs["o"] = {.sensitive = false, .action = Action::kCreate};
  run.events.emplace_back(event::Summary{.operation = "plan"});
  run.events.emplace_back(planned);
  EXPECT_FALSE(told_outputs(run));
  event::Outputs done;
  done.outputs["o"] = {.sensitive = false, .value = Json("x")};
  done.outputs["s"] = {.sensitive = true};
  run.events.emplace_back(event::Summary{.operation = "apply"});
  run.events.emplace_back(done);
  const auto told = told_outputs(run);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->at("o").value, Json("x"));
  EXPECT_FALSE(told->at("s").value);
  EXPECT_TRUE(told->at("s").is_sensitive);
}

}  // namespace
}  // namespace squall::terraform
