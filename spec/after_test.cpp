#include "spec/after.h"

#include <gtest/gtest.h>

#include <ostream>

#include "base/random.h"
#include "spec/normalise.h"
#include "spec/test_world.h"

namespace squall::spec::after_test {
namespace {

struct Cell {
  std::string what;
  std::string actual;
  std::string wanted;
  std::string reconcile;
  std::string patch;
};

std::ostream& operator<<(std::ostream& out, const Cell& cell) { return out << cell.what; }

class After : public testing::TestWithParam<Cell> {};

TEST_P(After, GivesWhatTheTableSays) {
  // Each cell of the table: the exact document, order included, in both modes.
  const Cell& cell = GetParam();
  const Schema schema = box_schema();
  const auto result = [&](Mode mode) {
    return canonical(after(object(cell.actual), object(cell.wanted), mode, schema));
  };
  EXPECT_EQ(result(Mode::kReconcile), canonical(json(cell.reconcile)));
  EXPECT_EQ(result(Mode::kPatch), canonical(json(cell.patch)));
}

Cell both(std::string what, std::string actual, std::string wanted, const std::string& result) {
  return {std::move(what), std::move(actual), std::move(wanted), result, result};
}

INSTANTIATE_TEST_SUITE_P(
    Absent, After,
    testing::Values(
        both("scalar only in desired", "{}", "{'Size':1}", "{'Size':1}"),
        both("object only in desired", "{}", "{'Settings':{'Level':1,'X':null}}",
             "{'Settings':{'Level':1}}"),
        both("object only in desired, empty in N", "{}", "{'Settings':{'X':{'Y':null}}}", "{}"),
        both("Set only in desired", "{}", "{'Labels':['a','b','a']}", "{'Labels':['a','b']}"),
        both("EntitySet only in desired", "{}", "{'Rules':[{'Id':1}]}", "{'Rules':[{'Id':1}]}"),
        both("Array only in desired", "{}", "{'Steps':[1,1]}", "{'Steps':[1,1]}"),
        both("Atomic only in desired", "{}", "{'Fixed':[1,1]}", "{'Fixed':[1,1]}"),
        both("scalar only in actual", "{'Size':1}", "{}", "{'Size':1}"),
        both("object only in actual", "{'Settings':{'Level':1}}", "{}", "{'Settings':{'Level':1}}"),
        both("Set only in actual", "{'Labels':['a']}", "{}", "{'Labels':['a']}"),
        both("Array only in actual", "{'Steps':[1]}", "{}", "{'Steps':[1]}"),
        both("Atomic only in actual", "{'Fixed':[1]}", "{}", "{'Fixed':[1]}"),
        Cell{"EntitySet only in actual", "{'Rules':[{'Id':1}]}", "{}", "{}",
             "{'Rules':[{'Id':1}]}"},
        both("EntitySet with a provider default only in actual", "{'Defaults':[{'Id':1}]}", "{}",
             "{'Defaults':[{'Id':1}]}"),
        Cell{"nested EntitySet only in actual", "{'Settings':{'Level':1,'Rules':[{'Id':1}]}}",
             "{'Settings':{'Level':1}}", "{'Settings':{'Level':1}}",
             "{'Settings':{'Level':1,'Rules':[{'Id':1}]}}"},
        both("EntitySet below an object that is not mine", "{'Settings':{'Rules':[{'Id':1}]}}",
             "{}", "{'Settings':{'Rules':[{'Id':1}]}}"),
        both("a scalar where an EntitySet belongs", "{'Rules':'odd'}", "{}", "{'Rules':'odd'}")));

INSTANTIATE_TEST_SUITE_P(
    Clearing, After,
    testing::Values(
        both("null clears a scalar", "{'Size':1}", "{'Size':null}", "{}"),
        both("null clears an object", "{'Settings':{'Level':1}}", "{'Settings':null}", "{}"),
        both("null clears a Set", "{'Labels':['a']}", "{'Labels':null}", "{}"),
        both("null clears an EntitySet", "{'Rules':[{'Id':1}]}", "{'Rules':null}", "{}"),
        both("null clears an Array", "{'Steps':[1]}", "{'Steps':null}", "{}"),
        both("null clears an Atomic", "{'Fixed':[1]}", "{'Fixed':null}", "{}"),
        both("null of nothing", "{}", "{'Size':null}", "{}"),
        both("null in a nested object", "{'Settings':{'Level':1,'X':2}}",
             "{'Settings':{'Level':null}}", "{'Settings':{'X':2}}"),
        Cell{"[] clears a Set", "{'Labels':['a']}", "{'Labels':[]}", "{}", "{'Labels':['a']}"},
        Cell{"[] clears an EntitySet", "{'Rules':[{'Id':1}]}", "{'Rules':[]}", "{}",
             "{'Rules':[{'Id':1}]}"},
        Cell{"[] clears an Array", "{'Steps':[1]}", "{'Steps':[]}", "{}", "{'Steps':[1]}"},
        Cell{"[] clears an Atomic", "{'Fixed':[1]}", "{'Fixed':[]}", "{}", "{'Fixed':[1]}"},
        Cell{"[] clears a scalar", "{'Size':1}", "{'Size':[]}", "{}", "{'Size':1}"},
        Cell{"nested [] clears", "{'Settings':{'Steps':[1],'X':2}}", "{'Settings':{'Steps':[]}}",
             "{'Settings':{'X':2}}", "{'Settings':{'Steps':[1],'X':2}}"},
        both("[] of nothing", "{}", "{'Labels':[]}", "{}"),
        both("{} says nothing of an object", "{'Settings':{'Level':1}}", "{'Settings':{}}",
             "{'Settings':{'Level':1}}"),
        both("{} says nothing of a scalar", "{'Size':1}", "{'Size':{}}", "{'Size':1}"),
        both("{} says nothing of an EntitySet", "{'Rules':[{'Id':1}]}", "{'Rules':{}}",
             "{'Rules':[{'Id':1}]}"),
        both("{} of nothing", "{}", "{'Settings':{}}", "{}"),
        both("empty in N says nothing of another type", "{'Settings':1}", "{'Settings':{'X':null}}",
             "{'Settings':1}")));

INSTANTIATE_TEST_SUITE_P(
    Values, After,
    testing::Values(
        both("scalar", "{'Size':1}", "{'Size':2}", "{'Size':2}"),
        both("equal scalar", "{'Size':1.0}", "{'Size':1}", "{'Size':1}"),
        both("scalar of another type", "{'Size':1}", "{'Size':'1'}", "{'Size':'1'}"),
        both("object for a scalar", "{'Size':1}", "{'Size':{'a':1,'b':null}}", "{'Size':{'a':1}}"),
        both("scalar for an object", "{'Settings':{'Level':1}}", "{'Settings':2}",
             "{'Settings':2}"),
        both("array for an object", "{'Settings':{'Level':1}}", "{'Settings':[2,2]}",
             "{'Settings':[2]}"),
        both("scalar for a Set", "{'Labels':['a']}", "{'Labels':'b'}", "{'Labels':'b'}"),
        both("Set for a scalar", "{'Labels':'a'}", "{'Labels':['b']}", "{'Labels':['b']}"),
        both("object, member by member", "{'Settings':{'Level':1,'X':{'Y':1,'Z':2}}}",
             "{'Settings':{'Level':2,'X':{'Z':3},'W':4}}",
             "{'Settings':{'Level':2,'X':{'Y':1,'Z':3},'W':4}}"),
        both("a json text that says the same", R"({'Policy':'{\'a\':1}'})",
             R"({'Policy':'{ \'a\' : 1 }'})", R"({'Policy':'{\'a\':1}'})"),
        both("a json text that says something else", R"({'Policy':'{\'a\':1}'})",
             R"({'Policy':'{\'a\':2}'})", R"({'Policy':'{\'a\':2}'})"),
        both("read-only properties stay", "{'Arn':'x','Size':1}", "{'Arn':'y','Size':2}",
             "{'Arn':'x','Size':2}"),
        both("properties outside Fields are not added", "{}", "{'Arn':'y'}", "{}"),
        both("Opaque: an object is replaced whole", "{'Pin':{'A':1,'B':1}}", "{'Pin':{'A':2}}",
             "{'Pin':{'A':2}}"),
        both("Opaque: a collection is replaced whole", "{'Pin':['a','b']}", "{'Pin':['b']}",
             "{'Pin':['b']}"),
        both("RequiredOnUpdate: what is sent along changes nothing", "{'Revision':1,'Size':1}",
             "{'Revision':1,'Size':2}", "{'Revision':1,'Size':2}"),
        both("WriteOnly is part of the document", "{}", "{'Secret':'x'}", "{'Secret':'x'}"),
        both("key with a dot", "{'a.b':1}", "{'a.b':2}", "{'a.b':2}")));

INSTANTIATE_TEST_SUITE_P(
    Collections, After,
    testing::Values(
        Cell{"Set: extras and missing", "{'Labels':['a','b','c']}", "{'Labels':['d','c','a','e']}",
             "{'Labels':['a','c','d','e']}", "{'Labels':['a','b','c','d','e']}"},
        both("Set: missing duplicates are added once", "{'Labels':['a']}",
             "{'Labels':['a','b','b']}", "{'Labels':['a','b']}"),
        Cell{"Set of objects", "{'Labels':[{'x':1},{'x':2}]}", "{'Labels':[{'x':2},{'x':3}]}",
             "{'Labels':[{'x':2},{'x':3}]}", "{'Labels':[{'x':1},{'x':2},{'x':3}]}"},
        Cell{"Set: equal elements in N", "{'Labels':[[1,2],[3]]}", "{'Labels':[[2,1]]}",
             "{'Labels':[[1,2]]}", "{'Labels':[[1,2],[3]]}"},
        Cell{"EntitySet: unknown, known and new keys",
             "{'Rules':[{'Id':1,'A':1},{'Id':2,'A':1,'B':1},{'Id':3}]}",
             "{'Rules':[{'Id':4,'X':null},{'Id':2,'A':2},{'Id':3}]}",
             "{'Rules':[{'Id':2,'A':2,'B':1},{'Id':3},{'Id':4,'X':null}]}",
             "{'Rules':[{'Id':1,'A':1},{'Id':2,'A':2,'B':1},{'Id':3},{'Id':4,'X':null}]}"},
        Cell{"EntitySet: elements without a key", "{'Rules':[7,{'A':1},{'Id':1}]}",
             "{'Rules':[{'Id':1}]}", "{'Rules':[{'Id':1}]}", "{'Rules':[7,{'A':1},{'Id':1}]}"},
        Cell{"EntitySet: Set in an element", "{'Rules':[{'Id':1,'Ports':[1,2]}]}",
             "{'Rules':[{'Id':1,'Ports':[2,3]}]}", "{'Rules':[{'Id':1,'Ports':[2,3]}]}",
             "{'Rules':[{'Id':1,'Ports':[1,2,3]}]}"},
        both("EntitySet: null in an element clears", "{'Rules':[{'Id':1,'A':1}]}",
             "{'Rules':[{'Id':1,'A':null}]}", "{'Rules':[{'Id':1}]}"),
        Cell{"EntitySet: [] in an element", "{'Rules':[{'Id':1,'Ports':[1]}]}",
             "{'Rules':[{'Id':1,'Ports':[]}]}", "{'Rules':[{'Id':1}]}",
             "{'Rules':[{'Id':1,'Ports':[1]}]}"},
        both("EntitySet: keys by value", "{'Rules':[{'Id':1.0,'A':1}]}",
             "{'Rules':[{'Id':1,'A':2}]}", "{'Rules':[{'Id':1,'A':2}]}"),
        Cell{"nested EntitySet", "{'Settings':{'Rules':[{'Id':1},{'Id':2}]}}",
             "{'Settings':{'Rules':[{'Id':2,'A':1}]}}", "{'Settings':{'Rules':[{'Id':2,'A':1}]}}",
             "{'Settings':{'Rules':[{'Id':1},{'Id':2,'A':1}]}}"},
        both("Array: equal length", "{'Steps':[1,{'A':1,'B':1},[1,2],'x']}",
             "{'Steps':[2,{'A':2},[2],{'C':1}]}", "{'Steps':[2,{'A':2,'B':1},[2],{'C':1}]}"),
        both("Array: other length", "{'Steps':[{'A':1,'B':1},2]}", "{'Steps':[{'A':1}]}",
             "{'Steps':[{'A':1}]}"),
        both("Array: null as an element", "{'Steps':[1,2]}", "{'Steps':[null,2]}",
             "{'Steps':[null,2]}"),
        both("nested Array", "{'Settings':{'Steps':[{'A':1,'B':1}]}}",
             "{'Settings':{'Steps':[{'A':2}]}}", "{'Settings':{'Steps':[{'A':2,'B':1}]}}"),
        both("Atomic: differs", "{'Fixed':[{'A':1,'B':1}]}", "{'Fixed':[{'A':1}]}",
             "{'Fixed':[{'A':1}]}"),
        both("Atomic: another order differs", "{'Fixed':[1,2]}", "{'Fixed':[2,1]}",
             "{'Fixed':[2,1]}"),
        both("Atomic: equal", "{'Fixed':[{'A':1.0}]}", "{'Fixed':[{'A':1}]}",
             "{'Fixed':[{'A':1}]}"),
        both("Atomic object", "{'Fixed':{'A':1,'B':1}}", "{'Fixed':{'A':1}}", "{'Fixed':{'A':1}}"),
        both("EntitySet: an element as it is wanted keeps its nulls",
             "{'Rules':[{'Id':1,'A':null,'Ports':[]}]}", "{'Rules':[{'Id':1,'A':null,'Ports':[]}]}",
             "{'Rules':[{'Id':1,'A':null,'Ports':[]}]}"),
        both("EntitySet: an element that is equal in N keeps its nulls",
             "{'Rules':[{'Id':1,'A':null,'Ports':[1,2]}]}",
             "{'Rules':[{'Id':1,'A':null,'Ports':[2,1,1]}]}",
             "{'Rules':[{'Id':1,'A':null,'Ports':[1,2]}]}"),
        both("EntitySet: a null clears where something else differs",
             "{'Rules':[{'Id':1,'A':null,'B':1}]}", "{'Rules':[{'Id':1,'A':null,'B':2}]}",
             "{'Rules':[{'Id':1,'B':2}]}"),
        both("Array: an element as it is wanted keeps its nulls", "{'Steps':[{'A':null},1]}",
             "{'Steps':[{'A':null},2]}", "{'Steps':[{'A':null},2]}"),
        both("nested Atomic", "{'Settings':{'Fixed':[1,2],'X':1}}", "{'Settings':{'Fixed':[2]}}",
             "{'Settings':{'Fixed':[2],'X':1}}")));

TEST(After, TakesReferencesAsScalars) {
  // A reference replaces and is replaced whole, and counts as one element of a Set.
  const Json first = reference_to(id("p"), "Value");
  const Json second = reference_to(id("q"), "Value");
  const JsonObject actual = {{"Size", first}, {"Settings", second}, {"Labels", {first, "a"}}};
  const JsonObject wanted = {
      {"Size", second}, {"Settings", {{"Level", 1}}}, {"Labels", {second, first}}};
  const JsonObject expected = {
      {"Size", second}, {"Settings", {{"Level", 1}}}, {"Labels", {first, second}}};
  EXPECT_EQ(after(actual, wanted, Mode::kReconcile, box_schema()), expected);
}

TEST(After, LeavesWhatIsNotMentionedInPlace) {
  // Members keep the order of the actual document; new ones follow in the order of the desired one.
  const JsonObject result =
      after(object("{'Size':1,'Kind':'k'}"), object("{'Policy':'p','Kind':'l','Name':'n'}"),
            Mode::kPatch, box_schema());
  std::string keys;
  for (const auto& entry : result) keys.append(entry.key()).append(" ");
  EXPECT_EQ(keys, "Size Kind Policy Name ");
}

TEST(DifferenceIsEmpty, SeesWhatReadsShow) {
  // N of what is there and of what would be; RequiredOnUpdate makes no difference by itself.
  const JsonObject actual = object("{'Name':'n','Arn':'x','Revision':1}");
  const auto empty = [&](const std::string& wanted) {
    return difference_is_empty(actual, {}, object(wanted), Mode::kReconcile, box_schema());
  };
  EXPECT_TRUE(empty("{'Name':'n','Labels':[],'Size':null}"));
  EXPECT_TRUE(empty("{'Name':'n','Revision':1,'Arn':'y'}"));
  EXPECT_FALSE(empty("{'Name':'m'}"));
  EXPECT_FALSE(empty("{'Name':null}"));
}

TEST(DifferenceIsEmpty, ComparesWriteOnlyWithWhatWasDeclared) {
  // Reads never show a secret, and what they may show of it does not count; one that is not wanted
  // any more is left alone, and null clears it.
  const auto empty = [&](const std::string& wanted) {
    return difference_is_empty(object("{'Name':'n','Secret':'shown','Rules':[{'Id':2},{'Id':1}]}"),
                               object("{'Name':'n','Secret':'s','Settings':{'Password':'p'},"
                                      "'Rules':[{'Id':1,'Token':'t'},{'Id':2}]}"),
                               object(wanted), Mode::kReconcile, box_schema());
  };
  const std::string rules = "'Rules':[{'Id':1,'Token':'t'},{'Id':2}]";
  EXPECT_TRUE(empty("{'Secret':'s','Settings':{'Password':'p'}," + rules + "}"));
  EXPECT_TRUE(empty("{" + rules + "}"));
  EXPECT_TRUE(empty("{'Rules':[{'Id':1},{'Id':2}]}"));
  EXPECT_FALSE(empty("{'Secret':'shown'," + rules + "}"));
  EXPECT_FALSE(empty("{'Secret':null," + rules + "}"));
  EXPECT_FALSE(empty("{'Settings':{'Password':'q'}," + rules + "}"));
  EXPECT_FALSE(empty("{'Rules':[{'Id':1,'Token':'u'},{'Id':2}]}"));
  EXPECT_FALSE(empty("{'Rules':[{'Id':1,'Token':'t'},{'Id':2,'Token':'t'}]}"));
}

TEST(DeclaredAfter, ReconcileForgetsAndPatchMerges) {
  // Reconcile keeps what was declared last, patch what was declared altogether.
  const JsonObject before = object("{'Size':1,'Kind':'k','Labels':['a']}");
  const JsonObject desired = object("{'Kind':null,'Labels':['b','b'],'Steps':[],'Settings':{}}");
  EXPECT_EQ(declared_after(before, desired, Mode::kReconcile, box_schema()),
            object("{'Labels':['b']}"));
  EXPECT_EQ(declared_after(before, desired, Mode::kPatch, box_schema()),
            object("{'Size':1,'Labels':['a','b']}"));
  EXPECT_EQ(declared_after({}, desired, Mode::kPatch, box_schema()), object("{'Labels':['b']}"));
}

// Draws documents with few values, so that most of them meet in every way.
class Documents {
 public:
  explicit Documents(uint64_t seed) : random_(seed) {}

