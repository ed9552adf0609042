#include "suite/kept.h"

#include <gtest/gtest.h>

namespace squall::suite {
namespace {

ResourceType type_with_everything() {
  ResourceType type;
  type.schema.type = "Lab::Store::Box";
  type.schema.fields = {"Name", "Size", "Tags", "Rules", "a.b"};
  type.defaults = {{"Size", "small"}};
  type.lower_case = {"Name", "Rules.Host", "a.b"};
  type.sorted = {"Tags"};
  return type;
}

// Shows: defaults are filled in at creation, where nothing was said.
TEST(KeptByCloud, FillsInDefaults) {
  const ResourceType type = type_with_everything();
  EXPECT_EQ(kept_by_cloud(type, {}, true, false), (JsonObject{{"Size", "small"}}));
  EXPECT_EQ(kept_by_cloud(type, {{"Size", "big"}}, true, false), (JsonObject{{"Size", "big"}}));
  EXPECT_EQ(kept_by_cloud(type, {}, false, false), JsonObject());
}

// Shows: where the cloud normalises, texts are in lower case (also in elements, and at a field with
// a dot in its name) and arrays sorted; elsewhere, and without it, nothing changes.
TEST(KeptByCloud, Normalises) {
  const ResourceType type = type_with_everything();
  const JsonObject given = {{"Name", "A"},
                            {"Tags", JsonArray{"b", "B", "a"}},
                            {"Rules", JsonArray{JsonObject{{"Host", "H"}, {"Port", "P"}}}},
                            {"a.b", "C"}};
  const JsonObject kept = {{"Name", "a"},
                           {"Tags", JsonArray{"B", "a", "b"}},
                           {"Rules", JsonArray{JsonObject{{"Host", "h"}, {"Port", "P"}}}},
                           {"a.b", "c"}};
  EXPECT_EQ(kept_by_cloud(type, given, false, true), kept);
  EXPECT_EQ(kept_by_cloud(type, given, false, false), given);
}

}  // namespace
}  // namespace squall::suite
