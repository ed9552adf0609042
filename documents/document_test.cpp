#include "documents/document.h"

#include <gtest/gtest.h>

#include <memory>
#include <sstream>

namespace squall {
namespace {

// Shows: a copy is the same document, not another one that is equal.
TEST(Document, CopiesAreOne) {
  const Document one = JsonObject{{"Name", "a"}, {"Value", 1}};
  const Document copy = one;
  const Document equal = JsonObject{{"Value", 1}, {"Name", "a"}};
  EXPECT_TRUE(copy.is_copy_of(one));
  EXPECT_EQ(&*copy, &*one);
  EXPECT_FALSE(equal.is_copy_of(one));
  EXPECT_EQ(equal, one);
  EXPECT_TRUE(same(equal, one));
  EXPECT_NE(one, (JsonObject{{"Name", "b"}, {"Value", 1}}));
}

// Shows: what is changed is one's own; whoever took a copy keeps what it took.
TEST(Document, ChangesReachNoCopy) {
  Document one = JsonObject{{"Name", "a"}};
  const Document copy = one;
  one.set("Value", 1);
  one.set("Name", "b");
  EXPECT_EQ(one, (JsonObject{{"Name", "b"}, {"Value", 1}}));
  one.erase("Name");
  one.erase("NoSuchMember");
  EXPECT_EQ(one, (JsonObject{{"Value", 1}}));
  EXPECT_EQ(copy, (JsonObject{{"Name", "a"}}));
}

// Shows: one that was made of nothing, or of no object, is {}.
TEST(Document, EmptyIsNoSpecialCase) {
  const Document made_of_nothing;
  const Document made_of_no_object = std::shared_ptr<const JsonObject>();
  const Document assigned = {};
  for (const Document* each : {&made_of_nothing, &made_of_no_object, &assigned}) {
    EXPECT_TRUE(each->empty());
    EXPECT_EQ(each->begin(), each->end());
    EXPECT_EQ(each->if_contains("Name"), nullptr);
    EXPECT_EQ(*each, JsonObject());
  }
}

// Shows: an object that is shared already is not copied, and outlives whoever shared it.
TEST(Document, TakesPartInAnObject) {
  auto object = std::make_shared<const JsonObject>(JsonObject{{"Name", "a"}});
  const JsonObject* address = object.get();
  const Document document = std::move(object);
  EXPECT_EQ(&*document, address);
  EXPECT_EQ(document.at("Name"), "a");
  EXPECT_TRUE(document.contains("Name"));
  EXPECT_EQ(document.size(), 1U);
  std::ostringstream text;
  text << document;
  EXPECT_EQ(text.str(), R"({"Name":"a"})");
}

}  // namespace
}  // namespace squall
