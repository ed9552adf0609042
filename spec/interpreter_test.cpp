#include "spec/interpreter.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "spec/after.h"
#include "spec/normalise.h"
#include "spec/resolve.h"
#include "spec/test_world.h"

namespace squall::spec::interpreter_test {
namespace {

constexpr Mode kReconcile = Mode::kReconcile;
constexpr Mode kPatch = Mode::kPatch;

// An apply that brings its target along.
CommandRequest apply(Mode mode, std::vector<DeclaredResource> resources,
                     const std::vector<std::string>& stacks = {}) {
  CommandRequest request = apply_of(mode, std::move(resources), stacks);
  Target target;
  target.label = "t";
  target.name_space = "Test";
  request.forma.targets = {target};
  return request;
}

bool accepted(const Verdict& verdict) { return std::holds_alternative<Plan>(verdict); }

TEST(Interpreter, CarriesOutAChainInOrder) {
  // The consumer, declared first, gets what the producer is given by the cloud.
  Interpreter interpreter(test_schemas());
  const JsonObject consumer = named("c", reference_to(id("p"), "Id"));
  ASSERT_TRUE(accepted(interpreter.submit(
      apply(kReconcile, {declared(id("c"), consumer), declared(id("p"), named("p", "v"))}))));
  ASSERT_EQ(interpreter.rows().size(), 2u);
  const BelievedRow& p = interpreter.rows().at(id("p"));
  const BelievedRow& c = interpreter.rows().at(id("c"));
  EXPECT_EQ(p.read_only, (JsonObject{{"Id", p.native_id}}));
  EXPECT_EQ(c.declared, consumer);
  EXPECT_EQ(c.values, named("c", Json(p.native_id)));
  EXPECT_EQ(c.actual, c.values);
  EXPECT_EQ(c.echo, c.actual);
  EXPECT_EQ(interpreter.targets().count("t"), 1u);
}

TEST(Interpreter, PassesAChangedValueOn) {
  // An update of the producer reaches the consumer within the same command.
  Interpreter interpreter(test_schemas());
  const JsonObject consumer = named("c", reference_to(id("p"), "Value"));
  const auto with = [&](const char* value) {
    return apply(kReconcile, {declared(id("p"), named("p", value)), declared(id("c"), consumer)});
  };
  interpreter.submit(with("v"));
  const NativeId before = interpreter.rows().at(id("c")).native_id;
  ASSERT_TRUE(accepted(interpreter.submit(with("w"))));
  EXPECT_EQ(interpreter.rows().at(id("c")).actual, named("c", "w"));
  EXPECT_EQ(interpreter.rows().at(id("c")).native_id, before);
}

TEST(Interpreter, UsesTheMintForWhatTheCloudMakes) {
  // Whoever compares hands in what the cloud made up: read-only properties and defaults. Reads show
  // no WriteOnly value.
  Interpreter interpreter(test_schemas(),
                          [](const ResourceIdentity& identity, const JsonObject& properties) {
                            JsonObject made = properties;
                            made["Arn"] = "arn of " + identity.label;
                            made["Size"] = 7;
                            return made;
                          });
  const ResourceIdentity box = id("b", "s", kBox);
  const JsonObject wanted = object("{'Name':'b','Kind':'k','Secret':'s'}");
  interpreter.submit(apply(kReconcile, {declared(box, wanted)}));
  const BelievedRow& row = interpreter.rows().at(box);
  EXPECT_EQ(row.read_only, (JsonObject{{"Arn", "arn of b"}}));
  EXPECT_EQ(row.actual, object("{'Name':'b','Kind':'k','Size':7}"));
  EXPECT_EQ(row.values, wanted);
  EXPECT_TRUE(std::holds_alternative<NothingPlanned>(
      interpreter.submit(apply(kReconcile, {declared(box, wanted)}))));
}

TEST(Interpreter, ReplacesWithinTheRow) {
  // A new object and a consumer that gets its id; the delete half comes first and takes nothing of
  // what was declared.
  Interpreter interpreter(test_schemas());
  const JsonObject consumer = named("c", reference_to(id("p"), "Id"));
  interpreter.submit(
      apply(kReconcile, {declared(id("p"), named("p", "v")), declared(id("c"), consumer)}));
  const NativeId before = interpreter.rows().at(id("p")).native_id;
  const NativeId other = interpreter.rows().at(id("c")).native_id;
  ASSERT_TRUE(accepted(interpreter.submit(
      apply(kPatch, {declared(id("p"), {{"Name", "renamed"}}), declared(id("c"), consumer)}))));
  const BelievedRow& p = interpreter.rows().at(id("p"));
  EXPECT_NE(p.native_id, before);
  EXPECT_EQ(p.actual, named("renamed", "v"));
  EXPECT_EQ(p.declared, p.actual);
  EXPECT_EQ(interpreter.rows().at(id("c")).actual, named("c", Json(p.native_id)));
  EXPECT_EQ(interpreter.rows().at(id("c")).native_id, other);
}

TEST(Interpreter, KnowsWhoWroteLast) {
  // A patch makes a row not Declared, and a reconcile may then touch it by force only; one that
  // finds nothing to do makes it Declared again.
  Interpreter interpreter(test_schemas());
  const auto is_declared = [&] { return interpreter.rows().at(id("a")).is_declared; };
  interpreter.submit(apply(kReconcile, {declared(id("a"), named("a", "v"))}));
  EXPECT_TRUE(is_declared());
  interpreter.submit(apply(kPatch, {declared(id("a"), named("a", "w"))}));
  EXPECT_FALSE(is_declared());
  EXPECT_TRUE(std::holds_alternative<Refused>(
      interpreter.submit(apply(kReconcile, {declared(id("a"), named("a", "v"))}))));
  EXPECT_TRUE(std::holds_alternative<NothingPlanned>(
      interpreter.submit(apply(kReconcile, {declared(id("a"), named("a", "w"))}))));
  EXPECT_TRUE(is_declared());
  EXPECT_TRUE(
      accepted(interpreter.submit(apply(kReconcile, {declared(id("a"), named("a", "v"))}))));
}

TEST(Interpreter, RefusesToUpdateWhatIsCreateOnly) {
  // A field that is wanted away is no replacement: the provider refuses the update, and what waits
  // for it fails as well. All else is done.
  Interpreter interpreter(test_schemas());
  const ResourceIdentity box = id("b", "s", kBox);
  const auto with = [&](const std::string& properties, const char* value) {
    return apply(kReconcile, {declared(box, object(properties)),
                              declared(id("c"), named("c", reference_to(box, "Size"))),
                              declared(id("d"), named("d", value))});
  };
  interpreter.submit(with("{'Name':'b','Kind':'k','Base':1,'Size':1}", "v"));
  const JsonObject before = interpreter.rows().at(box).actual;
  ASSERT_TRUE(
      accepted(interpreter.submit(with("{'Name':'b','Kind':'k','Base':null,'Size':2}", "w"))));
  EXPECT_EQ(interpreter.rows().at(box).actual, before);
  EXPECT_EQ(interpreter.rows().at(id("c")).actual, named("c", 1));
  EXPECT_EQ(interpreter.rows().at(id("d")).actual, named("d", "w"));
}

TEST(Interpreter, KeepsNothingOfASimulation) {
  // Neither rows nor targets, though it says what would be done.
  Interpreter interpreter(test_schemas());
  CommandRequest request = apply(kReconcile, {declared(id("a"), named("a"))});
  request.simulate = true;
  EXPECT_TRUE(std::holds_alternative<WouldDo>(interpreter.submit(request)));
  EXPECT_TRUE(interpreter.rows().empty());
  EXPECT_TRUE(interpreter.targets().empty());
}

TEST(Interpreter, CommitsRewrites) {
  // A no-op that declares what is already there makes it declared, and takes note of the echo.
  Interpreter interpreter(test_schemas());
  JsonObject tagged = named("a");
  tagged["SetTags"] = JsonArray{"x", "y"};
  interpreter.submit(apply(kReconcile, {declared(id("a"), tagged)}));
  const JsonObject fewer = named("a");
  const Verdict verdict = interpreter.submit(apply(kReconcile, {declared(id("a"), fewer)}));
  EXPECT_TRUE(std::holds_alternative<NothingPlanned>(verdict));
  EXPECT_EQ(interpreter.rows().at(id("a")).declared, fewer);
  EXPECT_EQ(interpreter.rows().at(id("a")).actual, tagged);
}

TEST(Interpreter, LeavesRefusedCommandsWithoutEffect) {
  // Neither rows nor targets.
  Interpreter interpreter(test_schemas());
  const Verdict verdict = interpreter.submit(apply(kReconcile, {declared(id("a"), {})}));
  EXPECT_TRUE(std::holds_alternative<Refused>(verdict));
  EXPECT_TRUE(interpreter.rows().empty());
  EXPECT_TRUE(interpreter.targets().empty());
}

TEST(Interpreter, KnowsAnIdempotencyKeyAgain) {
  // The repeated request is the earlier command, though the world has moved on.
  Interpreter interpreter(test_schemas());
  CommandRequest request = apply(kReconcile, {declared(id("a"), named("a"))});
  request.idempotency_key = "key";
  EXPECT_TRUE(accepted(interpreter.submit(request)));
  EXPECT_TRUE(accepted(interpreter.submit(destroy_of({id("a")}))));
  EXPECT_TRUE(accepted(interpreter.submit(request)));
  EXPECT_TRUE(interpreter.rows().empty());
}

TEST(Interpreter, DestroysRowsThatReferenceEachOther) {
  // Two patches can tie a knot that no order of deletes unties; the interpreter does not hang.
  Interpreter interpreter(test_schemas());
  interpreter.submit(
      apply(kReconcile, {declared(id("a"), named("a", "v")), declared(id("b"), named("b", "v"))}));
  interpreter.submit(
      apply(kPatch, {declared(id("a"), named("a", reference_to(id("b"), "Value")))}));
  interpreter.submit(
      apply(kPatch, {declared(id("b"), named("b", reference_to(id("a"), "Value")))}));
  EXPECT_TRUE(accepted(interpreter.submit(destroy_of({id("a"), id("b")}))));
  EXPECT_TRUE(interpreter.rows().empty());
}

// Draws applies and destroys over a few labels in two stacks; references go to lower labels only.
class Requests {
 public:
  explicit Requests(uint64_t seed) : random_(seed) {}

