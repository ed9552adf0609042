#include "campaign/promises.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "engines/terraform/promises.h"
#include "invariants/invariant.h"

namespace squall::campaign {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::vector<Promise>& of_terraform() { return *promises_of("terraform"); }

Standing standing(std::string_view signature, std::string_view version = "1.11.4") {
  return standing_of(of_terraform(), signature, version);
}

// What no case can show of Terraform, whatever it does, and why.
struct NeverAsked {
  std::string_view what;  // an invariant, or one kind of it
  std::string_view because;
};
constexpr std::array kNeverAsked = {
    NeverAsked{"retry-discipline", "the calls are those of Squall's provider (provider_is_ours)"},
    NeverAsked{"references-resolve", "its state has values alone (references_visible)"},
    NeverAsked{"stack-isolation", "a world has one stack (max_stacks)"},
    NeverAsked{"interpreter-agreement", "the interpreter knows control planes alone (dialect)"},
    NeverAsked{"live/ended-by-itself", "nothing runs between requests (daemon)"},
};

bool is_never_asked(std::string_view signature) {
  const std::string_view invariant = signature.substr(0, signature.find('/'));
  return std::ranges::any_of(kNeverAsked, [&](const NeverAsked& each) {
    return each.what == invariant || each.what == signature;
  });
}

// Of every invariant, and what the campaign itself finds.
std::vector<std::string> all_signatures() {
  std::vector<std::string> out = {"live/case-time-limit", "live/case-memory-limit"};
  for (const invariants::Invariant* invariant : invariants::invariants())
    for (const std::string_view kind : invariant->kinds)
      out.push_back(std::string(invariant->id) + "/" + std::string(kind));
  return out;
}

TEST(TerraformPromises, TheFileIsSound) {
  // Shows that what is compiled in can be read: no entry names what is not there, no range fails to
  // parse, nothing is missing.
  const Result<std::vector<Promise>> promises = parse_promises(terraform::promises_toml());
  EXPECT_TRUE(promises) << promises.error().message;
}

TEST(TerraformPromises, OneVersionAfterAnother) {
  // Shows that what is said of each of several versions is promised as long as they go up, and of
  // one program.
  const char* signature = "no-duplicate/two-objects";
  EXPECT_TRUE(standing(signature, "1.9.0 then 1.11.4").is_promised());
  EXPECT_TRUE(standing(signature, "1.11.4 then 1.11.4").is_promised());
  EXPECT_FALSE(standing(signature, "1.0.5 then 1.11.4").is_promised());
  EXPECT_FALSE(standing(signature, "1.11.4 then 1.9.0").is_promised());
  EXPECT_FALSE(standing(signature, "1.9.0 then 1.11.4 then 1.9.0").is_promised());
  EXPECT_FALSE(standing(signature, "1.6.0 then 1.6.2+opentofu").is_promised());
  EXPECT_TRUE(standing(signature, "1.6.2+opentofu then 1.7.0+opentofu").is_promised());
}

TEST(TerraformPromises, WhatCanBeFoundHasAnEntry) {
  // Shows that no failure of Terraform or OpenTofu can be reported for which nobody has asked what
  // is promised, and that there is no entry for what cannot be found.
  for (const std::string& signature : all_signatures()) {
    // Of versions that have all that is drawn.
    for (const char* version : {"1.11.4", "1.11.0+opentofu"}) {
      const Standing found = standing(signature, version);
      if (is_never_asked(signature)) {
        EXPECT_EQ(found.promise, nullptr) << signature;
        continue;
      }
      EXPECT_NE(found.promise, nullptr) << signature;
      EXPECT_TRUE(found.in_range) << signature << " of " << version;
    }
  }
}

TEST(TerraformPromises, SayWhere) {
  // Shows that each entry has a page of the documentation, or of the project's repository, for both
  // of the two, and a sentence.
  const auto begins_with_any = [](const std::string& text, std::initializer_list<const char*> all) {
    return std::ranges::any_of(all, [&](const char* each) { return text.starts_with(each); });
  };
  for (const Promise& promise : of_terraform()) {
    EXPECT_TRUE(begins_with_any(
        promise.source.address,
        {"https://developer.hashicorp.com/terraform/", "https://github.com/hashicorp/terraform/"}))
        << promise.source.address;
    ASSERT_THAT(promise.variants, SizeIs(1)) << promise.invariant;
    EXPECT_EQ(promise.variants.begin()->first, "opentofu");
    EXPECT_TRUE(
        begins_with_any(promise.variants.begin()->second.address,
                        {"https://opentofu.org/docs/", "https://github.com/opentofu/opentofu/"}))
        << promise.variants.begin()->second.address;
    EXPECT_EQ(promise.says.find('\n'), std::string::npos);
    EXPECT_TRUE(promise.says.ends_with('.')) << promise.says;
  }
}

TEST(PromisesOf, TheReferenceEngineHasNoFile) {
  // Shows that nothing is a remark of an engine whose promises are the design documents.
  for (const char* engine : {"sim", "sim-restless", "agent", "nimbus"})
    EXPECT_EQ(promises_of(engine), nullptr) << engine;
}

constexpr const char* kTwoEntries = R"([[promise]]
invariant = "no-duplicate"
shapes = ["two-objects"]
says = "One object each."
grade = "documented"
address = "https://docs.example/one"
versions = ">=1.2 <2"
[promise.fork]
address = "https://fork.example/one"
versions = ">=1.9"

[[promise]]
invariant = "no-duplicate"
says = "It follows."
grade = "implied"
address = "https://docs.example/two"
versions = "*"
)";

