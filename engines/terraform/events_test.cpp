#include "engines/terraform/events.h"

#include <fmt/format.h>

#include "engines/processes/helpers_test.h"

namespace squall::terraform {
namespace {

using testing::HasSubstr;

template <class T>
T parsed(std::string_view line) {
  auto event = parse_event(line);
  if (!event) ADD_FAILURE() << event.error().message;
  if (!event || !std::holds_alternative<T>(*event)) return {};
  return std::get<T>(*event);
}

// Shows: what a plan says comes through, with reasons, moves and imports.
TEST(Events, ReadsPlans) {
  const auto replace = parsed<event::Change>(
      R"({"type":"planned_change","change":{"resource":{"addr":"t.a[0]"},"action":"replace",)"
      R"("reason":"cannot_update"}})");
  EXPECT_EQ(replace.address, "t.a[0]");
  EXPECT_EQ(replace.action, Action::kReplace);
  EXPECT_EQ(replace.reason, Reason::kCannotUpdate);
  EXPECT_FALSE(replace.is_drift);
  const auto moved = parsed<event::Change>(
      R"({"type":"planned_change","change":{"resource":{"addr":"t.b"},"action":"move",)"
      R"("previous_resource":{"addr":"t.a"},"importing":{"id":"x"}}})");
  EXPECT_EQ(moved.previous_address, "t.a");
  EXPECT_EQ(moved.import_id, "x");
  EXPECT_TRUE(parsed<event::Change>(R"({"type":"resource_drift","change":)"
                                    R"({"resource":{"addr":"t.b"},"action":"delete"}})")
                  .is_drift);
  const auto summary = parsed<event::Summary>(
      R"({"type":"change_summary","changes":{"add":1,"change":2,"import":3,"remove":4,"forget":5,)"
      R"("operation":"plan"}})");
  EXPECT_EQ(summary.add + summary.change + summary.import + summary.remove + summary.forget, 15);
  EXPECT_EQ(summary.operation, "plan");
}

// Shows: what an apply says comes through.
TEST(Events, ReadsApplies) {
  const auto complete = parsed<event::Apply>(
      R"({"type":"apply_complete","hook":{"resource":{"addr":"t.a"},"action":"create",)"
      R"("id_key":"id","id_value":"i-1","elapsed_seconds":3}})");
  EXPECT_EQ(complete.phase, Phase::kComplete);
  EXPECT_EQ(complete.id_value, "i-1");
  EXPECT_EQ(complete.elapsed_s, 3);
  EXPECT_EQ(parsed<event::Apply>(
                R"({"type":"apply_errored","hook":{"resource":{"addr":"t.a"},"action":"delete"}})")
                .phase,
            Phase::kErrored);
  EXPECT_EQ(parsed<event::Refresh>(
                R"({"type":"refresh_start","hook":{"resource":{"addr":"t.a"},"id_value":"i"}})")
                .id_value,
            "i");
  EXPECT_EQ(
      parsed<event::Provision>(R"({"type":"provision_progress","hook":{"resource":{"addr":"t.a"},)"
                               R"("provisioner":"local-exec","output":"hi"}})")
          .output,
      "hi");
  const auto outputs = parsed<event::Outputs>(
      R"({"type":"outputs","outputs":{"a":{"sensitive":false,"type":"string","value":null},)"
      R"("b":{"sensitive":true,"action":"update"}}})");
  EXPECT_EQ(outputs.outputs.at("a").value, Json(nullptr));
  EXPECT_EQ(outputs.outputs.at("b").action, Action::kUpdate);
  EXPECT_FALSE(outputs.outputs.at("b").value);
}

// Shows: complaints, versions of both flavours, and what is only told.
TEST(Events, ReadsTheRest) {
  const auto complaint = parsed<event::Complaint>(
      R"({"type":"diagnostic","diagnostic":{"severity":"warning","summary":"s","detail":"d",)"
      R"("address":"t.a"}})");
  EXPECT_EQ(complaint.diagnostic.severity, Severity::kWarning);
  EXPECT_EQ(complaint.diagnostic.address, "t.a");
  EXPECT_FALSE(
      parsed<event::Version>(R"({"type":"version","terraform":"1.11.4","ui":"1.2"})").is_tofu);
  EXPECT_TRUE(parsed<event::Version>(R"({"type":"version","tofu":"1.10.0","ui":"1.2"})").is_tofu);
  EXPECT_EQ(parsed<event::Log>(R"({"type":"log","@level":"info","@message":"m"})").message, "m");
  // Told only where it takes long.
  for (const char* type : {"state_lock_acquire", "state_lock_release"})
    EXPECT_EQ(
        parsed<event::Log>(fmt::format(R"({{"type":"{}","@level":"info","@message":"m"}})", type))
            .message,
        "m");
}

// Shows: what is not known is an error that says what, not a guess.
TEST(Events, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(parse_event("Terraform crashed").error().message, HasSubstr("line 1"));
  EXPECT_THAT(parse_event(R"({"type":"apply_paused","hook":{}})").error().message,
              HasSubstr("a line of unknown type \"apply_paused\""));
  EXPECT_THAT(parse_event(R"({"type":"planned_change","change":{"resource":{"addr":"t.a"},)"
                          R"("action":"explode"}})")
                  .error()
                  .message,
              HasSubstr("unknown action \"explode\""));
  EXPECT_FALSE(parse_event(R"({"type":"apply_start"})"));
  EXPECT_FALSE(parse_event("[]"));
}

}  // namespace
}  // namespace squall::terraform
