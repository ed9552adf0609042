#include "engine/record_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/record_members.h"

namespace squall::engine::record_json_test {
namespace {

using testing::HasSubstr;

// ---- are two records equal, in every member?

template <class T>
bool equal(const T& a, const T& b) {
  return a == b;
}
template <HasMembers T>
bool equal(const T& a, const T& b);
template <class T>
bool equal(const std::optional<T>& a, const std::optional<T>& b) {
  return a.has_value() == b.has_value() && (!a || equal(*a, *b));
}
template <class T>
bool equal(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const T& x, const T& y) { return equal(x, y); });
}
bool equal(const std::shared_ptr<const PlannedUpdate>& a,
           const std::shared_ptr<const PlannedUpdate>& b) {
  return (a == nullptr) == (b == nullptr) && (a == nullptr || equal(*a, *b));
}
template <HasMembers T>
bool equal(const T& a, const T& b) {
  return [&]<size_t... I>(const auto& x, const auto& y, std::index_sequence<I...>) {
    return (equal(std::get<I>(x), std::get<I>(y)) && ...);
  }(Members<T>::of(a), Members<T>::of(b), std::make_index_sequence<Members<T>::kNames.size()>());
}
bool equal(const Record& a, const Record& b) {
  if (a.value.index() != b.value.index()) return false;
  return std::visit(
      [&](const auto& value) {
        return equal(value, std::get<std::decay_t<decltype(value)>>(b.value));
      },
      a.value);
}

// ---- records with everything in them; each value is another one

const ResourceIdentity kParent = {"stack", "parent", "Test::Generic::Resource"};
const ResourceIdentity kChild = {"stack", "child", "Test::Generic::Child"};

Json json(std::string_view text) { return *parse_json(text); }
Document document(std::string_view name) { return {{"Name", Json(name)}, {"Size", Json(1)}}; }

ResourceRow full_row() {
  ResourceRow row;
  row.ksuid = "2ABC";
  row.identity = kParent;
  row.target = "target";
  row.native_id = "vpc-1";
  row.version = 7;
  row.declared = document("declared");
  row.values = document("values");
  row.echo = document("echo");
  row.actual = document("actual");
  row.read_only = document("read only");
  row.is_declared = true;
  row.unsettled = Unsettled{UpdateOperation::kDelete, Mode::kPatch,        "token",
                            document("wanted"),       document("declare"), document("value")};
  return row;
}
StoredCommand full_command() {
  return {"2CMD",
          9,
          CommandKind::kDestroy,
          Mode::kReconcile,
          Source::kSynchronizer,
          true,
          "client",
          instant_at(1'234'567),
          3};
}
PlannedUpdate full_plan() {
  PlannedUpdate plan;
  plan.identity = kChild;
  plan.ksuid = "2DEF";
  plan.operation = UpdateOperation::kDelete;
  plan.target = "target";
  plan.desired = document("desired");
  plan.references = {kParent, kChild};
  plan.waits_for = {0, 4};
  plan.producers = {{kParent, "vpc-1", "target"}, {kChild, "", "other"}};
  plan.is_cascade = true;
  plan.is_half_of_replace = true;
  plan.group_id = "2GRP";
  return plan;
}
StoredUpdate full_update() {
  StoredUpdate update;
  update.command = "2CMD";
  update.position = 12;
  update.plan = std::make_shared<const PlannedUpdate>(full_plan());
  update.state = UpdateState::kFailed;
  update.error = "an \"error\"\nof two lines";
  update.because_of = kParent;
  update.error_code = ErrorCode::kThrottling;
  update.native_id = "vpc-2";
  update.attempts = 2;
  update.intent =
      Intent{UpdateOperation::kUpdate, "token", document("wanted"), document("resolved"),
             document("declared"),     5,       "request"};
  update.ended = instant_at(-1);
  return update;
}
StoredTarget full_target() {
  return {Target{"target", "Test", json(R"({"region":"x"})"), true, 4}};
}

std::string text_of(auto value) { return to_text(Record{std::move(value)}); }

template <class T>
void expect_back(std::string_view key, const T& value) {
  const Record record{value};
  const auto back = parse_record(key, to_text(record));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_TRUE(equal(record, **back)) << to_text(record) << "\n" << to_text(**back);
}

// Shows: every member of every record comes back, each set to what is not its default.
TEST(RecordJson, GivesBackEveryMember) {
  expect_back("row/2ABC", full_row());
  expect_back("command/2CMD", full_command());
  expect_back("update/2CMD/00000012", full_update());
  expect_back("target/target", full_target());
  expect_back("idempotency/a/b", IdempotencyKey{"a/b", "2CMD"});
}

