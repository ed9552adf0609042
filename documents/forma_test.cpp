#include "documents/forma.h"

#include <gtest/gtest.h>

#include <utility>

#include "documents/json_test.h"

namespace squall {
namespace {

constexpr std::string_view kForma = R"({
  "Description": {"Text": "two of them", "Confirm": false},
  "Stacks": [{"Label": "s", "Description": "the stack"}],
  "Targets": [{"Label": "t", "Namespace": "Test", "Config": {"Region": "x"}, "Discoverable": true}],
  "Resources": [
    {"Label": "a", "Type": "Test::Generic::Resource", "Stack": "s", "Target": "t",
     "Properties": {"Name": "a", "SetTags": ["x"]}},
    {"Label": "b", "Type": "Test::Generic::ChildResource", "Stack": "s", "Target": "t",
     "Properties": {"Name": "b", "ParentId": {"$res": true, "$label": "a",
       "$type": "Test::Generic::Resource", "$stack": "s", "$property": "Name"}}}]
})";

std::string error_of(std::string_view text) {
  const Result<Forma> forma = parse_forma(json(text));
  return forma ? "no error" : forma.error().message;
}

// Shows: every member of a forma is read, and what was left out has its default.
TEST(ParseForma, ReadsAForma) {
  const Result<Forma> forma = parse_forma(json(kForma));
  ASSERT_TRUE(forma.has_value()) << forma.error().message;
  EXPECT_EQ(forma->description, "two of them");
  EXPECT_EQ(forma->stacks, (std::vector<DeclaredStack>{{"s", "the stack"}}));
  ASSERT_EQ(forma->targets.size(), 1U);
  EXPECT_EQ(forma->targets[0].name_space, "Test");
  EXPECT_TRUE(forma->targets[0].discoverable);
  EXPECT_EQ(forma->targets[0].version, 1);
  ASSERT_EQ(forma->resources.size(), 2U);
  EXPECT_EQ(to_string(forma->resources[1].identity), "s/b (Test::Generic::ChildResource)");
  EXPECT_EQ(forma->resources[0].properties.at("Name").as_string(), "a");
}

// Shows: a forma written out reads back as the same document.
TEST(ParseForma, RoundTrips) {
  const Json once = to_json(*parse_forma(json(kForma)));
  const Json twice = to_json(*parse_forma(once));
  EXPECT_EQ(canonical(once), canonical(twice));
  EXPECT_NE(canonical(once).find("\"$label\":\"a\""), std::string::npos);
}

// Shows: an empty document is an empty forma; null stands for what is not set.
TEST(ParseForma, TakesMissingListsForEmpty) {
  const Result<Forma> forma = parse_forma(json(R"({"Stacks":null})"));
  ASSERT_TRUE(forma.has_value());
  EXPECT_TRUE(forma->stacks.empty() && forma->targets.empty() && forma->resources.empty());
}

// Shows: what is malformed is refused, by its path.
TEST(ParseForma, NamesThePathOfAnError) {
  EXPECT_EQ(error_of("[]"), "$: must be an object, and is an array");
  EXPECT_EQ(error_of(R"({"Stacks":[{"Label":""}]})"), "$.Stacks[0].Label: must not be empty");
  EXPECT_EQ(error_of(R"({"Resources":{}})"), "$.Resources: must be an array, and is an object");
  EXPECT_EQ(error_of(R"({"Resources":[{"Label":"a","Type":1}]})"),
            "$.Resources[0].Type: must be a text, and is a number");
  EXPECT_EQ(error_of(R"({"Resources":[{"Label":"a","Type":"T","Stack":"s","Target":"t",
                         "Properties":[]}]})"),
            "$.Resources[0].Properties: must be an object, and is an array");
  EXPECT_EQ(error_of(R"({"Targets":[{"Label":"t","Namespace":"N","Version":0}]})").substr(0, 21),
            "$.Targets[0].Version:");
}

// Shows: half a reference is refused, wherever it stands; it would reach the provider as it is.
TEST(ParseForma, RefusesHalfAReference) {
  const std::string error = error_of(R"({"Resources":[{"Label":"a","Type":"T","Stack":"s",
      "Target":"t","Properties":{"Rules":[{"Source":{"$res":true,"$label":"x"}}]}}]})");
  EXPECT_EQ(error.substr(0, error.find(':')), "$.Resources[0].Properties.Rules[0].Source");
}

// Shows: policies, which nothing would enforce yet, are refused and not dropped.
TEST(ParseForma, RefusesPolicies) {
  EXPECT_NE(error_of(R"({"Policies":[{"Type":"ttl"}]})").find("$.Policies[0]"), std::string::npos);
  EXPECT_NE(error_of(R"({"Stacks":[{"Label":"s","Policies":[{}]}]})").find("not supported"),
            std::string::npos);
  EXPECT_EQ(error_of(R"({"Policies":[]})"), "no error");
}

