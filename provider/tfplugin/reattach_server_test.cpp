#include "provider/tfplugin/reattach_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "base/random.h"
#include "cloud/catalogue.h"
#include "documents/generic_types.h"
#include "provider/tfplugin/command_line_test.h"

namespace squall::tfplugin {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kType = "squall_generic_resource";

JsonObject resource(const std::string& name, const JsonObject& attributes,
                    const std::string& type = kType) {
  return JsonObject{{"resource", JsonObject{{type, JsonObject{{name, attributes}}}}}};
}

cloud::CloudView view_of(SharedCloud& shared) {
  cloud::CloudView view;
  shared.locked([&](cloud::Cloud& each) { view = each.view(); });
  return view;
}

class Reattached : public testing::Test {
 protected:
  void SetUp() override {
    const auto program = find_command_line();
    if (!program) GTEST_SKIP() << "neither terraform nor tofu on PATH";
    command_line = std::make_unique<CommandLine>(*program);
    auto started = ReattachServer::start(shared);
    ASSERT_TRUE(started) << started.error().message;
    server = *std::move(started);
  }

  CommandLine::Result run(std::vector<std::string> arguments) {
    const std::string name = "run-" + std::to_string(++runs);
    const auto opened = server->open_run(name);
    EXPECT_TRUE(opened) << opened.error().message;
    command_line->set("TF_REATTACH_PROVIDERS", opened->reattach);
    if (armed) {
      EXPECT_TRUE(server->arm_kill(name, *std::exchange(armed, std::nullopt)));
    }
    CommandLine::Result result = command_line->run(arguments);
    server->close_run(name);
    RecordProperty(arguments.front(), static_cast<int>(result.took.count()));
    return result;
  }
  void apply() {
    const auto result = run({"apply", "-auto-approve", "-no-color"});
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }
  // 0: nothing to do, 2: something.
  int plan() { return run({"plan", "-detailed-exitcode", "-no-color"}).exit_code; }

  void inject(const cloud::FaultRule& rule) {
    shared.locked([&](cloud::Cloud& each) { ASSERT_TRUE(each.inject(rule)); });
  }
  size_t calls(CallKind kind) {
    size_t count = 0;
    shared.locked([&](cloud::Cloud& each) {
      for (const cloud::LogRecord& record : each.records()) {
        if (record.phase == cloud::LogPhase::kArrived && record.request->kind == kind) ++count;
      }
    });
    return count;
  }
  std::string attribute(const std::string& name) {
    return command_line->attribute(kType, "a", name);
  }