// Shows: no member of the full records has its default, so that the tests above test them all.
TEST(RecordJson, TheFullRecordsAreFull) {
  const auto expect_full = []<class T>(const T& value) {
    for_each_member_of<T>(value,
                          [](std::string_view name, const auto& member, const auto& otherwise) {
                            EXPECT_FALSE(equal(member, otherwise)) << name;
                          });
  };
  expect_full(full_row());
  expect_full(*full_row().unsettled);
  expect_full(full_command());
  expect_full(full_plan());
  expect_full(full_plan().producers.front());
  expect_full(full_update());
  expect_full(*full_update().intent);
  expect_full(full_target().target);
}

// Shows: every member may have its default instead.
TEST(RecordJson, GivesBackDefaults) {
  expect_back("row/", ResourceRow{});
  expect_back("command/", StoredCommand{});
  expect_back("target/", StoredTarget{});
  expect_back("idempotency/", IdempotencyKey{});
  StoredUpdate update;
  update.plan = std::make_shared<const PlannedUpdate>();
  expect_back("update//00000000", update);
  update.intent.emplace();
  expect_back("update//00000000", update);
  ResourceRow row;
  row.unsettled.emplace();
  expect_back("row/", row);
}

// Shows: the texts as they are stored. Who changes one changes the format: stores that exist hold
// these.
TEST(RecordJson, WritesFormat1) {
  EXPECT_EQ(text_of(full_row()),
            R"({"format":1,"ksuid":"2ABC","identity":["stack","parent","Test::Generic::Resource"],)"
            R"("target":"target","native_id":"vpc-1","version":7,)"
            R"("declared":{"Name":"declared","Size":1},"values":{"Name":"values","Size":1},)"
            R"("echo":{"Name":"echo","Size":1},"actual":{"Name":"actual","Size":1},)"
            R"("read_only":{"Name":"read only","Size":1},"is_declared":true,)"
            R"("unsettled":{"operation":"delete","mode":"patch","token":"token",)"
            R"("wanted":{"Name":"wanted","Size":1},"declared":{"Name":"declare","Size":1},)"
            R"("values":{"Name":"value","Size":1}}})");
  EXPECT_EQ(text_of(full_command()),
            R"({"format":1,"id":"2CMD","sequence":9,"kind":"destroy","mode":"reconcile",)"
            R"("source":"synchronizer","force":true,"client_id":"client","started":1234567,)"
            R"("update_count":3})");
  EXPECT_EQ(
      text_of(full_update()),
      R"({"format":1,"command":"2CMD","position":12,)"
      R"("plan":{"identity":["stack","child","Test::Generic::Child"],"ksuid":"2DEF",)"
      R"("operation":"delete","target":"target","desired":{"Name":"desired","Size":1},)"
      R"("references":[["stack","parent","Test::Generic::Resource"],)"
      R"(["stack","child","Test::Generic::Child"]],"waits_for":[0,4],)"
      R"("producers":[{"identity":["stack","parent","Test::Generic::Resource"],)"
      R"("native_id":"vpc-1","target":"target"},)"
      R"({"identity":["stack","child","Test::Generic::Child"],"target":"other"}],)"
      R"("is_cascade":true,"is_half_of_replace":true,"group_id":"2GRP"},"state":"Failed",)"
      R"("error":"an \"error\"\nof two lines",)"
      R"("because_of":["stack","parent","Test::Generic::Resource"],"error_code":"Throttling",)"
      R"("native_id":"vpc-2","attempts":2,)"
      R"("intent":{"operation":"update","token":"token","wanted":{"Name":"wanted","Size":1},)"
      R"("resolved":{"Name":"resolved","Size":1},"declared":{"Name":"declared","Size":1},)"
      R"("version":5,"request_id":"request"},"ended":-1})");
  EXPECT_EQ(text_of(full_target()), R"({"format":1,"target":{"label":"target","name_space":"Test",)"
                                    R"("config":{"region":"x"},"discoverable":true,"version":4}})");
  EXPECT_EQ(text_of(IdempotencyKey{"k", "2CMD"}), R"({"format":1,"key":"k","command":"2CMD"})");
  EXPECT_EQ(text_of(ResourceRow{}), R"({"format":1})");
}

// Shows: documents that are one object in memory are written once, and are one object when they
// come back.
TEST(RecordJson, SharedDocumentsStayShared) {
  ResourceRow row = full_row();
  row.values = row.declared;
  row.echo = row.actual;
  row.unsettled->values = row.declared;
  const std::string text = text_of(row);
  EXPECT_THAT(text, HasSubstr(R"("values":0,)"));
  expect_back("row/2ABC", row);
  const auto back = parse_record("row/2ABC", text);
  const auto& read = std::get<ResourceRow>((*back)->value);
  EXPECT_TRUE(read.values.is_copy_of(read.declared));
  EXPECT_TRUE(read.echo.is_copy_of(read.actual));
  EXPECT_TRUE(read.unsettled->values.is_copy_of(read.declared));
  EXPECT_FALSE(read.actual.is_copy_of(read.declared));
}