TEST(StandingOf, IsThatOfTheNarrowestEntryAndTheVersion) {
  // Shows which entry counts for a kind, in which versions it holds, and that another build has
  // ranges and pages of its own.
  const auto promises = parse_promises(kTwoEntries);
  ASSERT_TRUE(promises) << promises.error().message;
  const auto of = [&](std::string_view signature, std::string_view version) {
    return standing_of(*promises, signature, version);
  };
  EXPECT_EQ(of("no-duplicate/two-objects", "1.2").promise->grade, Grade::documented);
  EXPECT_TRUE(of("no-duplicate/two-objects", "1.2").is_promised());
  EXPECT_FALSE(of("no-duplicate/two-objects", "1.1").is_promised());
  EXPECT_FALSE(of("no-duplicate/two-objects", "2.0").is_promised());
  EXPECT_EQ(of("no-duplicate/one-object-two-rows", "0.1").promise->grade, Grade::implied);
  EXPECT_TRUE(of("no-duplicate/one-object-two-rows", "0.1").is_promised());

  const Standing fork = of("no-duplicate/two-objects", "1.9+fork");
  EXPECT_TRUE(fork.is_promised());
  EXPECT_EQ(fork.source->address, "https://fork.example/one");
  EXPECT_FALSE(of("no-duplicate/two-objects", "1.8+fork").is_promised());
  EXPECT_EQ(of("no-duplicate/two-objects", "1.9+spoon").source, nullptr);
  EXPECT_FALSE(of("no-duplicate/one-object-two-rows", "1.9+fork").is_promised());
  EXPECT_EQ(of("no-orphan/unknown-object", "1.2").promise, nullptr);
  EXPECT_FALSE(of("no-orphan/unknown-object", "1.2").is_promised());
}

TEST(ParsePromises, AMisspeltEntryIsAnError) {
  // Shows that no entry lies there without effect: what is wrong is named with the entry's number.
  const std::string good = std::string(kTwoEntries) + "[[promise]]\n";
  const std::string whole =
      "[[promise]]\ninvariant = \"no-orphan\"\nsays = \"So.\"\ngrade = \"ours\"\n"
      "address = \"https://x.example\"\nversions = \"*\"\n";
  ASSERT_TRUE(parse_promises(whole));
  const auto without = [&](const std::string& line) {
    std::string out = whole;
    const size_t begin = out.find(line);
    return out.erase(begin, out.find('\n', begin) + 1 - begin);
  };
  const auto with = [&](const std::string& member, const std::string& line) {
    return without(member) + line + "\n";
  };
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"[[promise]\n", "line 1"},
      {"[[promises]]\n", "\"promises\" is not expected; entries begin with [[promise]]"},
      {"promise = 7\n", "entries begin with [[promise]]"},
      {good, "entry 3: \"invariant\" is missing"},
      {without("says"), "entry 1: \"says\" is missing"},
      {without("grade"), "\"grade\" is missing"},
      {without("address"), "\"\" is no address of a page"},
      {without("versions"), "\"versions\" is missing"},
      {with("address", "address = \"docs/terraform.md\""), "is no address of a page"},
      {with("versions", "versions = \"1.2\""), "\"1.2\" is no condition on versions"},
      {with("grade", "grade = \"certain\""), "there is no grade \"certain\""},
      {with("invariant", "invariant = \"oak\""), "no invariant \"oak\""},
      {whole + "shapes = [\"three\"]\n", "no-orphan has no shape \"three\"; known are"},
      {whole + "shapes = []\n", "\"shapes\" must be a list"},
      {whole + "shape = \"unknown-object\"\n", "there is no member \"shape\""},
      {whole + "[promise.fork]\nversions = \"*\"\n", "is no address"},
      {whole + "[promise.fork]\nlink = \"x\"\n", "no member \"link\" in [promise.fork]"},
      {whole + whole, "entry 2: no-orphan has another entry without shapes"},
      {std::string(kTwoEntries) + kTwoEntries, "entry 3: no-duplicate/two-objects has another"},
  };
  for (const auto& [text, message] : wrong) {
    const auto promises = parse_promises(text);
    ASSERT_FALSE(promises) << text;
    EXPECT_THAT(promises.error().message, HasSubstr(message)) << text;
  }
}

}  // namespace
}  // namespace squall::campaign