const Reference kReference = {{"s", "a", "T"}, "Name"};

// Shows: only a whole reference is one; it may carry the value it last had.
TEST(Reference, IsRecognised) {
  EXPECT_EQ(as_reference(to_json(kReference)), kReference);
  Json with_value = to_json(kReference);
  with_value.as_object()["$value"] = "x";
  EXPECT_EQ(as_reference(with_value), kReference);
  EXPECT_FALSE(as_reference(json("1")).has_value());
  EXPECT_FALSE(as_reference(json(R"({"$label":"a"})")).has_value());
  for (const char* missing : {"$res", "$label", "$type", "$stack", "$property"}) {
    Json half = to_json(kReference);
    half.as_object().erase(missing);
    EXPECT_FALSE(as_reference(half).has_value()) << missing;
  }
  Json unset = to_json(kReference);
  unset.as_object()["$res"] = false;
  EXPECT_FALSE(as_reference(unset).has_value());
}

// Shows: a block of several goes by all that it may declare, and the module it is in; what is alone
// goes by itself.
TEST(Placement, NamesBlocks) {
  const ResourceIdentity a{"s", "a", "T"};
  const ResourceIdentity b{"s", "b", "T"};
  Placement placement{.module = "m"};
  EXPECT_EQ(block_of(a, placement), a);
  placement.group = {"a", "b"};
  EXPECT_EQ(block_of(a, placement), (ResourceIdentity{"s", "a--b@m", "T"}));
  EXPECT_EQ(block_of(a, placement), block_of(b, placement));
  EXPECT_NE(block_of(a, placement), block_of(a, {.group = {"a", "b"}}));
  EXPECT_TRUE(is_same_place(placement, placement));
  EXPECT_FALSE(is_same_place(placement, {.module = "m"}));
}

// Shows: references are found in order, inside lists and objects, with escaped pointers.
TEST(Reference, IsVisitedDepthFirst) {
  JsonObject properties;
  properties["z/1"] = to_json(kReference);
  properties["Rules"] = JsonArray{JsonObject{{"Source", to_json(kReference)}}, 1};
  properties["Name"] = "plain";
  std::vector<std::string> paths;
  for_each_reference(properties, [&](const std::string& path, const Reference& reference) {
    EXPECT_EQ(reference, kReference);
    paths.push_back(path);
  });
  EXPECT_EQ(paths, (std::vector<std::string>{"/z~11", "/Rules/0/Source"}));
}

// Shows: references become what they resolve to; one that does not resolve stays, and what is in
// its value is not looked into.
TEST(Reference, IsReplaced) {
  const Reference unknown = {{"s", "b", "T"}, "Id"};
  Json nested = to_json(unknown);
  nested.as_object()["$value"] = to_json(kReference);
  JsonObject properties;
  properties["One"] = to_json(kReference);
  properties["Many"] = JsonArray{to_json(kReference), nested};
  const JsonObject out =
      with_references_replaced(properties, [&](const Reference& reference) -> std::optional<Json> {
        if (reference == kReference) return Json("value");
        return std::nullopt;
      });
  EXPECT_EQ(out.at("One"), Json("value"));
  EXPECT_EQ(out.at("Many"), Json(JsonArray{"value", nested}));
  EXPECT_EQ(properties.at("One"), to_json(kReference));
}

// Shows: a path of a module is names, one below the other; what the language, or the name of a
// block of several, would make something else of is refused.
TEST(ModulePath, IsNamesJoined) {
  for (const char* right : {"m0", "m0/m1", "_a/b-c"}) EXPECT_EQ(*parse_module_path(right), right);
  for (const char* wrong : {"/", "m0/", "/m0", "m0//m1", "0", "m.0", "m0[0]", "a--b", "-", "a b"}) {
    const Result<std::string> path = parse_module_path(wrong);
    ASSERT_FALSE(path) << wrong;
    EXPECT_NE(path.error().message.find(wrong), std::string::npos);
  }
}

// Shows: what is in a module of its own stands in that, below where it is placed, under the name of
// its block.
TEST(ModulePath, OfABlock) {
  EXPECT_EQ(module_of("a", {.module = "m0"}), "m0");
  EXPECT_EQ(module_of("a", {.repetition = Repetition::kModuleCount}), "a");
  EXPECT_EQ(
      module_of("a",
                {.module = "m0", .repetition = Repetition::kModuleForEach, .group = {"a", "b"}}),
      "m0/a--b");
}

}  // namespace
}  // namespace squall
