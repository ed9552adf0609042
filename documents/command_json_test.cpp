#include "documents/command_json.h"

#include <gtest/gtest.h>

#include "documents/json_test.h"

namespace squall {
namespace {

ResourceIdentity identity(std::string_view label) {
  return {"stack-0", label, "Test::Generic::Resource"};
}

ResourceUpdateView update_of(std::string_view label) {
  ResourceUpdateView update;
  update.identity = identity(label);
  return update;
}

CommandRequest request_of(CommandKind kind, Mode mode = Mode::kPatch) {
  CommandRequest request;
  request.kind = kind;
  request.mode = mode;
  return request;
}

CommandView full_command() {
  CommandView command;
  command.id = "2abc";
  command.kind = CommandKind::kDestroy;
  command.mode = Mode::kReconcile;
  command.source = Source::kSynchronizer;
  command.state = CommandState::kFailed;
  command.started = instant_at(1'000'004);
  command.ended = instant_at(2'500'000);
  ResourceUpdateView update;
  update.identity = identity("vpc-1");
  update.ksuid = "2xyz";
  update.operation = UpdateOperation::kDelete;
  update.state = UpdateState::kFailed;
  update.error = "the provider said no";
  update.because_of = identity("subnet-1");
  update.error_code = ErrorCode::kAccessDenied;
  update.native_id = "native-7";
  update.is_cascade = true;
  update.group_id = "2grp";
  update.attempts = 3;
  command.updates.push_back(update);
  command.summary = CommandView::Summary{1, 2, 3};
  command.client_id = "client-1";
  return command;
}

constexpr std::string_view kFullCommand = R"({
  "CommandId": "2abc",
  "Command": "destroy",
  "Mode": "reconcile",
  "Source": "synchronizer",
  "State": "Failed",
  "StartTs": "1970-01-01T00:00:01.000004Z",
  "EndTs": "1970-01-01T00:00:02.500000Z",
  "ResourceUpdates": [
    {
      "ResourceId": "2xyz",
      "ResourceType": "Test::Generic::Resource",
      "ResourceLabel": "vpc-1",
      "StackName": "stack-0",
      "Operation": "delete",
      "State": "Failed",
      "CurrentAttempt": 3,
      "ErrorMessage": "the provider said no",
      "ErrorCode": "AccessDenied",
      "BecauseOf": {"Stack": "stack-0", "Label": "subnet-1", "Type": "Test::Generic::Resource"},
      "NativeId": "native-7",
      "GroupId": "2grp",
      "IsCascade": true
    }
  ],
  "Summary": {"Created": 1, "Updated": 2, "Deleted": 3},
  "ClientId": "client-1"
})";

void expect_equal(const ResourceUpdateView& a, const ResourceUpdateView& b) {
  EXPECT_EQ(a.identity, b.identity);
  EXPECT_EQ(a.ksuid, b.ksuid);
  EXPECT_EQ(a.operation, b.operation);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.error, b.error);
  EXPECT_EQ(a.because_of, b.because_of);
  EXPECT_EQ(a.error_code, b.error_code);
  EXPECT_EQ(a.native_id, b.native_id);
  EXPECT_EQ(a.is_cascade, b.is_cascade);
  EXPECT_EQ(a.group_id, b.group_id);
  EXPECT_EQ(a.attempts, b.attempts);
}

// Shows: a command is written with every member it has, under the names of the dialect.
TEST(CommandJson, WritesACommand) {
  EXPECT_EQ(pretty(to_json(full_command())), pretty(json(kFullCommand)));
}

