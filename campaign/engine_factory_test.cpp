#include "campaign/engine_factory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "campaign/files.h"
#include "suite/profile.h"

namespace squall::campaign {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class CatalogueTest : public ::testing::Test {
 protected:
  CatalogueTest() {
    std::string name = (fs::temp_directory_path() / "squall-types-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~CatalogueTest() override { fs::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) const {
    EXPECT_TRUE(write_file(folder_ / name, text));
    return (folder_ / name).string();
  }
  static std::string error(const std::vector<std::string>& files) {
    const Result<SharedCatalogue> catalogue = load_catalogue(files);
    return catalogue ? "" : catalogue.error().message;
  }

  fs::path folder_;
};

std::string type_named(const std::string& name) {
  return fmt::format("[[type]]\nname = \"{}\"\nidentifier = \"Id\"\n", name);
}

TEST_F(CatalogueTest, TypesOfFilesJoinTheBuiltInOnes) {
  // Shows that a file's types stand behind those before it, may refer to them, and are known to the
  // cloud of a worker.
  const std::string zones = file("zones.toml", type_named("Acme::Web::Zone"));
  const std::string sites = file("sites.toml", type_named("Acme::Web::Site") + R"(
  [[type.field]]
  path = "Zone"
  kind = "reference"
  refers_to = "Acme::Web::Zone"
)");
  const Result<SharedCatalogue> catalogue = load_catalogue({zones, sites});
  ASSERT_TRUE(catalogue) << catalogue.error().message;
  const std::vector<ResourceType>& types = (*catalogue)->types;
  EXPECT_EQ(types.size(), built_in_catalogue()->types.size() + 2);
  EXPECT_EQ(types.back().schema.type, "Acme::Web::Site");
  const Result<WorkerFactory> factory = worker_factory("sim", {}, *catalogue);
  ASSERT_TRUE(factory);
  EXPECT_EQ((*factory)()->cloud->resource_types(), types);
  EXPECT_THAT(error({sites}), HasSubstr("Acme::Web::Zone")) << "it lacks the file before it";
}

TEST_F(CatalogueTest, WhatCannotBeLoadedIsNamedWithItsFile) {
  // Shows each way in which types cannot be loaded, with the file in the message.
  const std::string zones = file("zones.toml", type_named("Acme::Web::Zone"));
  EXPECT_THAT(error({"nowhere.toml"}), HasSubstr("reading nowhere.toml: No such file"));
  EXPECT_THAT(error({folder_.string()}), HasSubstr("it is a folder"));
  EXPECT_THAT(error({file("broken.toml", "[[type]\n")}), HasSubstr("broken.toml:1:"));
  EXPECT_THAT(error({zones, file("twice.toml", type_named("Acme::Web::Zone"))}),
              AllOf(HasSubstr("twice.toml:1:"), HasSubstr("a type Acme::Web::Zone already")));
  EXPECT_THAT(error({file("taken.toml", type_named("Test::Generic::Resource"))}),
              HasSubstr("there is a type Test::Generic::Resource already"));
  std::string many;
  for (size_t i = 0; i < suite::kMostTypes; ++i)
    many += type_named(fmt::format("Acme::Web::T{}", i));
  EXPECT_THAT(error({file("many.toml", many)}),
              AllOf(HasSubstr("many.toml"), HasSubstr("are drawn from 64 at most")));
}

}  // namespace
}  // namespace squall::campaign
