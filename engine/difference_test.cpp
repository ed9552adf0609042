#include "engine/difference.h"

#include <gtest/gtest.h>

#include "documents/patch.h"
#include "engine/normal_form.h"
#include "engine/test_env.h"

namespace squall::engine::difference_test {
namespace {

Schema schema() {
  Schema out;
  out.type = "Test::Generic::Everything";
  out.fields = {"A",      "B",     "Object", "Set",  "Entities", "Array",
                "Atomic", "Fixed", "Secret", "Sent", "Defaults"};
  out.hints["Entities"].update_method = UpdateMethod::kEntitySet;
  out.hints["Entities"].index_field = "Key";
  // A new hint moves the others.
  const FieldHint entities = out.hints["Entities"];
  out.hints["Defaults"] = entities;
  out.hints["Defaults"].has_provider_default = true;
  out.hints["Array"].update_method = UpdateMethod::kArray;
  out.hints["Atomic"].update_method = UpdateMethod::kAtomic;
  out.hints["Fixed"].create_only = true;
  out.hints["Secret"].write_only = true;
  out.hints["Sent"].required_on_update = true;
  return out;
}

Difference between(std::string_view actual, std::string_view desired, Mode mode) {
  return difference(schema(), json(actual).as_object(), {}, json(desired).as_object(), mode);
}

struct Cell {
  const char* what;
  const char* actual;
  const char* desired;
  const char* reconciled;  // after; "=": nothing to do
  const char* patched;
};

// engine.md §3, cell by cell, and the rules' words on each.
constexpr Cell kTable[] = {
    {"key only in desired", R"({"A":1})", R"({"B":2})", R"({"A":1,"B":2})", R"({"A":1,"B":2})"},
    {"its normal form is added", "{}", R"({"Object":{"X":null,"Y":1},"Set":[2,2]})",
     R"({"Object":{"Y":1},"Set":[2]})", R"({"Object":{"Y":1},"Set":[2]})"},
    {"nothing is added of nothing", R"({"A":1})", R"({"Object":{"X":null},"B":null,"Set":[]})", "=",
     "="},
    {"key only in actual, EntitySet", R"({"A":1,"Entities":[{"Key":"k"}]})", R"({"A":1})",
     R"({"A":1})", "="},
    {"key only in actual, other", R"({"A":1,"Set":[1],"Array":[1],"Object":{"X":1}})", R"({"A":1})",
     "=", "="},
    {"scalar differs", R"({"A":1})", R"({"A":2})", R"({"A":2})", R"({"A":2})"},
    {"type differs", R"({"A":1})", R"({"A":[2]})", R"({"A":[2]})", R"({"A":[2]})"},
    {"object", R"({"Object":{"X":1,"Y":1}})", R"({"Object":{"X":2,"Z":3}})",
     R"({"Object":{"X":2,"Y":1,"Z":3}})", R"({"Object":{"X":2,"Y":1,"Z":3}})"},
    {"Set", R"({"Set":[1,2,3]})", R"({"Set":[4,3,5]})", R"({"Set":[3,4,5]})",
     R"({"Set":[1,2,3,4,5]})"},
    {"Set in another order", R"({"Set":[1,2]})", R"({"Set":[2,1]})", "=", "="},
    {"EntitySet", R"({"Entities":[{"Key":"x"},{"Key":"y","V":1,"W":1}]})",
     R"({"Entities":[{"Key":"z"},{"Key":"y","V":2}]})",
     R"({"Entities":[{"Key":"y","V":2,"W":1},{"Key":"z"}]})",
     R"({"Entities":[{"Key":"x"},{"Key":"y","V":2,"W":1},{"Key":"z"}]})"},
    {"Array of equal length", R"({"Array":[1,{"X":1,"Y":1},[1]]})",
     R"({"Array":[2,{"X":2},[1,2]]})", R"({"Array":[2,{"X":2,"Y":1},[1,2]]})",
     R"({"Array":[2,{"X":2,"Y":1},[1,2]]})"},
    {"Array of another length", R"({"Array":[1,2]})", R"({"Array":[2]})", R"({"Array":[2]})",
     R"({"Array":[2]})"},
    {"Array in another order", R"({"Array":[1,2]})", R"({"Array":[2,1]})", R"({"Array":[2,1]})",
     R"({"Array":[2,1]})"},
    {"Atomic", R"({"Atomic":[1,2]})", R"({"Atomic":[2,1]})", R"({"Atomic":[2,1]})",
     R"({"Atomic":[2,1]})"},
    {"desired null", R"({"A":1,"Set":[1]})", R"({"A":null,"Set":null})", "{}", "{}"},
    {"desired []", R"({"Set":[1],"Array":[1],"Entities":[{"Key":"k"}]})",
     R"({"Set":[],"Array":[],"Entities":[]})", "{}", "="},
    {"desired {}", R"({"Object":{"X":1}})", R"({"Object":{}})", "=", "="},
    {"null inside an object", R"({"Object":{"X":1,"Y":1}})", R"({"Object":{"X":null}})",
     R"({"Object":{"Y":1}})", R"({"Object":{"Y":1}})"},
    {"null inside an entity", R"({"Entities":[{"Key":"k","V":1}]})",
     R"({"Entities":[{"Key":"k","V":null}]})", R"({"Entities":[{"Key":"k"}]})",
     R"({"Entities":[{"Key":"k"}]})"},
    {"properties that are no fields", R"({"A":1,"Id":"x"})", R"({"A":1,"Id":"y","Other":1})", "=",
     "="},
    {"WriteOnly", R"({"A":1})", R"({"A":1,"Secret":"x"})", R"({"A":1,"Secret":"x"})",
     R"({"A":1,"Secret":"x"})"},
    {"EntitySet with a provider's default", R"({"A":1,"Defaults":[{"Key":"k"}]})", R"({"A":1})",
     "=", "="},
    {"equal elements are left alone", R"({"Entities":[{"Key":"k","V":[],"W":null}]})",
     R"({"Entities":[{"Key":"k","V":[],"W":null}]})", "=", "="},
    {"RequiredOnUpdate goes along", R"({"A":1,"Sent":5})", R"({"A":2,"Sent":5})",
     R"({"A":2,"Sent":5})", R"({"A":2,"Sent":5})"},
    {"RequiredOnUpdate is no reason", R"({"A":1,"Sent":5})", R"({"A":1,"Sent":5})", "=", "="},
};

// Shows: each cell of the table, in both modes; the patch applied to the actual document gives
// `after`; and applying the same again finds no difference.
TEST(Difference, TheTable) {
  for (const Cell& cell : kTable) {
    for (const Mode mode : {Mode::kReconcile, Mode::kPatch}) {
      SCOPED_TRACE(::testing::Message() << cell.what << ", " << to_string(mode));
      const std::string_view after = mode == Mode::kReconcile ? cell.reconciled : cell.patched;
      const Difference change = between(cell.actual, cell.desired, mode);
      EXPECT_EQ(change.empty(), after == "=") << canonical(change.patch);
      EXPECT_EQ(canonical(change.after), canonical(json(after == "=" ? cell.actual : after)));

      Json patched = json(cell.actual);
      const Result<void> applied = apply_patch(patched, change.patch);
      ASSERT_TRUE(applied.has_value()) << applied.error().message << canonical(change.patch);
      EXPECT_EQ(canonical(patched), canonical(change.after));

      const Difference again =
          difference(schema(), change.after, {}, json(cell.desired).as_object(), mode);
      EXPECT_TRUE(again.empty()) << canonical(again.patch);
    }
  }
}

// Shows: a WriteOnly field is compared with the value asked for last, and is sent so that it does
// not matter whether the cloud still holds it; absent, it stays; null takes it away.
TEST(Difference, WriteOnlyIsComparedWithValues) {
  const auto patch = [](std::string_view actual, std::string_view values,
                        std::string_view desired) {
    return canonical(difference(schema(), json(actual).as_object(), json(values).as_object(),
                                json(desired).as_object(), Mode::kReconcile)
                         .patch);
  };
  EXPECT_EQ(patch("{}", R"({"Secret":"x"})", R"({"Secret":"x"})"), "[]");
  EXPECT_EQ(patch(R"({"Secret":"hidden"})", R"({"Secret":"x"})", R"({"Secret":"x"})"), "[]");
  EXPECT_EQ(patch("{}", R"({"Secret":"x"})", R"({"Secret":"y"})"),
            R"([{"op":"add","path":"/Secret","value":"y"}])");
  EXPECT_EQ(patch("{}", R"({"Secret":"x"})", "{}"), "[]");
  EXPECT_EQ(patch("{}", R"({"Secret":"x"})", R"({"Secret":null})"),
            R"([{"op":"remove","path":"/Secret"}])");
}

// Shows: what RequiredOnUpdate asks for is sent once, as a whole, and not where it is part of the
// difference anyway.
TEST(Difference, RequiredOnUpdateIsSentOnce) {
  const auto patch = [](std::string_view actual, std::string_view desired) {
    return canonical(between(actual, desired, Mode::kReconcile).patch);
  };
  EXPECT_EQ(patch(R"({"A":1,"Sent":5})", R"({"A":2,"Sent":5})"),
            R"([{"op":"replace","path":"/A","value":2},{"op":"add","path":"/Sent","value":5}])");
  EXPECT_EQ(patch(R"({"A":1,"Sent":5})", R"({"Sent":6})"),
            R"([{"op":"replace","path":"/Sent","value":6}])");
  EXPECT_EQ(patch(R"({"A":1,"Sent":5})", R"({"A":2})"),
            R"([{"op":"replace","path":"/A","value":2}])");
}

// Shows: tokens of a pointer are escaped.
TEST(Difference, EscapesPointers) {
  const Difference change =
      between(R"({"Object":{"a/b~c":1}})", R"({"Object":{"a/b~c":2}})", Mode::kReconcile);
  EXPECT_EQ(canonical(change.patch), R"([{"op":"replace","path":"/Object/a~1b~0c","value":2}])");
}

// Shows: a CreateOnly field that is on both sides and differs is named; one that is new, absent, or
// not known yet is not.
TEST(Difference, NamesCreateOnlyFields) {
  const Mode mode = Mode::kReconcile;
  EXPECT_EQ(between(R"({"Fixed":1})", R"({"Fixed":2})", mode).create_only,
            std::vector<std::string>{"Fixed"});
  EXPECT_TRUE(between("{}", R"({"Fixed":2})", mode).create_only.empty());
  EXPECT_TRUE(between(R"({"Fixed":1})", "{}", mode).create_only.empty());
  const std::string reference = canonical(to_json(Reference{{"s", "a", "T"}, "P"}));
  const Difference unknown = between(R"({"Fixed":1})", R"({"Fixed":)" + reference + "}", mode);
  EXPECT_TRUE(unknown.create_only.empty());
  EXPECT_FALSE(unknown.empty());
}

// Shows: what a row declares after a reconcile is the desired document, after a patch what was
// declared and what the patch adds; WriteOnly fields belong to it.
TEST(Difference, DeclaredAfter) {
  const auto after = [](std::string_view before, std::string_view desired, Mode mode) {
    return canonical(
        declared_after(schema(), json(before).as_object(), json(desired).as_object(), mode));
  };
  const char* before = R"({"A":1,"Set":[1]})";
  const char* desired = R"({"B":null,"Set":[2],"Secret":"x"})";
  EXPECT_EQ(after(before, desired, Mode::kReconcile), R"({"Secret":"x","Set":[2]})");
  EXPECT_EQ(after(before, desired, Mode::kPatch), R"({"A":1,"Secret":"x","Set":[1,2]})");
  EXPECT_EQ(after(before, R"({"A":null})", Mode::kPatch), R"({"Set":[1]})");
}

}  // namespace
}  // namespace squall::engine::difference_test