  cloud::Cloud cloud = cloud::Cloud(cloud::built_in_types(), 1);
  SharedCloud shared = SharedCloud(cloud);
  std::unique_ptr<CommandLine> command_line;
  std::unique_ptr<ReattachServer> server;
  std::optional<CallPoint> armed;
  int runs = 0;
};

// Shows: a create is in the cloud and in the state, every kind of attribute came through, and there
// is nothing to do after it.
TEST_F(Reattached, CreateAndNothingMoreToDo) {
  command_line->configure(
      resource("a", {{"name", "one"},
                     {"value", "x"},
                     {"set_tags", {"b", "a"}},
                     {"ordered_items", {"z", "y", "z"}},
                     {"entity_tags", JsonArray{JsonObject{{"key", "k"}, {"value", "v"}}}}}));
  apply();
  const cloud::CloudView view = view_of(shared);
  ASSERT_THAT(view, SizeIs(1));
  EXPECT_EQ(canonical(view[0].properties),
            R"({"EntityTags":[{"Key":"k","Value":"v"}],"Id":"generic-1","Name":"one",)"
            R"("OrderedItems":["z","y","z"],"SetTags":["a","b"],"Value":"x"})");
  EXPECT_EQ(attribute("id"), "\"generic-1\"");
  EXPECT_EQ(view[0].target, "default");
  EXPECT_EQ(plan(), 0);
  EXPECT_EQ(calls(CallKind::kCreate), 1U);
  shared.locked([&](cloud::Cloud& each) {
    EXPECT_EQ(each.records()[0].request->caller, "run-1");
    EXPECT_EQ(each.records()[0].request->label, "one");
    EXPECT_EQ(each.records()[0].request->connection, 1U);
  });
}

// Shows: attributes that come, change and go are one update in place, with the version that was
// read.
TEST_F(Reattached, UpdateInPlace) {
  command_line->configure(resource("a", {{"name", "one"}, {"value", "x"}, {"set_tags", {"a"}}}));
  apply();
  command_line->configure(resource("a", {{"name", "one"}, {"set_tags", {"a", "b"}}}));
  apply();
  ASSERT_THAT(view_of(shared), SizeIs(1));
  EXPECT_EQ(canonical(view_of(shared)[0].properties),
            R"({"Id":"generic-1","Name":"one","SetTags":["a","b"]})");
  EXPECT_EQ(plan(), 0);
  EXPECT_EQ(calls(CallKind::kUpdate), 1U);
  shared.locked([](cloud::Cloud& each) {
    for (const cloud::LogRecord& record : each.records()) {
      if (record.phase != cloud::LogPhase::kArrived) continue;
      if (record.request->kind != CallKind::kUpdate) continue;
      EXPECT_EQ(record.request->if_version, 1);
    }
  });
}

// Shows: a change of a CreateOnly attribute replaces the object.
TEST_F(Reattached, ReplaceByCreateOnly) {
  command_line->configure(resource("a", {{"name", "one"}}));
  apply();
  command_line->configure(resource("a", {{"name", "two"}}));
  const auto result = run({"apply", "-auto-approve", "-no-color"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("1 added, 0 changed, 1 destroyed"));
  EXPECT_EQ(attribute("id"), "\"generic-2\"");
  ASSERT_THAT(view_of(shared), SizeIs(1));
  EXPECT_EQ(plan(), 0);
}

// Shows: a nested CreateOnly attribute replaces too; a nested object comes through, defaults of the
// cloud are taken in, and a reference to a computed attribute is filled in at apply.
TEST_F(Reattached, NestedAndReferences) {
  const auto network = [](const char* zone, bool dns) {
    return JsonObject{
        {"resource",
         JsonObject{
             {"squall_network_network",
              JsonObject{
                  {"n", JsonObject{{"name", "net"},
                                   {"cidr_block", "10.0.0.0/8"},
                                   {"settings", JsonObject{{"zone", zone}, {"dns", dns}}}}}}},
             {"squall_network_subnet",
              JsonObject{{"s", JsonObject{{"name", "sub"},
                                          {"network_id", "${squall_network_network.n.id}"}}}}},
             {"squall_network_load_balancer",
              JsonObject{{"l", JsonObject{{"name", "lb"},
                                          {"subnet_ids", {"${squall_network_subnet.s.id}"}}}}}},
             {"squall_network_record",
              JsonObject{
                  {"r", JsonObject{{"name", "rec"},
                                   {"lifetime", 0.1},
                                   {"target", "${squall_network_load_balancer.l.endpoint}"}}}}}}}};
  };
  command_line->configure(network("z1", true));
  apply();
  EXPECT_EQ(command_line->attribute("squall_network_load_balancer", "l", "size"), "\"small\"");
  EXPECT_EQ(command_line->attribute("squall_network_record", "r", "id"), "\"rec\"");
  EXPECT_EQ(command_line->attribute("squall_network_record", "r", "target"), "\"endpoint-3\"");
  EXPECT_EQ(plan(), 0);
  command_line->configure(network("z1", false));
  auto result = run({"apply", "-auto-approve", "-no-color"});
  EXPECT_THAT(result.output, HasSubstr("0 added, 1 changed, 0 destroyed")) << result.output;
  command_line->configure(network("z2", false));
  result = run({"apply", "-auto-approve", "-no-color"});
  EXPECT_THAT(result.output, HasSubstr("2 added, 1 changed, 2 destroyed")) << result.output;
  EXPECT_EQ(plan(), 0);
}

// Shows: a refresh sees a change behind the state's back, and an object that is gone.
TEST_F(Reattached, DriftIsSeenByRefresh) {
  command_line->configure(resource("a", {{"name", "one"}, {"value", "x"}}));
  apply();
  shared.locked([](cloud::Cloud& each) {
    ASSERT_TRUE(each.patch(
        "generic-1", JsonArray{JsonObject{{"op", "replace"}, {"path", "/Value"}, {"value", "y"}}}));
  });
  EXPECT_EQ(plan(), 2);
  apply();
  EXPECT_EQ(attribute("value"), "\"x\"");
  shared.locked([](cloud::Cloud& each) { ASSERT_TRUE(each.remove("generic-1")); });
  apply();
  EXPECT_EQ(attribute("id"), "\"generic-2\"");
}

// Shows: with -refresh=false an update meets the version check, changes nothing, and says the code.
TEST_F(Reattached, DriftBetweenPlanAndApplyIsAConflict) {
  command_line->configure(resource("a", {{"name", "one"}, {"value", "x"}}));
  apply();
  shared.locked([](cloud::Cloud& each) {
    ASSERT_TRUE(each.patch(
        "generic-1", JsonArray{JsonObject{{"op", "replace"}, {"path", "/Value"}, {"value", "y"}}}));
  });
  command_line->configure(resource("a", {{"name", "one"}, {"value", "z"}}));
  const auto result = run({"apply", "-auto-approve", "-no-color", "-refresh=false"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("cannot update squall_generic_resource \"one\": "
                                       "ResourceConflict"));
  EXPECT_EQ(text_of(view_of(shared)[0].properties, "Value"), "y");
  apply();
  EXPECT_EQ(text_of(view_of(shared)[0].properties, "Value"), "z");
}

// Shows: an object made by somebody else is imported, and there is nothing to do after it.
TEST_F(Reattached, Import) {
  shared.locked([](cloud::Cloud& each) {
    ASSERT_TRUE(each.put(std::string(kGenericResource), "default",
                         {{"Name", "one"},
                          {"Value", "x"},
                          {"EntityTags", JsonArray{JsonObject{{"Key", "k"}, {"Value", "v"}}}}}));
  });
  command_line->configure(
      resource("a", {{"name", "one"},
                     {"value", "x"},
                     {"entity_tags", JsonArray{JsonObject{{"key", "k"}, {"value", "v"}}}}}));
  const auto result = run({"import", "-no-color", "squall_generic_resource.a", "generic-1"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(plan(), 0);
  EXPECT_EQ(run({"import", "squall_generic_resource.b", "generic-7"}).exit_code, 1);
}

// Shows: a moved block writes nothing.
TEST_F(Reattached, Moved) {
  command_line->configure(resource("a", {{"name", "one"}}));
  apply();
  JsonObject moved = resource("b", {{"name", "one"}});
  moved["moved"] = JsonArray{
      JsonObject{{"from", "squall_generic_resource.a"}, {"to", "squall_generic_resource.b"}}};
  command_line->configure(moved);
  apply();
  EXPECT_EQ(command_line->attribute(kType, "b", "id"), "\"generic-1\"");
  EXPECT_EQ(calls(CallKind::kCreate), 1U);
  EXPECT_EQ(calls(CallKind::kDelete), 0U);
}

// Shows: data sources find objects by id and by name; a name that nothing has is an error.
TEST_F(Reattached, DataSources) {
  shared.locked([](cloud::Cloud& each) {
    ASSERT_TRUE(each.put(std::string(kGenericResource), "default",
                         {{"Name", "one"},
                          {"Value", "x"},
                          {"EntityTags", JsonArray{JsonObject{{"Key", "k"}, {"Value", "v"}}}}}));
  });
  const auto data = [](const char* name) {
    return JsonObject{
        {"data", JsonObject{{kType, JsonObject{{"id", JsonObject{{"id", "generic-1"}}},
                                               {"name", JsonObject{{"name", name}}}}}}},
        {"output", JsonObject{{"both", JsonObject{{"value",
                                                   "${data.squall_generic_resource.id.name}/"
                                                   "${data.squall_generic_resource.name.id}/"
                                                   "${tolist(data.squall_generic_resource"
                                                   ".name.entity_tags)[0].value}"}}}}}};
  };
  command_line->configure(data("one"));
  apply();
  EXPECT_EQ(text_of(command_line->state().at("outputs").at("both"), "value"), "one/generic-1/v");
  command_line->configure(data("two"));
  const auto result = run({"plan", "-no-color"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("there is no object named \"two\""));
}

// Shows: destroy leaves nothing, and succeeds where the object has gone already.
TEST_F(Reattached, Destroy) {
  JsonObject two = {{"a", JsonObject{{"name", "one"}}}, {"b", JsonObject{{"name", "two"}}}};
  command_line->configure({{"resource", JsonObject{{kType, two}}}});
  apply();
  shared.locked([](cloud::Cloud& each) { ASSERT_TRUE(each.remove("generic-1")); });
  const auto result = run({"destroy", "-auto-approve", "-no-color", "-refresh=false"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(view_of(shared), IsEmpty());
}

// Shows: WriteOnly values reach the cloud and never the state; their version sends them again.
TEST_F(Reattached, WriteOnlyAndSensitive) {
  const auto secret = [](const char* password, int version) {
    return resource(
        "s",
        {{"name", "one"}, {"password", password}, {"password_version", version}, {"token", "tok"}},
        "squall_network_secret");
  };
  command_line->configure(secret("first-secret", 1));
  apply();
  EXPECT_EQ(text_of(view_of(shared)[0].properties, "Password"), "first-secret");
  command_line->configure(secret("second-secret", 1));
  EXPECT_EQ(plan(), 0);
  command_line->configure(secret("second-secret", 2));
  apply();
  EXPECT_EQ(text_of(view_of(shared)[0].properties, "Password"), "second-secret");
  EXPECT_EQ(read_text(command_line->folder() + "/terraform.tfstate").find("-secret"),
            std::string::npos);
  EXPECT_EQ(plan(), 0);
}

cloud::FaultRule lost_reply(CallKind call, uint32_t count) {
  cloud::FaultRule rule;
  rule.call = call;
  rule.count = count;
  rule.effect = {.kind = "lost-reply", .code = ErrorCode::kServiceTimeout};
  return rule;
}

// Shows: a create whose reply is lost is repeated with the same token and makes no second object.
TEST_F(Reattached, LostReplyOfACreate) {
  inject(lost_reply(CallKind::kCreate, 1));
  command_line->configure(resource("a", {{"name", "one"}}));
  apply();
  EXPECT_THAT(view_of(shared), SizeIs(1));
  EXPECT_EQ(calls(CallKind::kCreate), 2U);
  EXPECT_EQ(plan(), 0);
}

// Shows: where all replies are lost, the object is recorded with its token, and the next run adopts
// or removes it: no orphan.
TEST_F(Reattached, ACreateThatCannotBeSettledIsSettledByTheNextRun) {
  inject(lost_reply(CallKind::kCreate, 100));
  cloud::FaultRule unsettled;
  unsettled.call = CallKind::kSettle;
  unsettled.count = 3;
  unsettled.effect = {.kind = "error", .code = ErrorCode::kServiceInternalError};
  inject(unsettled);
  command_line->configure(resource("a", {{"name", "one"}}), {{"max_retries", 2}});
  const auto result = run({"apply", "-auto-approve", "-no-color"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("cannot create squall_generic_resource \"one\": "
                                       "ServiceTimeout"));
  EXPECT_THAT(view_of(shared), SizeIs(1));
  shared.locked([](cloud::Cloud& each) { each.clear_rules(); });
  apply();
  ASSERT_THAT(view_of(shared), SizeIs(1));
  EXPECT_EQ(attribute("id"), "\"" + view_of(shared)[0].native_id + "\"");
  EXPECT_EQ(plan(), 0);
}

// Shows: an update whose reply is lost is found to be done by reading.
TEST_F(Reattached, LostReplyOfAnUpdate) {
  command_line->configure(resource("a", {{"name", "one"}, {"value", "x"}}));
  apply();
  inject(lost_reply(CallKind::kUpdate, 1));
  command_line->configure(resource("a", {{"name", "one"}, {"value", "y"}}));
  apply();
  EXPECT_EQ(calls(CallKind::kUpdate), 1U);
  EXPECT_EQ(plan(), 0);
}

// Shows: throttled calls are tried again, and the bound on tries holds.
TEST_F(Reattached, Throttling) {
  cloud::FaultRule rule;
  rule.call = CallKind::kCreate;
  rule.count = 3;
  rule.effect = {.kind = "throttling", .code = std::nullopt};
  inject(rule);
  command_line->configure(resource("a", {{"name", "one"}}), {{"retry_delay_ms", 5}});
  apply();
  EXPECT_EQ(calls(CallKind::kCreate), 4U);
  rule.call = CallKind::kDelete;
  rule.count = 100;
  inject(rule);
  command_line->configure({}, {{"retry_delay_ms", 1}, {"max_retries", 3}});
  const auto result = run({"apply", "-auto-approve", "-no-color"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output,
              HasSubstr("cannot delete squall_generic_resource \"one\": Throttling"));
  EXPECT_EQ(calls(CallKind::kDelete), 4U);
}

// Shows: calls that the cloud answers "in progress" are polled until they are done.
TEST_F(Reattached, AsynchronousCloud) {
  shared.locked([](cloud::Cloud& each) {
    cloud::Behaviours behaviours;
    behaviours.status_polls = 3;
    ASSERT_TRUE(each.set_behaviours(behaviours));
  });
  command_line->configure(resource("a", {{"name", "one"}}));
  apply();
  EXPECT_EQ(attribute("id"), "\"generic-1\"");
  EXPECT_EQ(calls(CallKind::kStatus), 3U);
  EXPECT_EQ(plan(), 0);
  command_line->configure({});
  apply();
  EXPECT_THAT(view_of(shared), IsEmpty());
}

// Shows: a cloud that keeps values in a spelling of its own makes no plan without end.
TEST_F(Reattached, NormalisingCloud) {
  shared.locked([](cloud::Cloud& each) {
    cloud::Behaviours behaviours;
    behaviours.normalises = true;
    ASSERT_TRUE(each.set_behaviours(behaviours));
  });
  command_line->configure(resource("n",
                                   {{"name", "net"},
                                    {"cidr_block", "10.0.0.0/8"},
                                    {"dns_suffix", "Example.TEST"},
                                    {"tags", {"b", "a"}},
                                    {"settings", JsonObject{{"zone", "z"}}}},
                                   "squall_network_network"));
  apply();
  EXPECT_EQ(text_of(view_of(shared)[0].properties, "DnsSuffix"), "example.test");
  EXPECT_EQ(plan(), 0);
}

// Shows: a provider that crashes after the cloud carried a create out leaves an orphan, which is
// what the protocol allows; its socket is gone, and the next run has a new one.
TEST_F(Reattached, ProviderCrash) {
  armed = CallPoint{
      .call = CallKind::kCreate, .label = "one", .nth = 1, .when = CallPoint::When::kAfterCall};
  command_line->configure(resource("a", {{"name", "one"}}));
  auto result = run({"apply", "-auto-approve", "-no-color"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("Plugin did not respond"));
  EXPECT_THAT(view_of(shared), SizeIs(1));
  armed = CallPoint{
      .call = CallKind::kCreate, .label = {}, .nth = 1, .when = CallPoint::When::kBeforeCall};
  result = run({"apply", "-auto-approve", "-no-color"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(view_of(shared), SizeIs(1));
  apply();
  EXPECT_THAT(view_of(shared), SizeIs(2));
}

// Shows: what is armed strikes once, at the call that was named, which goes on; and what the
// provider told is there when the run is closed, its death too.
TEST_F(Reattached, WhatIsArmedStrikesOnce) {
  const auto opened = server->open_run("struck");
  ASSERT_TRUE(opened);
  int strikes = 0;
  CallPoint second;
  second.nth = 2;
  ASSERT_TRUE(server->arm("struck", second, [&] { ++strikes; }));
  EXPECT_FALSE(server->arm("nobody", second, [] {}));
  command_line->set("TF_REATTACH_PROVIDERS", opened->reattach);
  command_line->configure(
      {{"resource", JsonObject{{kType, JsonObject{{"a", JsonObject{{"name", "one"}}},
                                                  {"b", JsonObject{{"name", "two"}}},
                                                  {"c", JsonObject{{"name", "three"}}}}}}}});
  const auto result = command_line->run({"apply", "-auto-approve", "-no-color"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(strikes, 1);
  EXPECT_THAT(view_of(shared), SizeIs(3));
  ASSERT_TRUE(server->kill_run("struck"));
  const std::vector<ProviderAnswer> answers = server->close_run("struck");
  ASSERT_THAT(answers, SizeIs(4));
  EXPECT_EQ(answers[0].operation, UpdateOperation::kCreate);
  EXPECT_FALSE(answers[0].failed);
  EXPECT_THAT(answers[0].native_id, StartsWith("generic-"));
  EXPECT_EQ(answers[3].label, "");
  EXPECT_FALSE(answers[3].delivered);
}

// Shows: an interrupt ends the waits: a hanging create is given up within the grace, and recorded.
TEST_F(Reattached, InterruptEndsAHangingCall) {
  cloud::FaultRule rule;
  rule.call = CallKind::kCreate;
  rule.effect = {.kind = "hang", .code = std::nullopt};
  inject(rule);
  command_line->configure(resource("a", {{"name", "one"}}), {{"call_timeout_ms", 30'000}});
  const auto opened = server->open_run("interrupted");
  ASSERT_TRUE(opened);
  command_line->set("TF_REATTACH_PROVIDERS", opened->reattach);
  const std::string output = command_line->folder() + "/output";
  const auto started = std::chrono::steady_clock::now();
  const pid_t child = command_line->start({"apply", "-auto-approve", "-no-color"}, output);
  while (calls(CallKind::kCreate) == 0) {
    ASSERT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
    std::this_thread::yield();
  }
  ::kill(child, SIGINT);
  const auto result = CommandLine::finish(child, output);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
  EXPECT_EQ(result.exit_code, 1) << result.output;
  server->close_run("interrupted");
  apply();
  EXPECT_THAT(view_of(shared), SizeIs(1));
}

// Shows: 200 resources in one run, each once.
TEST_F(Reattached, TwoHundredResources) {
  JsonObject all;
  for (int i = 0; i < 200; ++i) {
    JsonObject each = {{"name", "r" + std::to_string(i)}, {"value", "x"}};
    if (i % 10 != 0) {
      each["depends_on"] = JsonArray{"squall_generic_resource.r" + std::to_string(i - 1)};
    }
    all["r" + std::to_string(i)] = std::move(each);
  }
  command_line->configure({{"resource", JsonObject{{kType, all}}}});
  const auto result = run({"apply", "-auto-approve", "-no-color", "-parallelism=50"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(view_of(shared), SizeIs(200));
  EXPECT_EQ(calls(CallKind::kCreate), 200U);
  EXPECT_EQ(plan(), 0);
  EXPECT_EQ(run({"destroy", "-auto-approve", "-parallelism=50"}).exit_code, 0);
  EXPECT_THAT(view_of(shared), IsEmpty());
}

// Shows: messages may be larger than what gRPC takes by itself.
// (Terraform parses texts of its configuration many times, so the large one comes from the cloud.)
TEST_F(Reattached, LargeMessages) {
  const std::string large(size_t{5} << 20, 'x');
  command_line->configure(
      resource("a", {{"name", "one"}, {"lifecycle", JsonObject{{"ignore_changes", {"value"}}}}}));
  apply();
  shared.locked([&](cloud::Cloud& each) {
    ASSERT_TRUE(each.patch(
        "generic-1", JsonArray{JsonObject{{"op", "add"}, {"path", "/Value"}, {"value", large}}}));
  });
  const auto result = run({"apply", "-auto-approve", "-refresh-only", "-json"});
  EXPECT_EQ(result.exit_code, 0) << result.output.substr(0, 2000);
  EXPECT_EQ(attribute("value").size(), large.size() + 2) << "with its quotes";
  EXPECT_EQ(plan(), 0) << "the state is sent and read again";
}

// Writes `bytes` to a unix socket and hangs up.
void send_to(const std::string& address, const std::string& bytes) {
  const int client = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  address.copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  [[maybe_unused]] const ssize_t sent = ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  ::close(client);
}

// Shows: whoever connects and says nothing, or nonsense, harms nobody.
TEST_F(Reattached, NonsenseOnTheSocket) {
  const auto opened = server->open_run("run");
  ASSERT_TRUE(opened);
  Random random(5);
  for (int i = 0; i < 50; ++i) {
    // Some of it begins as a client of HTTP/2 does.
    std::string bytes = i % 2 == 0 ? "" : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for (uint64_t length = random.below(300); length > 0; --length) {
      bytes += static_cast<char>(random.below(256));
    }
    send_to(opened->address, i == 0 ? "" : bytes);
  }
  command_line->configure(resource("a", {{"name", "one"}}));
  command_line->set("TF_REATTACH_PROVIDERS", opened->reattach);
  const auto result = command_line->run({"apply", "-auto-approve", "-no-color"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  server->close_run("run");
}

// Shows: sockets are for their owner only, and nothing is left of a server.
TEST(ReattachServer, LeavesNothingBehind) {
  cloud::Cloud cloud(cloud::built_in_types(), 1);
  SharedCloud shared(cloud);
  std::string folder;
  {
    auto server = ReattachServer::start(shared);
    ASSERT_TRUE(server);
    folder = (*server)->folder();
    const auto run = (*server)->open_run("a");
    ASSERT_TRUE(run) << run.error().message;
    struct stat found = {};
    ASSERT_EQ(::stat(folder.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0700U);
    ASSERT_EQ(::stat(run->address.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0600U);
    EXPECT_FALSE((*server)->open_run("a"));
    EXPECT_FALSE((*server)->kill_run("b"));
    (*server)->close_run("a");
    EXPECT_NE(::stat(run->address.c_str(), &found), 0);
    ASSERT_TRUE((*server)->open_run("b"));
    ASSERT_TRUE((*server)->kill_run("b"));
    EXPECT_TRUE((*server)->is_killed("b"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

}  // namespace
}  // namespace squall::tfplugin