  CommandRequest next() {
    if (random_.chance(200)) {
      const ResourceIdentity victim = identity(random_.below(kLabels));
      const bool cascades = random_.chance(500);
      return destroy_of({victim}, cascades ? OnDependents::kCascade : OnDependents::kAbort);
    }
    std::vector<DeclaredResource> resources;
    for (uint64_t label = 0; label < kLabels; ++label) {
      if (random_.chance(700)) resources.push_back(declared(identity(label), properties(label)));
    }
    CommandRequest request = apply(random_.chance(600) ? kReconcile : kPatch, std::move(resources));
    if (random_.chance(300)) request.on_dependents = OnDependents::kCascade;
    request.force = random_.chance(700);
    return request;
  }

 private:
  static constexpr uint64_t kLabels = 6;

  static ResourceIdentity identity(uint64_t label) {
    return id("r" + std::to_string(label), label % 2 == 0 ? "even" : "odd");
  }

  Json value(uint64_t label) {
    if (label == 0 || random_.chance(400)) return random_.below(3);
    const bool by_value = random_.chance(500);
    return reference_to(identity(random_.below(label)), by_value ? "Value" : "Id");
  }

  JsonObject properties(uint64_t label) {
    JsonObject out = {{"Name", identity(label).label}};
    if (random_.chance(100)) out["Name"] = identity(label).label + " renamed";
    if (random_.chance(700)) out["Value"] = value(label);
    if (random_.chance(300)) out["SetTags"] = {value(label), value(label)};
    if (random_.chance(300)) {
      out["EntityTags"] = {{{"Key", random_.below(2)}, {"Value", value(label)}}};
    }
    if (random_.chance(100)) out["OrderedItems"] = JsonArray();
    return out;
  }

