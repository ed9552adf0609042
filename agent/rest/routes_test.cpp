// What the addresses do, without sockets.
#include "agent/rest/routes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/rest/fake_api_test.h"

namespace squall::agent {
namespace {

class RoutesTest : public testing::Test {
 protected:
  // The response to a request, whose body is put together; status 0: there is none yet.
  Response ask(std::string_view method, std::string_view target, std::string_view body = "",
               std::vector<Field> fields = {}) {
    Request request{.method = std::string(method),
                    .target = fmt::format("/api/v1{}", target),
                    .is_http_1_0 = false,
                    .fields = std::move(fields),
                    .body = std::string(body)};
    Routes& routes = get_routes();
    if (std::optional<Response> refused = routes.refuse(request)) return *refused;
    auto answered = std::make_shared<Response>();
    answered->status = 0;
    routes.handle(std::move(request), [answered](Response response) {
      while (response.more && response.more(response.body)) {
      }
      *answered = std::move(response);
    });
    last_ = answered;
    return *answered;
  }
  Response get(std::string_view target, std::vector<Field> fields = {}) {
    return ask("GET", target, "", std::move(fields));
  }
  // POST /commands with a forma as JSON.
  Response submit(std::string_view options, std::string_view forma,
                  std::vector<Field> fields = {}) {
    fields.push_back({"Content-Type", "application/json; charset=utf-8"});
    return ask("POST", fmt::format("/commands?{}", options), forma, std::move(fields));
  }
  Response submit_form(std::string_view body) {
    return ask("POST", "/commands", body, {{"Content-Type", "multipart/form-data; boundary=b"}});
  }
  Routes& get_routes() {
    if (!routes_) routes_.emplace(api_, options_);
    return *routes_;
  }
  const CommandRequest& submitted() const { return api_.submitted.back(); }

  FakeApi api_;
  RouteOptions options_;
  std::optional<Routes> routes_;
  std::shared_ptr<Response> last_;
};

std::string error_of(const Response& response) {
  const Result<Json> document = parse_json(response.body);
  if (!document) return "no JSON: " + response.body;
  const Json* data = member(*document, "data");
  return fmt::format("{} {}: {}", response.status, text_of(*document, "error"),
                     data == nullptr ? "" : text_of(*data, "message"));
}

std::string field_of(const Response& response, std::string_view name) {
  for (const Field& field : response.fields) {
    if (field.name == name) return field.value;
  }
  return "";
}

std::string form_part(std::string_view name, std::string_view content) {
  return fmt::format("--b\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", name,
                     content);
}

constexpr std::string_view kForma = R"({
  "Stacks": [{"Label": "stack-0"}],
  "Resources": [{"Label": "a", "Type": "Test::Generic::Resource", "Stack": "stack-0",
                 "Target": "target-0", "Properties": {"Name": "n"}}]})";

// Shows: a form with all its fields becomes a request, and the answer says where to look.
TEST_F(RoutesTest, SubmitsAForm) {
  const Response response =
      ask("POST", "/commands",
          form_part("command", "apply") + form_part("mode", "reconcile") +
              form_part("simulate", "false") + form_part("force", "true") +
              form_part("on-dependents", "cascade") + form_part("file", kForma) + "--b--",
          {{"Content-Type", "multipart/form-data; boundary=b"},
           {"Client-ID", "client-1"},
           {"Idempotency-Key", "key-1"}});
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.body, R"({"CommandId":"c-1"})");
  EXPECT_EQ(field_of(response, "Location"), "/api/v1/commands/c-1/status");
  ASSERT_EQ(api_.submitted.size(), 1U);
  EXPECT_EQ(submitted().kind, CommandKind::kApply);
  EXPECT_EQ(submitted().mode, Mode::kReconcile);
  EXPECT_FALSE(submitted().simulate);
  EXPECT_TRUE(submitted().force);
  EXPECT_EQ(submitted().on_dependents, OnDependents::kCascade);
  EXPECT_EQ(submitted().client_id, "client-1");
  EXPECT_EQ(submitted().idempotency_key, "key-1");
  ASSERT_EQ(submitted().forma.resources.size(), 1U);
  EXPECT_EQ(submitted().forma.resources.front().identity.label, "a");
}