  JsonObject next() {
    JsonObject out = members(2);
    if (random_.chance(500)) out["Settings"] = members(1);
    return out;
  }

 private:
  Json scalar() { return static_cast<int64_t>(random_.below(3)); }

  Json element(bool keyed, uint64_t key) {
    if (!keyed) return scalar();
    JsonObject out = {{"Id", key}};
    if (random_.chance(500)) out["A"] = scalar();
    if (random_.chance(100)) out["A"] = nullptr;
    if (random_.chance(300)) out["Ports"] = {scalar(), scalar()};
    return out;
  }

  Json collection(bool keyed) {
    JsonArray out;
    for (uint64_t key = 0; key < 3; ++key) {
      if (random_.chance(500)) out.push_back(element(keyed, key));
    }
    return out;
  }

  JsonObject members(int depth) {
    JsonObject out;
    for (const char* name : {"Size", "Labels", "Rules", "Steps", "Fixed"}) {
      const bool keyed = std::string_view(name) == "Rules";
      if (random_.chance(300)) continue;
      if (random_.chance(100)) {
        out[name] = nullptr;
      } else if (std::string_view(name) == "Size" || random_.chance(50)) {
        out[name] = depth > 0 && random_.chance(300) ? Json(members(0)) : scalar();
      } else {
        out[name] = collection(keyed);
      }
    }
    return out;
  }

