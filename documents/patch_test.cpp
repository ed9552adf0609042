#include "documents/patch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "documents/json_test.h"

namespace squall {
namespace {

// The document after the patch as canonical text, or "error: …".
std::string after(std::string_view document, std::string_view patch) {
  Json value = json(document);
  const Json before = value;
  const Result<void> applied = apply_patch(value, json(patch).as_array());
  if (applied) return canonical(value);
  EXPECT_TRUE(same(value, before)) << "a patch that fails must change nothing";
  return "error: " + applied.error().message;
}

struct Case {
  std::string_view about;
  std::string_view document;
  std::string_view patch;
  std::string_view expected;  // canonical text; or "error: " and a part of the message
};

void expect(const Case& c) {
  const std::string got = after(c.document, c.patch);
  constexpr std::string_view kError = "error: ";
  if (!c.expected.starts_with(kError)) {
    EXPECT_EQ(got, c.expected) << c.about;
    return;
  }
  EXPECT_TRUE(got.starts_with(kError)) << c.about << ": " << got;
  EXPECT_NE(got.find(c.expected.substr(kError.size())), std::string::npos)
      << c.about << ": " << got;
}

// Shows: the situations of RFC 6902 appendix A, in its order, end as the RFC says.
TEST(ApplyPatch, DoesWhatAppendixASays) {
  const std::vector<Case> cases = {
      {"A.1 adding an object member", R"({"foo":"bar"})",
       R"([{"op":"add","path":"/baz","value":"qux"}])", R"({"baz":"qux","foo":"bar"})"},
      {"A.2 adding an array element", R"({"foo":["a","c"]})",
       R"([{"op":"add","path":"/foo/1","value":"b"}])", R"({"foo":["a","b","c"]})"},
      {"A.3 removing an object member", R"({"a":1,"b":2})", R"([{"op":"remove","path":"/a"}])",
       R"({"b":2})"},
      {"A.4 removing an array element", R"({"foo":["a","b","c"]})",
       R"([{"op":"remove","path":"/foo/1"}])", R"({"foo":["a","c"]})"},
      {"A.5 replacing a value", R"({"a":1,"b":2})",
       R"([{"op":"replace","path":"/a","value":"boo"}])", R"({"a":"boo","b":2})"},
      {"A.6 moving a value", R"({"x":{"keep":1,"go":2},"y":{"z":3}})",
       R"([{"op":"move","from":"/x/go","path":"/y/here"}])",
       R"({"x":{"keep":1},"y":{"here":2,"z":3}})"},
      {"A.7 moving an array element", R"({"foo":["all","grass","cows","eat"]})",
       R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])",
       R"({"foo":["all","cows","eat","grass"]})"},
      {"A.8 testing a value: success", R"({"a":"x","b":["y",2,"z"]})",
       R"([{"op":"test","path":"/a","value":"x"},{"op":"test","path":"/b/1","value":2}])",
       R"({"a":"x","b":["y",2,"z"]})"},
      {"A.9 testing a value: error", R"({"a":"x"})", R"([{"op":"test","path":"/a","value":"y"}])",
       "error: the test failed"},
      {"A.10 adding a nested member object", R"({"foo":"bar"})",
       R"([{"op":"add","path":"/child","value":{"grandchild":{}}}])",
       R"({"child":{"grandchild":{}},"foo":"bar"})"},
      {"A.11 ignoring unrecognized elements", R"({"foo":"bar"})",
       R"([{"op":"add","path":"/baz","value":"qux","xyz":123}])", R"({"baz":"qux","foo":"bar"})"},
      {"A.12 adding to a nonexistent target", R"({"foo":"bar"})",
       R"([{"op":"add","path":"/baz/bat","value":"qux"}])", "error: there is no member \"baz\""},
      {"A.13 an operation given twice", R"({"foo":"bar"})",
       R"([{"op":"add","path":"/baz","value":"qux","op":"remove"}])", "error: \"baz\""},
      {"A.14 ~ escape ordering", R"({"/":9,"~1":10})",
       R"([{"op":"test","path":"/~01","value":10}])", R"({"/":9,"~1":10})"},
      {"A.15 comparing strings and numbers", R"({"~1":10})",
       R"([{"op":"test","path":"/~01","value":"10"}])", "error: the test failed"},
      {"A.16 adding an array value", R"({"foo":["bar"]})",
       R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])",
       R"({"foo":["bar",["abc","def"]]})"},
  };
  for (const Case& c : cases) expect(c);
}

