#include "spec/normalise.h"

#include <gtest/gtest.h>

#include <ostream>

#include "spec/test_world.h"

namespace squall::spec::normalise_test {
namespace {

struct Pair {
  std::string what;
  std::string left;
  std::string right;
  bool equal;
};

std::ostream& operator<<(std::ostream& out, const Pair& pair) { return out << pair.what; }

class Normalise : public testing::TestWithParam<Pair> {};

TEST_P(Normalise, MakesEqualWhatCountsAsEqual) {
  // Two documents have the same normal form exactly where the rules say they are equal.
  const Schema schema = box_schema();
  const JsonObject left = normalise(object(GetParam().left), schema);
  const JsonObject right = normalise(object(GetParam().right), schema);
  EXPECT_EQ(same(left, right), GetParam().equal) << left << " and " << right;
}

INSTANTIATE_TEST_SUITE_P(
    Pairs, Normalise,
    testing::Values(
        Pair{"null member", "{'Size':null}", "{}", true},
        Pair{"empty array member", "{'Labels':[],'Steps':[],'Fixed':[],'Rules':[]}", "{}", true},
        Pair{"empty object member", "{'Settings':{}}", "{}", true},
        Pair{"innermost first", "{'Settings':{'Deep':{'Deeper':{'X':null}}}}", "{}", true},
        Pair{"zero, false and empty text stay", "{'Size':0}", "{}", false},
        Pair{"false stays", "{'Size':false}", "{}", false},
        Pair{"empty text stays", "{'Size':''}", "{}", false},
        Pair{"null element stays", "{'Labels':[null]}", "{}", false},
        Pair{"null in an element stays", "{'Rules':[{'Id':1,'X':null}]}", "{'Rules':[{'Id':1}]}",
             false},
        Pair{"null deep in an element stays", "{'Steps':[{'A':{'B':null}}]}",
             "{'Steps':[{'A':{}}]}", false},
        Pair{"Set order", "{'Labels':['a','b']}", "{'Labels':['b','a']}", true},
        Pair{"Set duplicates", "{'Labels':['a','b','a']}", "{'Labels':['a','b']}", true},
        Pair{"Set duplicates as numbers", "{'Labels':[1,1.0]}", "{'Labels':[1]}", true},
        Pair{"Set of objects", "{'Labels':[{'x':1},{'x':2}]}", "{'Labels':[{'x':2},{'x':1}]}",
             true},
        Pair{"an array without a hint is a Set", "{'Settings':{'Any':[1,2]}}",
             "{'Settings':{'Any':[2,1]}}", true},
        Pair{"an array where a text is declared is a Set", "{'Size':[1,2,2]}", "{'Size':[2,1]}",
             true},
        Pair{"Set elements that only look equal", "{'Labels':['1']}", "{'Labels':[1]}", false},
        Pair{"EntitySet order", "{'Rules':[{'Id':1},{'Id':2}]}", "{'Rules':[{'Id':2},{'Id':1}]}",
             true},
        Pair{"EntitySet keeps duplicates", "{'Rules':[{'Id':1},{'Id':1}]}", "{'Rules':[{'Id':1}]}",
             false},
        Pair{"Set within an EntitySet", "{'Rules':[{'Id':1,'Ports':[1,2]}]}",
             "{'Rules':[{'Id':1,'Ports':[2,1,1]}]}", true},
        Pair{"nested EntitySet", "{'Settings':{'Rules':[{'Id':1},{'Id':2}]}}",
             "{'Settings':{'Rules':[{'Id':2},{'Id':1}]}}", true},
        Pair{"Array order", "{'Steps':[1,2]}", "{'Steps':[2,1]}", false},
        Pair{"nested Array order", "{'Settings':{'Steps':[1,2]}}", "{'Settings':{'Steps':[2,1]}}",
             false},
        Pair{"Array duplicates", "{'Steps':[1,1]}", "{'Steps':[1]}", false},
        Pair{"Atomic order", "{'Fixed':[1,2]}", "{'Fixed':[2,1]}", false},
        Pair{"an array in an array has the collection's hint", "{'Steps':[[1,2]]}",
             "{'Steps':[[2,1]]}", false},
        Pair{"numbers by value", "{'Size':1}", "{'Size':1.0}", true},
        Pair{"json texts", R"({'Policy':'{\'a\':1,\'b\':2}'})",
             R"({'Policy':' {\'b\':2,\'a\':1}'})", true},
        Pair{"json texts that differ", R"({'Policy':'{\'a\':1}'})", R"({'Policy':'{\'a\':2}'})",
             false},
        Pair{"a json text is no object", R"({'Policy':'{\'a\':1}'})", "{'Policy':{'a':1}}", false},
        Pair{"an empty json text is no empty member", "{'Policy':'{}'}", "{}", false},
        Pair{"a broken json text is compared as it is", "{'Policy':'{'}", "{'Policy':'{ '}", false},
        Pair{"a text elsewhere is compared as it is", "{'Size':'{}'}", "{'Size':'{ }'}", false},
        Pair{"members outside Fields count here", "{'Arn':'x'}", "{}", false},
        Pair{"order of members", "{'Size':1,'Kind':'k'}", "{'Kind':'k','Size':1}", true}));

TEST(Normalise, LeavesReferencesAlone) {
  // A reference is a scalar: no member of it is dropped, though one of them is null.
  const Schema schema = box_schema();
  Json reference = reference_to(id("p"), "Value");
  reference.as_object()["$value"] = nullptr;
  const JsonObject document = {{"Size", reference}};
  EXPECT_EQ(normalise(document, schema), document);
  EXPECT_EQ(as_sent(document, schema), document);
}

TEST(Normalise, DoesNotLookIntoOpaqueValues) {
  // Sealed as a whole, they are the same only as they stand; but an empty one is none.
  const Schema schema = box_schema();
  const auto equal = [&](const std::string& left, const std::string& right) {
    return same(normalise(object(left), schema), normalise(object(right), schema));
  };
  EXPECT_FALSE(equal("{'Pin':['a','b']}", "{'Pin':['b','a']}"));
  EXPECT_FALSE(equal("{'Settings':{'Pin':{'a':null}}}", "{}"));
  EXPECT_TRUE(equal("{'Pin':['a','a']}", "{'Pin':['a','a']}"));
  EXPECT_TRUE(equal("{'Pin':[],'Settings':{'Pin':{}}}", "{}"));
}

TEST(HintsAlong, AreThoseOfAllThatAPathLeadsThrough) {
  // The outermost first; what has no hint gives a default one.
  const Schema schema = box_schema();
  const auto hints = hints_along(schema, "Rules.Link.Deep");
  ASSERT_EQ(hints.size(), 3u);
  EXPECT_EQ(hints[0]->update_method, UpdateMethod::kEntitySet);
  EXPECT_EQ(hints[1]->edge, EdgeKind::kAttachesTo);
  EXPECT_EQ(*hints[2], FieldHint());
}

TEST(AsSent, KeepsOrderAndSpelling) {
  // What is sent has nothing empty and no duplicates, the first of which stays, and is otherwise as
  // it was declared.
  const JsonObject sent =
      as_sent(object(R"({'Size':null,'Labels':['b','a','b'],'Rules':[{'Id':2,'X':null},{'Id':1}],
                 'Settings':{'Any':[],'Level':{}},'Policy':' {\'b\':2}','Steps':[]})"),
              box_schema());
  EXPECT_EQ(sent, object(R"({'Labels':['b','a'],'Rules':[{'Id':2,'X':null},{'Id':1}],
                             'Policy':' {\'b\':2}'})"));
}

struct FieldsPair {
  std::string what;
  std::string left;
  std::string right;
  bool equal;
};

TEST(SameFields, LooksAtReadableFieldsOnly) {
  // WriteOnly fields, nested ones too, and properties outside Fields never make a difference.
  const std::vector<FieldsPair> pairs = {
      {"WriteOnly", "{'Name':'n','Secret':'x'}", "{'Name':'n'}", true},
      {"nested WriteOnly", "{'Settings':{'Password':'x','Level':1}}", "{'Settings':{'Level':1}}",
       true},
      {"nested WriteOnly alone", "{'Settings':{'Password':'x'}}", "{}", true},
      {"WriteOnly in an EntitySet", "{'Rules':[{'Id':1,'Token':'x'}]}", "{'Rules':[{'Id':1}]}",
       true},
      {"outside Fields", "{'Name':'n','Arn':'x'}", "{'Name':'n','Arn':'y'}", true},
      {"a field", "{'Name':'n'}", "{'Name':'m'}", false},
      {"a missing field", "{'Name':'n','Size':1}", "{'Name':'n'}", false},
      {"normal form", "{'Labels':['a','b']}", "{'Labels':['b','a'],'Size':null}", true},
  };
  for (const FieldsPair& pair : pairs) {
    EXPECT_EQ(same_fields(object(pair.left), object(pair.right), box_schema()), pair.equal)
        << pair.what;
  }
}

TEST(SameDeclared, SeesWriteOnlyFields) {
  // Declared documents hold the secrets, so there a changed one is a difference.
  EXPECT_FALSE(same_declared(object("{'Secret':'x'}"), object("{'Secret':'y'}"), box_schema()));
  EXPECT_TRUE(same_declared(object("{'Secret':'x'}"), object("{'Secret':'x'}"), box_schema()));
}

TEST(AtPath, FindsNestedMembersAndKeysWithDots) {
  // A path leads through objects, and a key that holds a dot is found as well.
  const JsonObject document = object("{'a.b':{'c':1},'x':{'y.z':2},'l':[{'m':3}]}");
  ASSERT_NE(at_path(document, "a.b.c"), nullptr);
  EXPECT_EQ(*at_path(document, "a.b.c"), 1);
  ASSERT_NE(at_path(document, "x.y.z"), nullptr);
  EXPECT_EQ(*at_path(document, "x.y.z"), 2);
  EXPECT_EQ(at_path(document, "l.m"), nullptr);
  EXPECT_EQ(at_path(document, "a"), nullptr);
}

}  // namespace
}  // namespace squall::spec::normalise_test