// Shows: what is not known of a command and its updates is left out.
TEST(CommandJson, WritesAndReadsAnOutline) {
  CommandOutline outline;
  outline.command = full_command();
  outline.command.updates.clear();
  outline.updates = {{UpdateState::kSuccess, 40'000}, {UpdateState::kInProgress, 7}};
  const JsonObject written = to_json(outline);
  EXPECT_FALSE(written.contains("ResourceUpdates"));
  const Result<CommandOutline> read = parse_command_outline(written);
  ASSERT_TRUE(read.has_value()) << message(read);
  EXPECT_EQ(read->updates, outline.updates);
  EXPECT_EQ(read->command.id, outline.command.id);
  EXPECT_EQ(read->command.state, outline.command.state);
  EXPECT_EQ(read->command.ended, outline.command.ended);
  EXPECT_EQ(to_json(*read), written);
}

TEST(CommandJson, LeavesOutWhatIsNotKnown) {
  CommandView command;
  command.id = "2abc";
  command.updates.push_back(update_of("a"));
  EXPECT_EQ(canonical(to_json(command)), canonical(json(R"({
    "CommandId": "2abc", "Command": "apply", "Mode": "patch", "Source": "user",
    "State": "NotStarted", "StartTs": "1970-01-01T00:00:00.000000Z",
    "ResourceUpdates": [
      {"ResourceType": "Test::Generic::Resource", "ResourceLabel": "a", "StackName": "stack-0",
       "Operation": "create", "State": "NotStarted", "CurrentAttempt": 0, "IsCascade": false}
    ]})")));
}

// Shows: every member of a command is read back from its text.
TEST(CommandJson, ReadsACommand) {
  const Result<CommandView> read = parse_command_view(json(kFullCommand));
  ASSERT_TRUE(read.has_value()) << message(read);
  const CommandView expected = full_command();
  EXPECT_EQ(read->id, expected.id);
  EXPECT_EQ(read->kind, expected.kind);
  EXPECT_EQ(read->mode, expected.mode);
  EXPECT_EQ(read->source, expected.source);
  EXPECT_EQ(read->state, expected.state);
  EXPECT_EQ(read->started, expected.started);
  EXPECT_EQ(read->ended, expected.ended);
  ASSERT_EQ(read->updates.size(), 1U);
  expect_equal(read->updates.front(), expected.updates.front());
  ASSERT_TRUE(read->summary.has_value());
  EXPECT_EQ(read->summary->created, 1);
  EXPECT_EQ(read->summary->updated, 2);
  EXPECT_EQ(read->summary->deleted, 3);
  EXPECT_EQ(read->client_id, "client-1");
}

// Shows: a command without the optional members, and with members of newer servers, is read.
TEST(CommandJson, ReadsASparseCommand) {
  const Result<CommandView> read = parse_command_view(json(R"({
    "CommandId": "2abc", "Command": "sync", "Mode": "patch", "Source": "user",
    "State": "InProgress", "StartTs": "2026-11-29T01:02:03Z", "EndTs": null, "Colour": "blue"})"));
  ASSERT_TRUE(read.has_value()) << message(read);
  EXPECT_EQ(read->kind, CommandKind::kSync);
  EXPECT_FALSE(read->ended.has_value());
  EXPECT_FALSE(read->summary.has_value());
  EXPECT_TRUE(read->updates.empty());
}

// Shows: every operation, state, error code, source and mode survives the way there and back.
TEST(CommandJson, KeepsEveryValueOfAnEnumeration) {
  CommandView command;
  command.id = "2abc";
  for (size_t code = 0; code < kErrorCodes; ++code) {
    ResourceUpdateView update = update_of("r-" + std::to_string(code));
    update.operation = static_cast<UpdateOperation>(code % 4);
    update.state = static_cast<UpdateState>(code % 6);
    update.error_code = static_cast<ErrorCode>(code);
    command.updates.push_back(update);
  }
  for (const CommandState state : {CommandState::kNotStarted, CommandState::kInProgress,
                                   CommandState::kSuccess, CommandState::kCanceled}) {
    command.state = state;
    const Result<CommandView> read = parse_command_view(json(one_line(to_json(command))));
    ASSERT_TRUE(read.has_value()) << message(read);
    EXPECT_EQ(read->state, state);
    ASSERT_EQ(read->updates.size(), kErrorCodes);
    for (size_t i = 0; i < kErrorCodes; ++i) expect_equal(read->updates[i], command.updates[i]);
  }
}

// Shows: what is wrong with a command is said with the path of the place.
TEST(CommandJson, NamesThePathOfWhatIsWrong) {
  const auto error = [](std::string_view key, const Json& value) {
    Json document = json(kFullCommand);
    document.as_object()[key] = value;
    return message(parse_command_view(document));
  };
  EXPECT_EQ(error("StartTs", "yesterday"),
            "$.StartTs: \"yesterday\" is no time as RFC 3339 writes it, such as "
            "2026-11-29T01:02:03.000004Z");
  EXPECT_EQ(error("Mode", "gentle"),
            "$.Mode: unknown mode \"gentle\"; known are \"reconcile\", \"patch\"");
  EXPECT_EQ(error("ResourceUpdates", 7), "$.ResourceUpdates: must be an array, and is a number");
  EXPECT_EQ(error("Summary", JsonObject{{"Created", 1}}),
            "$.Summary: has no member \"Updated\", which it must have");
  Json document = json(kFullCommand);
  Json& update = document.at("ResourceUpdates").as_array()[0];
  update.as_object()["BecauseOf"].as_object()["Label"] = 1;
  EXPECT_EQ(message(parse_command_view(document)),
            "$.ResourceUpdates[0].BecauseOf.Label: must be a text, and is a number");
  EXPECT_EQ(message(parse_command_view(Json())), "$: must be an object, and is null");
}

constexpr std::string_view kRow = R"({
  "Label": "vpc-1",
  "Type": "Test::Generic::Resource",
  "Stack": "stack-0",
  "Target": "target-0",
  "Properties": {"Name": "n", "Key": {"$opaque": true}},
  "ReadOnlyProperties": {"Arn": "a"},
  "NativeID": "native-7",
  "Managed": false,
  "Unsettled": true,
  "Ksuid": "2xyz"
})";

// Shows: a row is written with the names of the dialect, and read back whole.
TEST(CommandJson, WritesAndReadsARow) {
  InventoryRow row;
  row.ksuid = "2xyz";
  row.identity = identity("vpc-1");
  row.target = "target-0";
  row.native_id = "native-7";
  row.properties = JsonObject{{"Name", "n"}, {"Key", {{"$opaque", true}}}};
  row.read_only = JsonObject{{"Arn", "a"}};
  row.managed = false;
  row.unsettled = true;
  EXPECT_EQ(pretty(to_json(row)), pretty(json(kRow)));

  const Result<InventoryRow> read = parse_inventory_row(json(kRow));
  ASSERT_TRUE(read.has_value()) << message(read);
  EXPECT_EQ(read->ksuid, row.ksuid);
  EXPECT_EQ(read->identity, row.identity);
  EXPECT_EQ(read->target, row.target);
  EXPECT_EQ(read->native_id, row.native_id);
  EXPECT_EQ(read->properties, row.properties);
  EXPECT_EQ(read->read_only, row.read_only);
  EXPECT_EQ(read->managed, row.managed);
  EXPECT_EQ(read->unsettled, row.unsettled);

  Json wrong = json(kRow);
  wrong.as_object()["Properties"] = "none";
  EXPECT_EQ(message(parse_inventory_row(wrong)), "$.Properties: must be an object, and is a text");
}

// Shows: an accepted command is 202 with its id, a sync 200; both are read back.
TEST(CommandJson, AnswersAccepted) {
  const HttpAnswer answer = answer_of(Accepted{"2abc"}, request_of(CommandKind::kApply));
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(canonical(answer.body), R"({"CommandId":"2abc"})");
  EXPECT_EQ(answer_of(Accepted{"2abc"}, request_of(CommandKind::kSync)).status, 200);
  for (const int status : {200, 202}) {
    const Result<CommandReply> read = parse_answer(status, json(R"({"CommandId":"2abc"})"));
    ASSERT_TRUE(read.has_value()) << message(read);
    ASSERT_TRUE(std::holds_alternative<Accepted>(*read));
    EXPECT_EQ(std::get<Accepted>(*read).command_id, "2abc");
  }
}

// Shows: nothing to do is 200 with a simulation that requires no changes.
TEST(CommandJson, AnswersNothingToDo) {
  const HttpAnswer answer =
      answer_of(NothingToDo{}, request_of(CommandKind::kApply, Mode::kReconcile));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(one_line(answer.body),
            R"({"Simulation":{"ChangesRequired":false,"Command":{"Command":"apply",)"
            R"("Mode":"reconcile","ResourceUpdates":[]}}})");
  const Result<CommandReply> read =
      parse_answer(200, json(R"({"Simulation":{"ChangesRequired":false}})"));
  ASSERT_TRUE(read.has_value()) << message(read);
  EXPECT_TRUE(std::holds_alternative<NothingToDo>(*read));
}

// Shows: a simulation is 200 with the updates that would be made, cascades told apart.
TEST(CommandJson, AnswersASimulation) {
  Simulated simulated;
  simulated.updates.push_back(update_of("a"));
  simulated.updates.back().operation = UpdateOperation::kDelete;
  simulated.updates.back().is_cascade = true;
  const HttpAnswer answer = answer_of(simulated, request_of(CommandKind::kDestroy));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(one_line(answer.body),
            R"({"Simulation":{"ChangesRequired":true,"Command":{"Command":"destroy",)"
            R"("Mode":"patch","ResourceUpdates":[{"ResourceType":"Test::Generic::Resource",)"
            R"("ResourceLabel":"a","StackName":"stack-0","Operation":"delete",)"
            R"("State":"NotStarted","CurrentAttempt":0,"IsCascade":true}]}}})");
  const Result<CommandReply> read = parse_answer(200, answer.body);
  ASSERT_TRUE(read.has_value()) << message(read);
  ASSERT_TRUE(std::holds_alternative<Simulated>(*read));
  ASSERT_EQ(std::get<Simulated>(*read).updates.size(), 1U);
  expect_equal(std::get<Simulated>(*read).updates.front(), simulated.updates.front());
}

// Shows: a rejection has a typed body, the status of its type, and is read back, whatever its type.
TEST(CommandJson, AnswersARejection) {
  const HttpAnswer answer =
      answer_of(Rejection{RejectionType::kPatchRejected, "no such stack"}, CommandRequest());
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(one_line(answer.body),
            R"({"error":"PatchRejected","data":{"message":"no such stack"}})");
  for (size_t i = 0; i < kRejectionTypes; ++i) {
    const Rejection rejection{static_cast<RejectionType>(i), "because"};
    const HttpAnswer of_type = error_of(rejection);
    const Result<CommandReply> read = parse_answer(of_type.status, of_type.body);
    ASSERT_TRUE(read.has_value()) << message(read);
    ASSERT_TRUE(std::holds_alternative<Rejection>(*read));
    EXPECT_EQ(std::get<Rejection>(*read).type, rejection.type);
    EXPECT_EQ(std::get<Rejection>(*read).message, "because");
  }
}

// Shows: each type of rejection has the HTTP status that the dialect gives it.
TEST(CommandJson, GivesEachRejectionItsStatus) {
  const auto status = [](RejectionType type) { return error_of({type, ""}).status; };
  EXPECT_EQ(status(RejectionType::kReconcileRejected), 409);
  EXPECT_EQ(status(RejectionType::kConflictingCommands), 409);
  EXPECT_EQ(status(RejectionType::kTargetAlreadyExists), 409);
  EXPECT_EQ(status(RejectionType::kResourceHasDependents), 409);
  EXPECT_EQ(status(RejectionType::kTargetHasDependents), 409);
  EXPECT_EQ(status(RejectionType::kNonPortableResources), 409);
  EXPECT_EQ(status(RejectionType::kCyclesDetected), 400);
  EXPECT_EQ(status(RejectionType::kReferencedResourcesNotFound), 400);
  EXPECT_EQ(status(RejectionType::kRequiredFieldMissingOnCreate), 400);
  EXPECT_EQ(status(RejectionType::kInvalidQueryError), 400);
  EXPECT_EQ(status(RejectionType::kStackReferenceNotFound), 400);
  EXPECT_EQ(status(RejectionType::kTargetReferenceNotFound), 400);
  EXPECT_EQ(status(RejectionType::kInvalidForma), 400);
  EXPECT_EQ(status(RejectionType::kPatchRejected), 422);
  EXPECT_EQ(status(RejectionType::kEmptyStackRejected), 422);
  EXPECT_EQ(status(RejectionType::kReconcilePolicyRequired), 403);
  EXPECT_EQ(status(RejectionType::kUnavailable), 503);
}

// Shows: an answer that the dialect does not know is an error, not a guess.
TEST(CommandJson, RefusesAnswersItDoesNotKnow) {
  EXPECT_EQ(message(parse_answer(204, json("{}"))), "HTTP status 204 answers no command");
  EXPECT_EQ(message(parse_answer(200, json("{}"))), "$: has neither a CommandId nor a Simulation");
  EXPECT_EQ(message(parse_answer(202, json("[]"))), "$: must be an object, and is an array");
  EXPECT_EQ(message(parse_answer(200, json(R"({"Simulation":{}})"))),
            "$.Simulation: has no member \"ChangesRequired\", which it must have");
  EXPECT_TRUE(message(parse_answer(404, json(R"({"error":"NotFound","data":{"message":""}})")))
                  .starts_with("$.error: unknown rejection \"NotFound\""));
  EXPECT_EQ(message(parse_answer(500, json(R"({"error":"InvalidForma","data":{"message":""}})"))),
            "$: InvalidForma goes with HTTP status 400, and came with 500");
  EXPECT_EQ(message(parse_answer(400, json(R"({"error":"InvalidForma"})"))),
            "$: has no member \"data\", which it must have");
}

// Shows: times have microseconds, before 1970 too, and years keep to four digits.
TEST(CommandJson, WritesTimes) {
  EXPECT_EQ(to_rfc3339(instant_at(0)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(instant_at(1'795'914'123'000'004)), "2026-11-29T01:02:03.000004Z");
  EXPECT_EQ(to_rfc3339(instant_at(951'827'696'789'000)), "2000-02-29T12:34:56.789000Z");
  EXPECT_EQ(to_rfc3339(instant_at(-1)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(instant_at(INT64_MAX)), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(instant_at(INT64_MIN)), "0000-01-01T00:00:00.000000Z");
}

// Shows: times are read with any number of digits, with offsets, and back to the microsecond.
TEST(CommandJson, ReadsTimes) {
  const auto read = [](std::string_view text) {
    const Result<Instant> time = parse_rfc3339(text);
    EXPECT_TRUE(time.has_value()) << message(time);
    return microseconds_of(time.value_or(Instant()));
  };
  EXPECT_EQ(read("2026-11-29T01:02:03.000004Z"), 1'795'914'123'000'004);
  EXPECT_EQ(read("2026-11-29t01:02:03.000004999z"), 1'795'914'123'000'004);
  EXPECT_EQ(read("2026-11-29T01:02:03.5Z"), 1'795'914'123'500'000);
  EXPECT_EQ(read("2026-11-29T02:32:03+01:30"), 1'795'914'123'000'000);
  EXPECT_EQ(read("2026-11-28T23:02:03-02:00"), 1'795'914'123'000'000);
  for (const int64_t us : {int64_t{-62'167'219'200'000'000}, int64_t{-1}, int64_t{0}, int64_t{1},
                           int64_t{253'402'300'799'999'999}}) {
    EXPECT_EQ(read(to_rfc3339(instant_at(us))), us);
  }
}

// Shows: what is no time of RFC 3339 is refused.
TEST(CommandJson, RefusesWhatIsNoTime) {
  for (const std::string_view text :
       {"", "2026", "2026-11-29", "2026-11-29T01:02:03", "2026-13-29T01:02:03Z",
        "2026-02-30T01:02:03Z", "2026-11-29T24:02:03Z", "2026-11-29T01:60:03Z",
        "2026-11-29T01:02:60Z", "2026-11-29T01:02:03.Z", "2026-11-29T01:02:03Z ",
        "2026-11-29T01:02:03+1:00", "2026-11-29T01:02:03+24:00", "+026-11-29T01:02:03Z",
        "2026-11-29T01:02:03.000004ZZ", "26-11-29T01:02:03Z"}) {
    EXPECT_FALSE(parse_rfc3339(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace squall