// Shows: a forma as the body, with the options as parameters, is the same; what is not said is
// patch, abort, and neither force nor simulate.
TEST_F(RoutesTest, SubmitsABody) {
  EXPECT_EQ(submit("command=destroy", kForma).status, 202);
  EXPECT_EQ(submitted().kind, CommandKind::kDestroy);
  EXPECT_EQ(submitted().mode, Mode::kPatch);
  EXPECT_EQ(submitted().on_dependents, OnDependents::kAbort);
  EXPECT_FALSE(submitted().force);
  EXPECT_FALSE(submitted().simulate);
  EXPECT_EQ(submitted().client_id, "");
  EXPECT_EQ(submit("command=apply&mode=&simulate=true&force=", "{}").status, 202);
  EXPECT_TRUE(submitted().simulate);
}

// Shows: options may be parameters of a form's address too, but not in both places.
TEST_F(RoutesTest, TakesOptionsFromBothPlaces) {
  const std::vector<Field> form = {{"Content-Type", "multipart/form-data; boundary=b"}};
  EXPECT_EQ(ask("POST", "/commands?command=apply", form_part("file", "{}") + "--b--", form).status,
            202);
  EXPECT_EQ(error_of(ask("POST", "/commands?command=apply",
                         form_part("command", "apply") + form_part("file", "{}") + "--b--", form)),
            "400 BadRequest: command is given twice");
}

// Shows: what the engine answers is answered, each kind with its status.
TEST_F(RoutesTest, PassesAnswersOn) {
  api_.reply = NothingToDo{};
  EXPECT_EQ(submit("command=apply", "{}").status, 200);
  Simulated simulated;
  simulated.updates.emplace_back();
  api_.reply = simulated;
  const Response response = submit("command=apply&simulate=true", "{}");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body.find("\"ChangesRequired\":true"), std::string::npos);
  api_.reply = Rejection{RejectionType::kConflictingCommands, "wait"};
  EXPECT_EQ(error_of(submit("command=apply", "{}")), "409 ConflictingCommands: wait");
}

// Shows: what is wrong with a forma is InvalidForma, and names the place.
TEST_F(RoutesTest, RefusesBadFormas) {
  const auto error = [this](std::string_view forma) {
    return error_of(submit("command=apply", forma));
  };
  EXPECT_TRUE(error("{").starts_with("400 InvalidForma: cannot read JSON: ")) << error("{");
  EXPECT_TRUE(error("\xff\xfe").starts_with("400 InvalidForma: ")) << error("\xff\xfe");
  EXPECT_TRUE(error(std::string(1000, '[') + std::string(1000, ']'))
                  .starts_with("400 InvalidForma: cannot read JSON: "));
  EXPECT_EQ(error("[]"), "400 InvalidForma: $: must be an object, and is an array");
  EXPECT_EQ(error(R"({"Resources":[{"Label":1}]})"),
            "400 InvalidForma: $.Resources[0].Label: must be a text, and is a number");
  EXPECT_EQ(error(R"({"Stacks":[{"Label":"a\u0000"}]})"),
            "400 InvalidForma: $.Stacks[0].Label: must have no control characters");
  EXPECT_EQ(error(R"({"Targets":[{"Label":"a","Namespace":"\n"}]})"),
            "400 InvalidForma: $.Targets[0].Namespace: must have no control characters");
  EXPECT_EQ(error(R"({"Resources":[{"Label":"ä","Type":"T","Stack":"\u007f","Target":"t"}]})"),
            "400 InvalidForma: $.Resources[0].Stack: must have no control characters");
  EXPECT_TRUE(api_.submitted.empty());
}