// Shows: what each operation does at the edges that the appendix leaves out.
TEST(ApplyPatch, HandlesTheEdges) {
  const std::vector<Case> cases = {
      {"add replaces a member that is there", R"({"a":1})",
       R"([{"op":"add","path":"/a","value":2}])", R"({"a":2})"},
      {"add replaces the whole document", R"({"a":1})", R"([{"op":"add","path":"","value":[1]}])",
       "[1]"},
      {"replace replaces the whole document", R"({"a":1})",
       R"([{"op":"replace","path":"","value":null}])", "null"},
      {"test of the whole document, whatever the order of members", R"({"a":1,"b":2})",
       R"([{"op":"test","path":"","value":{"b":2.0,"a":1}}])", R"({"a":1,"b":2})"},
      {"move of a member to the whole document", R"({"a":{"b":1}})",
       R"([{"op":"move","from":"/a","path":""}])", R"({"b":1})"},
      {"copy of the whole document into itself", R"({"a":1})",
       R"([{"op":"copy","from":"","path":"/b"}])", R"({"a":1,"b":{"a":1}})"},
      {"copy leaves the source", R"({"a":[1]})", R"([{"op":"copy","from":"/a/0","path":"/a/-"}])",
       R"({"a":[1,1]})"},
      {"move onto itself changes nothing", R"({"a":1})",
       R"([{"op":"move","from":"/a","path":"/a"}])", R"({"a":1})"},
      {"the empty key is a key", R"({"":{"":1}})", R"([{"op":"remove","path":"//"}])",
       R"({"":{}})"},
      {"a key may look like an index", R"({"0":1})", R"([{"op":"replace","path":"/0","value":2}])",
       R"({"0":2})"},
      {"a dash may be a key", R"({"-":1})", R"([{"op":"remove","path":"/-"}])", "{}"},
      {"add at the end by its index", R"([1])", R"([{"op":"add","path":"/1","value":2}])", "[1,2]"},
      {"keys with escapes", R"({"a/b":{"c~d":1}})", R"([{"op":"remove","path":"/a~1b/c~0d"}])",
       R"({"a/b":{}})"},
      {"null is a value", R"({"a":null})", R"([{"op":"test","path":"/a","value":null}])",
       R"({"a":null})"},
      {"operations see the ones before them", R"({})",
       R"([{"op":"add","path":"/a","value":[]},{"op":"add","path":"/a/-","value":1}])",
       R"({"a":[1]})"},
      {"no operations", R"({"a":1})", "[]", R"({"a":1})"},
  };
  for (const Case& c : cases) expect(c);
}

