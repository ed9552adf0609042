#include "spec/write_only.h"

#include <gtest/gtest.h>

#include "spec/test_world.h"

namespace squall::spec::write_only_test {
namespace {

struct Completion {
  std::string what;
  std::string actual;
  std::string values;
  std::string expected;
};

TEST(WithWriteOnly, PutsWhatWasDeclaredWhereReadsShowNothing) {
  // Only WriteOnly values are taken over, each where it belongs.
  const std::vector<Completion> cases = {
      {"top level", "{'Name':'a'}", "{'Name':'b','Secret':'s'}", "{'Name':'a','Secret':'s'}"},
      {"what a read shows of it does not count", "{'Secret':'x'}", "{'Secret':'s'}",
       "{'Secret':'s'}"},
      {"nor where nothing was declared", "{'Secret':'x'}", "{}", "{}"},
      {"nested", "{'Settings':{'Level':1}}", "{'Settings':{'Level':2,'Password':'p'}}",
       "{'Settings':{'Level':1,'Password':'p'}}"},
      {"nested in what only it stands in", "{}", "{'Settings':{'Level':2,'Password':'p'}}",
       "{'Settings':{'Password':'p'}}"},
      {"nothing nested to take over", "{}", "{'Settings':{'Level':2}}", "{}"},
      {"no object to stand in", "{'Settings':1}", "{'Settings':{'Password':'p'}}",
       "{'Settings':1}"},
      {"elements by key", "{'Rules':[{'Id':2},{'Id':1},{'Id':3}]}",
       "{'Rules':[{'Id':1,'Token':'t'},{'Id':2,'Token':'u'}]}",
       "{'Rules':[{'Id':2,'Token':'u'},{'Id':1,'Token':'t'},{'Id':3}]}"},
      {"elements that are gone", "{}", "{'Rules':[{'Id':1,'Token':'t'}]}", "{}"},
  };
  for (const Completion& each : cases) {
    EXPECT_EQ(with_write_only(object(each.actual), object(each.values), box_schema()),
              object(each.expected))
        << each.what;
  }
}

TEST(Counterpart, DependsOnTheCollection) {
  // By key, by what can be read, or by place.
  Schema schema = box_schema();
  schema.hints["Labels.Token"].write_only = true;
  const auto index_of = [&](const std::string& path, const std::string& element,
                            const std::string& among) {
    const JsonArray candidates = json(among).as_array();
    const Json* found = counterpart(JsonArray{json(element), nullptr}, 0, candidates, schema, path);
    return found == nullptr ? -1 : static_cast<int>(found - candidates.data());
  };
  EXPECT_EQ(index_of("Rules", "{'Id':2}", "[{'Id':1},{'Id':2,'A':1}]"), 1);
  EXPECT_EQ(index_of("Rules", "{'Id':3}", "[{'Id':1},{'Id':2}]"), -1);
  EXPECT_EQ(index_of("Labels", "{'a':1}", "[{'a':2},{'a':1,'Token':'t'}]"), 1);
  EXPECT_EQ(index_of("Steps", "{'a':1}", "[{'b':1},{'a':1}]"), 0);
  EXPECT_EQ(index_of("Steps", "{'a':1}", "[{'a':1}]"), -1);
}

TEST(WithoutWriteOnly, TakesOutNestedOnesToo) {
  // What is left of an object may be empty.
  EXPECT_EQ(without_write_only(object("{'Name':'n','Secret':'s','Settings':{'Password':'p'},"
                                      "'Rules':[{'Id':1,'Token':'t'}]}"),
                               box_schema()),
            object("{'Name':'n','Settings':{},'Rules':[{'Id':1}]}"));
}

}  // namespace
}  // namespace squall::spec::write_only_test