// Shows: what is wrong with the options of a command is told.
TEST_F(RoutesTest, RefusesBadOptions) {
  const auto error = [this](std::string_view options) { return error_of(submit(options, "{}")); };
  EXPECT_EQ(error(""), "400 BadRequest: command must be apply or destroy, and is \"\"");
  EXPECT_EQ(error("command=sync"),
            "400 BadRequest: command must be apply or destroy, and is \"sync\"");
  EXPECT_EQ(error("command=apply&mode=gentle"),
            "400 BadRequest: unknown mode \"gentle\"; known are \"reconcile\", \"patch\"");
  EXPECT_EQ(error("command=apply&force=yes"),
            "400 BadRequest: force must be true or false, and is \"yes\"");
  EXPECT_EQ(error("command=apply&on-dependents=x"),
            "400 BadRequest: unknown on-dependents \"x\"; known are \"abort\", \"cascade\"");
  EXPECT_EQ(error("command=apply&command=apply"),
            "400 BadRequest: the parameter command is given twice");
  EXPECT_EQ(error("command=apply&dry=true"),
            "400 BadRequest: /commands has no parameter \"dry\"; it has command, mode, simulate, "
            "force, query, on-dependents");
  EXPECT_EQ(error("command=apply&query=stack:a"),
            "400 BadRequest: query is for destroy; an apply needs a forma");
  EXPECT_EQ(error("command=destroy&query=stack:a"),
            "400 BadRequest: a destroy takes a query or a forma, not both");
  EXPECT_EQ(error_of(ask("POST", "/commands?command=apply")),
            "400 BadRequest: the request must have a forma, or a query to destroy by");
  EXPECT_EQ(error_of(ask("POST", "/commands?command=apply", "{}")).substr(0, 24),
            "415 UnsupportedMediaType");
  EXPECT_TRUE(api_.submitted.empty());
}

// Shows: what is wrong with a form is told.
TEST_F(RoutesTest, RefusesBadForms) {
  EXPECT_EQ(error_of(submit_form("")), "400 BadRequest: the boundary of the form is nowhere in it");
  EXPECT_EQ(error_of(submit_form(form_part("colour", "blue") + "--b--")),
            "400 BadRequest: the form has no field \"colour\"; it has command, mode, simulate, "
            "force, query, on-dependents and file");
  EXPECT_EQ(
      error_of(submit_form(form_part("mode", "patch") + form_part("mode", "patch") + "--b--")),
      "400 BadRequest: mode is given twice");
  EXPECT_EQ(error_of(submit_form(form_part("file", "{}") + form_part("file", "{}") + "--b--")),
            "400 BadRequest: the form has two parts of the name file");
  EXPECT_EQ(error_of(ask("POST", "/commands", "x", {{"Content-Type", "multipart/form-data"}})),
            "400 BadRequest: Content-Type names no boundary");
}

// Shows: a destroy by query names the managed rows that the query finds.
TEST_F(RoutesTest, DestroysByQuery) {
  api_.rows = {row_of("stack-0", "a"), row_of("stack-0", "b"), row_of("stack-1", "a")};
  InventoryRow found = row_of("$unmanaged", "a");
  found.managed = false;
  api_.rows.push_back(found);
  EXPECT_EQ(ask("POST", "/commands?command=destroy&query=label:a").status, 202);
  ASSERT_EQ(submitted().forma.resources.size(), 2U);
  EXPECT_EQ(submitted().forma.resources[0].identity, api_.rows[0].identity);
  EXPECT_EQ(submitted().forma.resources[0].target, "target-0");
  EXPECT_EQ(submitted().forma.resources[1].identity, api_.rows[2].identity);
  EXPECT_TRUE(submitted().forma.stacks.empty());
  EXPECT_EQ(error_of(ask("POST", "/commands?command=destroy&query=%20")),
            "400 InvalidQueryError: the query of a destroy must say what; stack:* is everything");
  EXPECT_EQ(error_of(ask("POST", "/commands?command=destroy&query=colour:blue")),
            "400 InvalidQueryError: the query has the field \"colour\", which there is not; there "
            "are stack, label, type, target, nativeid, ksuid, managed, unsettled");
}

// Shows: an error is JSON also where it quotes what is no text.
TEST_F(RoutesTest, QuotesWhatIsNoText) {
  EXPECT_EQ(error_of(get("/resources?query=%ff:x")),
            "400 InvalidQueryError: the query has the field \"\uFFFD\", which there is not; there "
            "are stack, label, type, target, nativeid, ksuid, managed, unsettled");
  EXPECT_EQ(error_of(get("/resources/by-ksuid/%ff")), "404 NotFound: there is no resource \uFFFD");
  EXPECT_EQ(error_of(submit_form(form_part("\xff", "") + "--b--")).substr(0, 15),
            "400 BadRequest:");
}