// Shows: what the RFCs forbid is an error that gives the reason, and the document stays as it was.
TEST(ApplyPatch, RefusesWhatTheRfcsForbid) {
  const std::vector<Case> cases = {
      {"remove of nothing", "{}", R"([{"op":"remove","path":"/a"}])",
       "error: there is no member \"a\""},
      {"replace of nothing", "{}", R"([{"op":"replace","path":"/a","value":1}])",
       "error: there is no member"},
      {"remove of the whole document", "{}", R"([{"op":"remove","path":""}])",
       "error: the whole document cannot be removed"},
      {"an index past the end", "[1]", R"([{"op":"add","path":"/2","value":1}])",
       "error: the index 2 is out of bounds"},
      {"the index after the last, where a value must be", "[1]",
       R"([{"op":"replace","path":"/1","value":1}])", "error: out of bounds"},
      {"a dash where a value must be", "[1]", R"([{"op":"remove","path":"/-"}])",
       "error: \"-\" is no index"},
      {"a leading zero", "[1,2]", R"([{"op":"remove","path":"/01"}])", "error: \"01\" is no index"},
      {"a sign", "[1,2]", R"([{"op":"remove","path":"/+1"}])", "error: \"+1\" is no index"},
      {"an index too large for a machine word", "[1]",
       R"([{"op":"remove","path":"/99999999999999999999999"}])", "error: is no index"},
      {"a member of an array", "[1]", R"([{"op":"remove","path":"/a"}])",
       "error: \"a\" is no index"},
      {"a member of a scalar", R"({"a":1})", R"([{"op":"add","path":"/a/b","value":1}])",
       "error: scalar"},
      {"below a scalar", R"({"a":1})", R"([{"op":"add","path":"/a/b/c","value":1}])",
       "error: below a scalar"},
      {"a pointer without its slash", "{}", R"([{"op":"add","path":"a","value":1}])",
       "error: must be empty or start with"},
      {"a bare tilde", "{}", R"([{"op":"add","path":"/~2","value":1}])", "error: neither"},
      {"a tilde at the end", "{}", R"([{"op":"add","path":"/a~","value":1}])", "error: neither"},
      {"a move into itself", R"({"a":{"b":1}})", R"([{"op":"move","from":"/a","path":"/a/b"}])",
       "error: into itself"},
      {"a move of nothing onto itself", "{}", R"([{"op":"move","from":"/a","path":"/a"}])",
       "error: there is no member"},
      {"no op", "{}", R"([{"path":"/a"}])", "error: it has no \"op\""},
      {"an op that is no text", "{}", R"([{"op":1,"path":"/a"}])", "error: must be a text"},
      {"an unknown op", "{}", R"([{"op":"merge","path":"/a","value":1}])",
       "error: there is no operation \"merge\""},
      {"no path", "{}", R"([{"op":"add","value":1}])", "error: it has no \"path\""},
      {"no value", "{}", R"([{"op":"add","path":"/a"}])", "error: it has no \"value\""},
      {"no from", "{}", R"([{"op":"copy","path":"/a"}])", "error: it has no \"from\""},
      {"an operation that is no object", "{}", "[1]", "error: it is no object"},
  };
  for (const Case& c : cases) expect(c);
}

// Shows: a later failure takes back the operations before it, and the error names its position.
TEST(ApplyPatch, IsAllOrNothing) {
  const std::string got = after(R"({"a":1})", R"([{"op":"remove","path":"/a"},
      {"op":"add","path":"/b","value":2},{"op":"test","path":"/b","value":3}])");
  EXPECT_NE(got.find("operation 3 of 3 (test \"/b\")"), std::string::npos) << got;
}

// Shows: a removal keeps the order of the members that stay, which people read.
TEST(ApplyPatch, KeepsTheOrderOfMembers) {
  Json value = json(R"({"a":1,"b":2,"c":3,"d":4})");
  ASSERT_TRUE(apply_patch(value, json(R"([{"op":"remove","path":"/b"}])").as_array()));
  EXPECT_EQ(one_line(value), R"({"a":1,"c":3,"d":4})");
}

// Shows: escaping a token and splitting a pointer are each other's inverse.
TEST(Pointer, EscapesAndSplits) {
  EXPECT_EQ(escape_pointer_token("a/b~c~1"), "a~1b~0c~01");
  for (const std::string token : {"", "a", "~", "/", "~1", "~01", "a/~b"}) {
    const auto tokens = split_pointer("/x/" + escape_pointer_token(token));
    ASSERT_TRUE(tokens.has_value()) << token;
    EXPECT_EQ(*tokens, (std::vector<std::string>{"x", token}));
  }
  EXPECT_TRUE(split_pointer("")->empty());
  EXPECT_EQ(*split_pointer("/"), std::vector<std::string>{""});
  EXPECT_FALSE(split_pointer("x").has_value());
}

}  // namespace
}  // namespace squall
