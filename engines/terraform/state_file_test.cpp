#include "engines/terraform/state_file.h"

#include "engines/processes/helpers_test.h"

namespace squall::terraform {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kFull = R"({
  "version": 4, "terraform_version": "1.11.4", "serial": 8, "lineage": "0337", "new_in_2030": [1],
  "outputs": {"o": {"value": null, "type": "string"},
              "s": {"value": [1], "type": ["tuple", ["number"]], "sensitive": true}},
  "resources": [
    {"mode": "managed", "type": "sim_thing", "name": "a", "module": "module.m[0]",
     "each": "list", "provider": "provider[\"example.com/acme/sim\"]",
     "instances": [
       {"index_key": 1, "status": "tainted", "schema_version": 3, "attributes": {"id": "x"},
        "sensitive_attributes": [[{"type": "get_attr", "value": "id"}]], "private": "cA==",
        "dependencies": ["sim_thing.b"], "create_before_destroy": true},
       {"index_key": 1, "deposed": "0badcafe", "schema_version": 0, "attributes": null}]},
    {"mode": "data", "type": "sim_look", "name": "d", "provider": "provider[\"p\"]",
     "instances": [{"index_key": "a\"${b", "schema_version": 0, "attributes": {}}]}],
  "check_results": null})";

// Shows: everything the harness judges by comes through.
TEST(StateFile, ReadsAllItSaysItReads) {
  const auto read = parse_state(kFull);
  ASSERT_TRUE(read) << read.error().message;
  const State& state = **read;
  EXPECT_EQ(state.serial, 8U);
  EXPECT_EQ(state.lineage, "0337");
  EXPECT_EQ(state.outputs.at("o").value, Json(nullptr));
  EXPECT_TRUE(state.outputs.at("s").sensitive);
  EXPECT_EQ(state.managed_objects(), 2U);
  ASSERT_EQ(state.resources.size(), 2U);

  const StateResource& thing = state.resources[0];
  EXPECT_EQ(thing.address(), "module.m[0].sim_thing.a");
  const StateInstance& current = thing.instances[0];
  EXPECT_EQ(thing.address(current), "module.m[0].sim_thing.a[1]");
  EXPECT_TRUE(current.tainted);
  EXPECT_TRUE(current.create_before_destroy);
  EXPECT_EQ(current.schema_version, 3);
  EXPECT_EQ(current.private_data, "cA==");
  EXPECT_EQ(current.sensitive_attributes.size(), 1U);
  EXPECT_THAT(current.dependencies, ElementsAre("sim_thing.b"));
  EXPECT_EQ(thing.instances[1].deposed, "0badcafe");
  EXPECT_EQ(state.find("module.m[0].sim_thing.a[1]"), &current);
  EXPECT_EQ(state.find("module.m[0].sim_thing.a"), nullptr);

  const StateResource& look = state.resources[1];
  EXPECT_EQ(look.address(look.instances[0]), R"(data.sim_look.d["a\"$${b"])");
}

// Shows: two states say the same in whatever order they say what was checked, and in no other case.
TEST(StateFile, SaysTheSameInAnyOrderOfChecks) {
  const auto of = [](std::string_view checks, int serial) {
    return fmt::format(R"({{"version": 4, "serial": {}, "check_results": {}}})", serial, checks);
  };
  const std::string state = of(R"([{"config_addr": "a"}, {"config_addr": "b"}])", 1);
  EXPECT_TRUE(say_the_same(state, of(R"([{"config_addr": "b"}, {"config_addr": "a"}])", 1)));
  EXPECT_TRUE(say_the_same(of("null", 1), of("null", 1)));
  EXPECT_FALSE(say_the_same(state, of(R"([{"config_addr": "b"}, {"config_addr": "c"}])", 1)));
  EXPECT_FALSE(say_the_same(state, of(R"([{"config_addr": "a"}, {"config_addr": "b"}])", 2)));
  EXPECT_FALSE(say_the_same("", ""));
}

// Shows: an empty file and no file are no state.
TEST(StateFile, NothingIsNoState) {
  EXPECT_FALSE(*parse_state(""));
  EXPECT_FALSE(*read_state("/no/such/file"));
}

// Shows: what has not the shape of the format is an error that names the place.
TEST(StateFile, SaysWhereItIsMalformed) {
  const auto error_of = [](std::string_view text) {
    const auto read = parse_state(text);
    return read ? "read" : read.error().message;
  };
  EXPECT_THAT(error_of("garbage"), HasSubstr("read a state:"));
  EXPECT_THAT(error_of("[]"), HasSubstr("read a state: $"));
  EXPECT_THAT(error_of(R"({"version": 3, "serial": 1})"),
              HasSubstr("format version 3; 4 is known"));
  EXPECT_THAT(error_of(R"({"version": 4})"), HasSubstr("serial"));
  EXPECT_THAT(error_of(R"({"version": 4, "serial": -1})"), HasSubstr("$.serial"));
  const std::string resource =
      R"({"version": 4, "serial": 1, "resources": [{"type": "t", "name": "n", "provider": "p")";
  EXPECT_THAT(error_of(resource + R"(, "mode": "x", "instances": []}]})"),
              HasSubstr("$.resources[0].mode"));
  EXPECT_THAT(error_of(resource +
                       R"(, "mode": "data", "instances": [{"schema_version": 0, "status": 1}]}]})"),
              HasSubstr("$.resources[0].instances[0].status"));
  EXPECT_THAT(
      error_of(resource +
               R"(, "mode": "data", "instances": [{"schema_version": 0, "index_key": []}]}]})"),
      HasSubstr("index_key"));
}

// Shows: no prefix and no flipped byte of a state crashes the reader.
TEST(StateFile, IsSafeOnGarbage) {
  size_t refused = 0;
  for (size_t length = 1; length < kFull.size(); ++length) {
    refused += parse_state(kFull.substr(0, length)) ? 0 : 1;
  }
  EXPECT_EQ(refused, kFull.size() - 1);
  for (size_t i = 0; i < kFull.size(); ++i) {
    for (const char byte : {'\0', '[', '"', '9', '\xff'}) {
      std::string text(kFull);
      text[i] = byte;
      (void)parse_state(text);
    }
  }
}

}  // namespace
}  // namespace squall::terraform