// Shows: ids of clients and keys are one short line of ASCII each.
TEST_F(RoutesTest, RefusesBadFields) {
  const auto error = [this](std::vector<Field> fields) {
    return error_of(submit("command=apply", "{}", std::move(fields)));
  };
  const std::string client =
      "400 BadRequest: Client-ID must be there once, with at most 256 characters of ASCII";
  EXPECT_EQ(error({{"Client-ID", std::string(257, 'x')}}), client);
  EXPECT_EQ(error({{"client-id", "\xff"}}), client);
  EXPECT_EQ(error({{"Client-ID", "a"}, {"Client-ID", "a"}}), client);
  EXPECT_TRUE(error({{"Idempotency-Key", "a\tb"}}).starts_with("400 BadRequest: Idempotency-Key"));
}

// Shows: a command is there with all its updates; without one, 404.
TEST_F(RoutesTest, TellsTheStatus) {
  api_.all_commands = {command_of("c-1", CommandState::kInProgress)};
  const Response response = get("/commands/c-1/status");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            boost::json::serialize(JsonObject{{"Commands", {to_json(api_.all_commands.front())}}}));
  EXPECT_EQ(error_of(get("/commands/c-2/status")), "404 NotFound: there is no command c-2");
  EXPECT_EQ(error_of(get("/commands/c-2/status?wait=60")), "404 NotFound: there is no command c-2");
}

// Shows: who does not want the updates gets their numbers.
TEST_F(RoutesTest, TellsTheStatusWithoutUpdates) {
  CommandView command = command_of("c-1", CommandState::kFailed);
  command.updates.resize(3);
  command.updates[1].state = UpdateState::kFailed;
  api_.all_commands = {command};
  const std::string counts = R"("UpdateCounts":{"NotStarted":2,"Failed":1})";
  for (const char* target : {"/commands/c-1/status?updates=false", "/commands/status?updates=false",
                             "/commands/c-1/status?updates=false&wait=1"}) {
    const Response response = get(target);
    EXPECT_EQ(response.status, 200) << target;
    EXPECT_NE(response.body.find(counts), std::string::npos) << response.body;
    EXPECT_EQ(response.body.find("ResourceUpdates"), std::string::npos) << response.body;
  }
  EXPECT_NE(get("/commands/c-1/status?updates=true").body.find("ResourceUpdates"),
            std::string::npos);
  EXPECT_EQ(get("/commands/c-1/status?updates=no").status, 400);
  EXPECT_EQ(get("/commands/status?updates=no").status, 400);
  EXPECT_EQ(get("/commands/c-2/status?updates=false").status, 404);
}

