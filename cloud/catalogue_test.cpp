#include "cloud/catalogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/check.h"
#include "documents/generic_types.h"

namespace squall::cloud {
namespace {

const ResourceType& network_type(std::string_view kind) {
  const ResourceType* type = find_type(built_in_types(), "Test::Network::" + std::string(kind));
  SQUALL_CHECK(type != nullptr);
  return *type;
}

const FieldShape& shape_of(const ResourceType& type, std::string_view path) {
  const auto found = std::ranges::find(type.shapes, path, &FieldShape::path);
  SQUALL_CHECK(found != type.shapes.end());
  return *found;
}

// Shows: both families are built in, the generic one with the schemas every provider has.
TEST(BuiltInTypes, HaveBothFamilies) {
  std::vector<std::string> names;
  for (const ResourceType& type : built_in_types()) names.push_back(type.schema.type);
  EXPECT_EQ(
      names,
      (std::vector<std::string>{
          "Test::Generic::Resource", "Test::Generic::ChildResource",
          "Test::Generic::GrandchildResource", "Test::Network::Network", "Test::Network::Gateway",
          "Test::Network::RouteTable", "Test::Network::Subnet", "Test::Network::SecurityGroup",
          "Test::Network::LoadBalancer", "Test::Network::Secret", "Test::Network::Record"}));
  for (size_t i = 0; i < generic_types().size(); ++i) {
    EXPECT_EQ(built_in_types()[i].schema, generic_types()[i]);
  }
}

// Shows: a generator finds all it needs in the shapes: every writable field but Name, producers
// before consumers, and no optional CreateOnly field (one that comes later could never be set).
TEST(BuiltInTypes, CanBeGeneratedFrom) {
  std::set<std::string> before;
  for (const ResourceType& type : built_in_types()) {
    EXPECT_TRUE(type.schema.is_field("Name"));
    for (const std::string& field : type.schema.fields) {
      if (field != "Name") {
        EXPECT_EQ(shape_of(type, field).path, field);
      }
    }
    for (const FieldShape& shape : type.shapes) {
      if (!shape.refers_to.empty()) {
        EXPECT_TRUE(before.contains(shape.refers_to)) << shape.path;
      }
      if (type.schema.hint(shape.path).create_only) {
        EXPECT_FALSE(shape.optional) << type.schema.type << " " << shape.path;
      }
    }
    before.insert(type.schema.type);
  }
}

// Shows: the network family has a field of every kind and every hint that planning looks at.
TEST(BuiltInTypes, MeetEveryHint) {
  std::set<FieldKind> kinds;
  FieldHint seen;
  std::set<EdgeKind> edges;
  std::set<UpdateMethod> methods;
  for (const ResourceType& type : built_in_types()) {
    for (const FieldShape& shape : type.shapes) {
      kinds.insert(shape.kind);
      const FieldHint& hint = type.schema.hint(shape.path);
      seen.create_only |= hint.create_only;
      seen.write_only |= hint.write_only;
      seen.required_on_create |= hint.required_on_create;
      seen.required_on_update |= hint.required_on_update;
      seen.has_provider_default |= hint.has_provider_default;
      seen.opaque |= hint.opaque;
      edges.insert(hint.edge);
      methods.insert(hint.update_method);
    }
  }
  EXPECT_EQ(kinds.size(), 8U);
  EXPECT_TRUE(seen.create_only && seen.write_only && seen.required_on_create &&
              seen.required_on_update && seen.has_provider_default && seen.opaque);
  EXPECT_EQ(edges.size(), 3U);
  EXPECT_EQ(methods.size(), 4U);
}

// Shows: members of objects are told from keys with dots, and all else of a type is read.
TEST(BuiltInTypes, AreReadAsWritten) {
  const ResourceType& group = network_type("SecurityGroup");
  EXPECT_EQ(group.schema.fields, (std::vector<std::string>{"Name", "Rules", "Scope", "team.name"}));
  EXPECT_EQ(shape_of(group, "Rules.Source").refers_to, "Test::Network::Subnet");
  EXPECT_EQ(group.schema.hint("Rules").index_field, "Key");
  const ResourceType& network = network_type("Network");
  EXPECT_TRUE(network.schema.hint("Settings.Zone").create_only);
  EXPECT_EQ(network.lower_case, std::vector<std::string>{"DnsSuffix"});
  EXPECT_EQ(network.sorted, std::vector<std::string>{"Tags"});
  const ResourceType& balancer = network_type("LoadBalancer");
  EXPECT_EQ(balancer.computed, std::vector<std::string>{"Endpoint"});
  EXPECT_EQ(balancer.defaults.at("Size").as_string(), "small");
  const ResourceType& record = network_type("Record");
  EXPECT_TRUE(record.id_is_name);
  EXPECT_FALSE(record.updatable);
  EXPECT_EQ(record.schema.hint("Target").edge, EdgeKind::kRuntimeDependency);
  EXPECT_EQ(shape_of(record, "Target").property, "Endpoint");
  const ResourceType& subnet = network_type("Subnet");
  EXPECT_EQ(subnet.schema.parent, "Test::Network::Network");
  EXPECT_EQ(subnet.schema.parent_mappings.at(0).parent_property, "Id");
}

constexpr std::string_view kSite = R"(
[[type]]
name = "Acme::Web::Site"
identifier = "Id"
  [[type.field]]
  path = "Parent"
  kind = "reference"
  refers_to = "Test::Network::Network"
  property = "Id"
)";

// Shows: a file of one's own is read by the same rules, and may refer to the built-in types.
TEST(LoadTypes, ReadsAFile) {
  const auto types = load_types(std::string(kSite), "site.toml");
  ASSERT_TRUE(types.has_value()) << types.error().message;
  ASSERT_EQ(types->size(), 1U);
  EXPECT_EQ(types->front().schema.fields, (std::vector<std::string>{"Name", "Parent"}));
  EXPECT_TRUE(types->front().schema.hint("Name").required);
  EXPECT_TRUE(load_types("", "empty.toml")->empty());
}

// Shows: what is wrong with a file is said with its name and the place.
TEST(LoadTypes, SaysWhatIsWrong) {
  struct Bad {
    std::string text;
    std::string_view words;
  };
  const std::string type = "[[type]]\nname = \"A::B::C\"\n";
  const std::string field = type + "[[type.field]]\npath = \"F\"\nkind = \"text\"\n";
  const std::string set = type + "[[type.field]]\npath = \"F\"\nkind = \"objects\"\n";
  const std::vector<Bad> cases = {
      {"[[type", "x.toml:1:"},
      {"[[typo]]\n", "no key \"typo\""},
      {"type = 3\n", "must be an array of tables"},
      {"[[type]]\n", "x.toml:1:1: \"name\" is missing"},
      {"[[type]]\nname = 3\n", "x.toml:2:8: \"name\" must be a text"},
      {"[[type]]\nname = \"A::B\"\n", "NS::Service::Kind"},
      {type + type, "there is a type A::B::C already"},
      {"[[type]]\nname = \"Test::Network::Subnet\"\n", "there is a type"},
      {type + "colour = 1\n", "x.toml:3:10: there is no key \"colour\""},
      {type + "discoverable = 1\n", "must be true or false"},
      {type + "computed = [1]\n", "must be a text"},
      {type + "parent = \"A::B::D\"\n", "go together"},
      {type + "parent = \"A::B::D\"\nparent_mappings = [{parent = \"Id\", child = \"F\"}]\n",
       "no such type"},
      {type + "defaults = {F = 1}\n", "has_provider_default"},
      {field + "colour = 1\n", "no key \"colour\""},
      {field + field.substr(type.size()), "is there already"},
      {type + "[[type.field]]\npath = \"Name\"\nkind = \"text\"\n", "every type has it"},
      {type + "[[type.field]]\npath = \"F\"\nkind = \"colour\"\n", "unknown kind of field"},
      {type + "[[type.field]]\npath = \"F\"\n", "\"kind\" is missing"},
      {type + "[[type.field]]\npath = \"F\"\nkind = \"reference\"\n", "refers_to"},
      {field + "refers_to = \"A::B::C\"\n", "refers_to"},
      {field + "property = \"Id\"\n", "names no property"},
      {field + "edge = \"sideways\"\n", "edge kind"},
      {field + "update_method = \"EntitySet\"\n", "index_field"},
      {field + "index_field = \"Key\"\n", "index_field"},
      {field + "required = true\noptional = true\n", "both required and optional"},
      {field + "sorted = true\n", "kept sorted"},
      {set + "lower_case = true\n", "lower case"},
      {set + "update_method = \"EntitySet\"\nindex_field = \"Key\"\n", "needs the field \"F.Key\""},
      {set + "[[type.field]]\npath = \"F.G\"\nkind = \"text\"\nrequired = true\n",
       "say optional = false"},
      {type + "[[type.field]]\npath = \"F\"\nkind = \"reference\"\nrefers_to = \"A::B::D\"\n",
       "no such type"},
      {type + "[[type.field]]\npath = \"F\"\nkind = \"reference\"\nrefers_to = \"A::B::C\"\n"
              "property = \"Colour\"\n",
       "no such property"},
      {"[[type]]\nname = \"A::B::C\"\nidentifier = \"F\"\n" + field.substr(type.size()),
       "holds the native id"},
      {type + "computed = [\"F\"]\n" + field.substr(type.size()), "is computed"},
  };
  for (const Bad& bad : cases) {
    const auto types = load_types(bad.text, "x.toml");
    ASSERT_FALSE(types.has_value()) << bad.text;
    const std::string& message = types.error().message;
    EXPECT_TRUE(message.starts_with("cannot load resource types from x.toml:")) << message;
    EXPECT_NE(message.find(bad.words), std::string::npos) << message << "\nnot " << bad.words;
  }
}

// Shows: schemas without a catalogue entry are children of their parents, and no more is known.
TEST(CatalogueOf, KnowsPlainSchemas) {
  const auto catalogue = catalogue_of(generic_types());
  EXPECT_EQ(catalogue->schemas, generic_types());
  ASSERT_EQ(catalogue->types[1].shapes.size(), 1U);
  EXPECT_EQ(catalogue->types[1].shapes[0].path, "ParentId");
  EXPECT_EQ(catalogue->types[1].shapes[0].refers_to, kGenericResource);
}

}  // namespace
}  // namespace squall::cloud