  Random random_;
};

TEST(After, IsSettledAfterOneApplication) {
  // Applied a second time, the same document finds nothing to do.
  const Schema schema = box_schema();
  Documents documents(1);
  for (int i = 0; i < 2000; ++i) {
    const JsonObject actual = as_sent(documents.next(), schema);
    const JsonObject wanted = documents.next();
    for (const Mode mode : {Mode::kReconcile, Mode::kPatch}) {
      const JsonObject once = after(actual, wanted, mode, schema);
      EXPECT_TRUE(difference_is_empty(once, {}, wanted, mode, schema))
          << actual << " " << wanted << " " << once;
    }
  }
}

TEST(After, NormalFormIsAFixedPoint) {
  // N of N is N, what is sent has the same N, and what is sent once is sent unchanged again.
  const Schema schema = box_schema();
  Documents documents(2);
  for (int i = 0; i < 2000; ++i) {
    const JsonObject document = documents.next();
    const JsonObject normal = normalise(document, schema);
    const JsonObject sent = as_sent(document, schema);
    EXPECT_TRUE(same(normal, normalise(normal, schema))) << document;
    EXPECT_TRUE(same(normal, normalise(sent, schema))) << document;
    EXPECT_TRUE(same(sent, as_sent(sent, schema))) << document;
  }
}

}  // namespace
}  // namespace squall::spec::after_test