  Random random_;
};

// Every reference names a row, and every row was made as it was declared.
void expect_consistent(const BelievedRows& rows) {
  for (const auto& [identity, row] : rows) {
    for (const ResourceIdentity& producer : producers_of(row)) {
      EXPECT_TRUE(rows.contains(producer)) << to_string(identity) << to_string(producer);
    }
    EXPECT_FALSE(row.native_id.empty());
    const Schema& schema = *find_schema(test_schemas(), identity.type);
    EXPECT_TRUE(difference_is_empty(row.actual, row.values, row.values, Mode::kPatch, schema))
        << row.actual;
  }
}

TEST(Interpreter, KeepsItsRowsConsistentAndAppliesIdempotent) {
  // Over random histories: an accepted apply leaves nothing to do for the same request, references
  // never dangle, and all kinds of answers occur.
  int count[3] = {0, 0, 0};
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Requests requests(seed);
    Interpreter interpreter(test_schemas());
    for (int step = 0; step < 30; ++step) {
      const CommandRequest request = requests.next();
      const Verdict verdict = interpreter.submit(request);
      ++count[verdict.index()];
      expect_consistent(interpreter.rows());
      if (std::holds_alternative<Refused>(verdict)) continue;
      const Verdict again = interpreter.submit(request);
      EXPECT_TRUE(std::holds_alternative<NothingPlanned>(again)) << seed << " " << step;
    }
  }
  for (const int seen : count) EXPECT_GT(seen, 20);
}

}  // namespace
}  // namespace squall::spec::interpreter_test