// Shows: a large body is read in another thread, with the same answers.
TEST_F(RoutesTest, ReadsLargeBodiesInTheBackground) {
  const std::string spaces(100'000, ' ');
  EXPECT_EQ(submit("command=apply", spaces + "{}").status, 202);
  EXPECT_EQ(submit("command=apply", spaces + "{").status, 400);
  EXPECT_EQ(api_.in_background_count, 2);
  EXPECT_EQ(api_.submitted.size(), 1U);
  EXPECT_EQ(submit("command=apply", "{}").status, 202);
  EXPECT_EQ(api_.in_background_count, 2);
}

// Shows: a long poll waits until the engine says so, for as long as it was asked and a minute at
// most; a command that has ended is told at once.
TEST_F(RoutesTest, WaitsForTheEnd) {
  api_.all_commands = {command_of("c-1", CommandState::kInProgress)};
  EXPECT_EQ(get("/commands/c-1/status?wait=5").status, 0);
  ASSERT_EQ(api_.waiters.size(), 1U);
  EXPECT_EQ(api_.waiters[0].command_id, "c-1");
  EXPECT_EQ(api_.waiters[0].at_most, std::chrono::seconds(5));
  api_.all_commands[0].state = CommandState::kSuccess;
  api_.waiters[0].done();
  EXPECT_EQ(last_->status, 200);
  EXPECT_NE(last_->body.find("\"State\":\"Success\""), std::string::npos);
  EXPECT_EQ(get("/commands/c-1/status?wait=5").status, 200);
  EXPECT_EQ(api_.waiters.size(), 1U);

  api_.all_commands[0].state = CommandState::kInProgress;
  EXPECT_EQ(get("/commands/c-1/status?wait=0").status, 200);
  EXPECT_EQ(get("/commands/c-1/status?wait=100000").status, 0);
  EXPECT_EQ(api_.waiters.back().at_most, std::chrono::minutes(1));
  for (const std::string_view bad : {"-1", "x", "1.5", "", "99999999999999999999"}) {
    EXPECT_EQ(get(fmt::format("/commands/c-1/status?wait={}", bad)).status, 400) << bad;
  }
}

// Shows: long polls are answered when the server stops, and the engine may still say it later.
TEST_F(RoutesTest, StopsWaiting) {
  api_.all_commands = {command_of("c-1", CommandState::kInProgress)};
  EXPECT_EQ(get("/commands/c-1/status?wait=5").status, 0);
  get_routes().stop_waiting();
  EXPECT_EQ(last_->status, 200);
  last_->status = 1;
  routes_.reset();
  api_.waiters[0].done();
  EXPECT_EQ(last_->status, 1);
}

std::vector<std::string> ids_in(const Response& response) {
  std::vector<std::string> out;
  const Result<Json> document = parse_json(response.body);
  const Json* commands = document ? member(*document, "Commands") : nullptr;
  if (commands == nullptr) return {error_of(response)};
  for (const Json& command : commands->as_array()) out.push_back(text_of(command, "CommandId"));
  return out;
}

// Shows: commands come newest first, ten unless more are asked for.
TEST_F(RoutesTest, ListsCommands) {
  using Ids = std::vector<std::string>;
  EXPECT_EQ(get("/commands/status").status, 404);
  for (int i = 0; i < 300; ++i) {
    api_.all_commands.push_back(command_of("c-" + std::to_string(i)));
  }
  EXPECT_EQ(ids_in(get("/commands/status?max_results=2")), (Ids{"c-299", "c-298"}));
  EXPECT_EQ(ids_in(get("/commands/status")).size(), 10U);
  EXPECT_EQ(ids_in(get("/commands/status?max_results=1000")).size(), 200U);
  EXPECT_EQ(ids_in(get("/commands/status?query=id:c-1")), Ids{"c-1"});
  EXPECT_EQ(get("/commands/status?max_results=0").status, 400);
}

// Shows: commands are found by what they are, whose they are and which stacks they are about.
TEST_F(RoutesTest, FindsCommands) {
  using Ids = std::vector<std::string>;
  CommandView apply = command_of("apply");
  apply.client_id = "client-1";
  apply.updates.resize(2);
  apply.updates[0].identity.stack = "stack-0";
  apply.updates[1].identity.stack = "stack-1";
  CommandView sync = command_of("sync", CommandState::kFailed);
  sync.kind = CommandKind::kSync;
  sync.source = Source::kSynchronizer;
  api_.all_commands = {apply, sync};
  const auto found = [this](std::string_view query) {
    return ids_in(get(fmt::format("/commands/status?query={}", query)));
  };
  EXPECT_EQ(found("stack:stack-1"), Ids{"apply"});
  EXPECT_EQ(found("client:client-1"), Ids{"apply"});
  EXPECT_EQ(found("-client:*"), Ids{"sync"});
  EXPECT_EQ(found("command:sync%20source:synchronizer"), Ids{"sync"});
  EXPECT_EQ(found("state:Success%20mode:patch"), Ids{"apply"});
  EXPECT_EQ(found("label:a").front().substr(0, 21), "400 InvalidQueryError");

  const std::vector<Field> client = {{"Client-ID", "client-1"}};
  EXPECT_EQ(ids_in(get("/commands/status", client)), Ids{"apply"});
  EXPECT_EQ(ids_in(get("/commands/status?scope=client", client)), Ids{"apply"});
  EXPECT_EQ(ids_in(get("/commands/status?scope=agent", client)), (Ids{"sync", "apply"}));
  EXPECT_EQ(ids_in(get("/commands/status")), (Ids{"sync", "apply"}));
  EXPECT_EQ(error_of(get("/commands/status?scope=client")),
            "400 BadRequest: scope=client needs the header Client-ID");
  EXPECT_EQ(error_of(get("/commands/status?scope=world")),
            "400 BadRequest: scope must be client or agent");
}

// Shows: the inventory is a forma, with the stacks and targets of its rows.
TEST_F(RoutesTest, TellsTheInventory) {
  EXPECT_EQ(get("/resources").body, R"({"Stacks":[],"Targets":[],"Resources":[]})");
  api_.rows = {row_of("stack-0", "a"), row_of("stack-1", "b")};
  Target target{.label = "target-0", .name_space = "Test", .config = JsonObject{{"Zone", "z"}}};
  api_.all_targets = {target, Target{.label = "target-1", .name_space = "Test"}};
  EXPECT_EQ(get("/resources?query=stack:stack-1").body,
            R"({"Stacks":[{"Label":"stack-1"}],)"
            R"("Targets":[{"Label":"target-0","Namespace":"Test","Config":{"Zone":"z"},)"
            R"("Discoverable":false,"Version":1}],"Resources":[)" +
                boost::json::serialize(to_json(api_.rows[1])) + "]}");
  const Result<Json> all = parse_json(get("/resources").body);
  ASSERT_TRUE(all.has_value());
  ASSERT_TRUE(parse_forma(*all).has_value());
  EXPECT_EQ(parse_forma(*all)->resources.size(), 2U);
  EXPECT_EQ(error_of(get("/resources?query=x")).substr(0, 21), "400 InvalidQueryError");
}

// Shows: rows are found by all their fields.
TEST_F(RoutesTest, FindsRows) {
  InventoryRow odd = row_of("stack-1", "b");
  odd.managed = false;
  odd.unsettled = true;
  odd.native_id = "";
  api_.rows = {row_of("stack-0", "a"), odd};
  const auto labels = [this](std::string_view query) {
    std::string out;
    const Result<Json> all = parse_json(get(fmt::format("/resources?query={}", query)).body);
    for (const Json& row : all->at("Resources").as_array()) out += text_of(row, "Label");
    return out;
  };
  EXPECT_EQ(labels("stack:stack-0"), "a");
  EXPECT_EQ(labels("label:b"), "b");
  EXPECT_EQ(labels("type:Test::*"), "ab");
  EXPECT_EQ(labels("target:target-0"), "ab");
  EXPECT_EQ(labels("managed:true"), "a");
  EXPECT_EQ(labels("unsettled:true"), "b");
  EXPECT_EQ(labels("nativeid:*"), "a");
  EXPECT_EQ(labels("ksuid:ksuid-b"), "b");
}

// Shows: a resource is found by its ksuid, or is not.
TEST_F(RoutesTest, TellsOneResource) {
  api_.rows = {row_of("stack-0", "a")};
  EXPECT_EQ(get("/resources/by-ksuid/ksuid-a").body,
            boost::json::serialize(to_json(api_.rows.front())));
  EXPECT_EQ(error_of(get("/resources/by-ksuid/x")), "404 NotFound: there is no resource x");
}

// Shows: rows are counted by stack and type.
TEST_F(RoutesTest, Summarises) {
  InventoryRow odd = row_of("stack-1", "b");
  odd.managed = false;
  odd.unsettled = true;
  api_.rows = {row_of("stack-0", "a"), row_of("stack-1", "a"), odd};
  EXPECT_EQ(get("/resources/summary").body,
            R"([{"Stack":"stack-0","Type":"Test::Generic::Resource","Count":1,"Unmanaged":0,)"
            R"("Unsettled":0},{"Stack":"stack-1","Type":"Test::Generic::Resource","Count":2,)"
            R"("Unmanaged":1,"Unsettled":1}])");
  EXPECT_EQ(get("/resources/summary?query=stack:x").body, "[]");
}

// Shows: stacks, targets, plugins, numbers and metrics are told.
TEST_F(RoutesTest, TellsTheRest) {
  api_.rows = {row_of("stack-0", "a")};
  api_.all_stacks = {"stack-0", "stack-1"};
  api_.all_targets = {Target{.label = "target-0", .name_space = "Test"}};
  api_.all_commands = {command_of("c-1"), command_of("c-2", CommandState::kFailed)};
  Schema schema;
  schema.type = "Test::Generic::Resource";
  api_.all_plugins = {
      PluginView{.name = "test", .state = "running", .pid = 7, .starts = 2, .schemas = {schema}}};
  EXPECT_EQ(get("/stacks").body, R"([{"Label":"stack-0"},{"Label":"stack-1"}])");
  EXPECT_EQ(get("/targets").body,
            R"([{"Label":"target-0","Namespace":"Test","Config":{},"Discoverable":false,)"
            R"("Version":1}])");
  const Result<Json> plugins = parse_json(get("/plugins").body);
  ASSERT_TRUE(plugins.has_value());
  EXPECT_EQ(text_of(plugins->at(0), "State"), "running");
  EXPECT_EQ(*parse_schema(plugins->at(0).at("Schemas").at(0)), schema);
  EXPECT_EQ(
      get("/stats").body,
      R"({"Stacks":2,"Targets":1,"Plugins":1,)"
      R"("Resources":{"Managed":1,"Unmanaged":0,"Unsettled":0},)"
      R"("ResourceTypes":{"Test::Generic::Resource":1},"Commands":{"Failed":1,"Success":1}})");
  EXPECT_EQ(get("/metrics").body, "squall_up 1\n");
  EXPECT_TRUE(get("/metrics").content_type.starts_with("text/plain"));
}

// Shows: a synchronisation is 200 with the id of its command.
TEST_F(RoutesTest, Synchronizes) {
  const Response response = ask("POST", "/admin/synchronize", "", {{"Client-ID", "client-1"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"CommandId":"c-1"})");
  EXPECT_EQ(submitted().kind, CommandKind::kSync);
  EXPECT_EQ(submitted().client_id, "client-1");
}

// Shows: what this engine cannot do says so.
TEST_F(RoutesTest, SaysWhatIsNotImplemented) {
  for (const std::string_view path :
       {"/commands/cancel", "/stacks/a/reconcile", "/admin/discover", "/admin/check-ttl"}) {
    EXPECT_EQ(error_of(ask("POST", path)).substr(0, 18), "501 NotImplemented") << path;
  }
  EXPECT_EQ(get("/policies").status, 501);
  EXPECT_EQ(get("/stacks/a/drift").status, 501);
}

// Shows: while the engine loads its store, health is all there is.
TEST_F(RoutesTest, WaitsForTheStore) {
  api_.is_ready = false;
  EXPECT_EQ(get("/health").status, 200);
  EXPECT_EQ(get("/health").body, R"({"Status":"starting","Ready":false})");
  EXPECT_EQ(error_of(get("/resources")),
            "503 Unavailable: the agent is loading its store: try again in a moment");
  EXPECT_EQ(get("/metrics").status, 503);
  EXPECT_EQ(submit("command=apply", "{}").status, 503);
}

// Shows: another method is told which there are; HEAD goes with GET.
TEST_F(RoutesTest, TellsTheMethods) {
  EXPECT_EQ(field_of(ask("PUT", "/commands"), "Allow"), "POST");
  EXPECT_EQ(field_of(ask("OPTIONS", "/resources"), "Allow"), "GET, HEAD");
  EXPECT_EQ(ask("get", "/resources").status, 405);
  EXPECT_EQ(ask("HEAD", "/resources").status, 200);
  EXPECT_EQ(ask("HEAD", "/commands").status, 405);
  EXPECT_EQ(get("/commands//status").status, 404);
  EXPECT_EQ(get("").status, 404);
}

// Shows: without a token, web pages are kept out; with one, they and everybody need it.
TEST_F(RoutesTest, KeepsWebPagesOut) {
  EXPECT_EQ(get("/stacks", {{"Origin", "http://localhost"}}).status, 403);
  for (const std::string_view host :
       {"localhost", "LOCALHOST:49684", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:49684"}) {
    EXPECT_EQ(get("/stacks", {{"Host", std::string(host)}}).status, 200) << host;
  }
  for (const std::string_view host : {"example.org", "127.0.0.1.example.org", "[::2]", "[::1", "",
                                      "localhost.example.org:80", "10.0.0.1"}) {
    EXPECT_EQ(get("/stacks", {{"Host", std::string(host)}}).status, 403) << host;
  }
  options_.bearer_token = "secret";
  routes_.reset();
  EXPECT_EQ(get("/health", {{"Host", "localhost"}}).status, 401);
  EXPECT_EQ(get("/stacks", {{"Host", "example.org"},
                            {"Origin", "http://example.org"},
                            {"Authorization", "Bearer secret"}})
                .status,
            200);
}

}  // namespace
}  // namespace squall::agent