// Shows: the text of an update has the plan's text in it, also where both share a document.
TEST(RecordJson, APlanIsWrittenForItself) {
  StoredUpdate update = full_update();
  update.intent->wanted = update.plan->desired;
  const std::string text = text_of(update);
  EXPECT_THAT(text, HasSubstr(R"("wanted":{"Name":"desired","Size":1})"));
  expect_back("update/2CMD/00000012", update);
}

// Shows: an update in two parts gives the same record, and the changing part has no plan in it.
TEST(RecordJson, ReadsAnUpdateInTwoParts) {
  const StoredUpdate update = full_update();
  std::string text;
  std::string plan;
  append_text_without_plan(text, update);
  append_text(plan, *update.plan);
  EXPECT_THAT(text, testing::Not(HasSubstr("plan")));
  const auto back = parse_record("update/2CMD/00000012", text, plan);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_TRUE(equal(Record{update}, **back));
  EXPECT_THAT(parse_record("update/2CMD/00000012", text).error().message,
              HasSubstr("$.plan: an update must have its plan"));
}

// Shows: documents keep their numbers and bytes exactly, however deep they nest.
TEST(RecordJson, KeepsDocumentsExactly) {
  ResourceRow row;
  row.ksuid = "k";
  row.native_id = "no \xff utf-8";
  Json deep = JsonArray();
  for (int i = 0; i < 200; ++i) deep = JsonArray{deep};
  row.actual = {{"a", 0.1 + 0.2}, {"b", 1.0}, {"c", UINT64_MAX}, {"d", deep}, {"e", "\xfe"}};
  expect_back("row/k", row);
}

std::string error_for(std::string_view key, std::string_view text) {
  const auto read = parse_record(key, text);
  return read ? "no error" : read.error().message;
}

// Shows: whatever makes no sense is an error that names the record and the place in it.
TEST(RecordJson, NamesWhatMakesNoSense) {
  const auto expect = [](std::string_view key, std::string_view text, std::string_view error) {
    EXPECT_THAT(error_for(key, text), HasSubstr(std::string(error)));
    EXPECT_THAT(error_for(key, text), HasSubstr("cannot read record " + std::string(key)));
  };
  expect("row/k", "nonsense", "cannot read JSON");
  expect("row/k", "[]", "$: must be an object, and is an array");
  expect("row/k", "{}", "$.format: must be the number of the text's format");
  expect("row/k", R"({"format":2})", "$.format: is 2, of a newer program");
  expect("row/k", R"({"format":1})", "$: the record says of itself that it is row/");
  expect("row/k", R"({"format":1,"ksuid":5})", "$.ksuid: must be a text, and is a number");
  expect("row/k", R"({"format":1,"odd":5})", "$.odd: is not known in this format");
  expect("row/k", R"({"format":1,"identity":["a","b",1]})", "$.identity[2]: must be a text");
  expect("row/k", R"({"format":1,"identity":["a","b"]})", "$.identity: must be an identity");
  expect("row/k", R"({"format":1,"values":0})", "$.values: there is no document 0 before it");
  expect("row/k", R"({"format":1,"values":true})", "$.values: must be an object");
  expect("row/k", R"({"format":1,"version":1.5})", "$.version: must be a whole number");
  expect("row/k", R"({"format":1,"unsettled":{"mode":"x"}})",
         R"($.unsettled.mode: unknown mode "x")");
  expect("row/k", R"({"format":1,"unsettled":{"format":1}})", "$.unsettled.format: is not known");
  expect("update/c/00000000", R"({"format":1,"position":-1})", "$.position: must be a whole");
  expect("update/c/00000000", R"({"format":1,"position":4294967295,"plan":{}})", "too large");
  expect("update/c/00000000", R"({"format":1,"plan":{"waits_for":[0,"x"]}})",
         "$.plan.waits_for[1]: must be a whole number");
  expect("update/c/00000000", R"({"format":1,"plan":{"producers":[{"target":1}]}})",
         "$.plan.producers[0].target: must be a text");
  expect("other/k", R"({"format":1})", "no kind of record has such a key");
}

// Shows: a text that was cut, or has a wrong byte somewhere, is read or refused, and never crashes.
TEST(RecordJson, SurvivesDamage) {
  const std::string text = text_of(full_update());
  for (size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(parse_record("update/2CMD/00000012", text.substr(0, i)).has_value());
    for (const char c : {'"', '{', '}', '[', '0', ',', 'x', '\0'}) {
      std::string damaged = text;
      damaged[i] = c;
      (void)parse_record("update/2CMD/00000012", damaged);
    }
  }
}

}  // namespace
}  // namespace squall::engine::record_json_test
