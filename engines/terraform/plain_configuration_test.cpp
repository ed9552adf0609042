#include "engines/terraform/plain_configuration.h"

#include <gtest/gtest.h>

#include "cloud/catalogue.h"
#include "engines/terraform/world_configuration.h"

namespace squall::terraform {
namespace {

const ResourceIdentity kNetwork = {"stack-0", "res-0", "Test::Network::Network"};
const ResourceIdentity kGateway = {"stack-0", "res-1", "Test::Network::Gateway"};

DeclaredResource network() {
  return {.identity = kNetwork,
          .target = kTargetOfAll,
          .properties = JsonObject{{"Name", "res-0"},
                                   {"CidrBlock", "fixed"},
                                   {"DnsSuffix", "a"},
                                   {"Settings", JsonObject{{"Zone", "north"}, {"Dns", true}}}}};
}

DeclaredResource gateway(std::string_view property) {
  return {
      .identity = kGateway,
      .target = kTargetOfAll,
      .properties = JsonObject{
          {"Name", "res-1"}, {"NetworkId", to_json(Reference{kNetwork, InternedText(property)})}}};
}

// The text of a file of the plain configuration.
std::string rendered(const std::vector<DeclaredResource>& resources, const Placed& placed,
                     const std::string& file = "main.tf.json") {
  const auto mapping = tfplugin::Mapping::of(cloud::built_in_types());
  Forma forma;
  forma.targets = {{.label = std::string(kTargetOfAll), .name_space = "Test"}};
  forma.resources = resources;
  const Configuration plain =
      plain_configuration(configuration_of(forma, placed, *mapping), *mapping);
  const auto parsed = parse_json(render(plain).at(file));
  return parsed ? canonical(*parsed) : parsed.error().message;
}

TEST(PlainConfiguration, WhatIsFixedReplacesAndTheRestIsInput) {
  // Shows where values go, members of an object too, and that no provider is named.
  EXPECT_EQ(rendered({network()}, {}), R"({"resource":{"terraform_data":{"res-0":{)"
                                       R"("input":{"dns_suffix":"a","settings":{"dns":true}},)"
                                       R"("triggers_replace":{"cidr_block":"fixed","name":"res-0",)"
                                       R"("settings":{"zone":"north"}}}}}})");
}

TEST(PlainConfiguration, ReferencesLeadToWhereTheValueWent) {
  // Shows a reference to what the cloud makes up, to what is fixed, and to what is not.
  const auto gateway_of = [](std::string_view property) {
    const std::string all = rendered({network(), gateway(property)}, {});
    const size_t begin = all.find("${");
    return all.substr(begin, all.find('}', begin) + 1 - begin);
  };
  EXPECT_EQ(gateway_of("Id"), "${terraform_data.res-0.id}");
  EXPECT_EQ(gateway_of("CidrBlock"), "${terraform_data.res-0.triggers_replace.cidr_block}");
  EXPECT_EQ(gateway_of("DnsSuffix"), "${terraform_data.res-0.input.dns_suffix}");
}

TEST(PlainConfiguration, PlacementsAndMovesStay) {
  // Shows a resource in a module, counted, that creates before it destroys and was elsewhere.
  DeclaredResource moved = network();
  moved.placement = {
      .module = "m0", .repetition = squall::Repetition::kCount, .create_before_destroy = true};
  const std::vector<DeclaredResource> all = {moved, gateway("Id")};
  const Placed placed = {{kNetwork, {}}};
  const std::string root = rendered(all, placed);
  EXPECT_NE(root.find(R"("moved":[{"from":"terraform_data.res-0",)"
                      R"("to":"module.m0.terraform_data.res-0[0]"}])"),
            std::string::npos)
      << root;
  EXPECT_NE(root.find(R"("${module.m0.res-0_id}")"), std::string::npos) << root;
  const std::string module = rendered(all, placed, "modules/m0/main.tf.json");
  EXPECT_NE(module.find(R"("output":{"res-0_id":{"value":"${terraform_data.res-0[0].id}"}})"),
            std::string::npos)
      << module;
  EXPECT_NE(module.find(R"("count":1)"), std::string::npos) << module;
  EXPECT_NE(module.find(R"("lifecycle":{"create_before_destroy":true})"), std::string::npos);
}

TEST(PlainConfiguration, ValuesPassThroughModules) {
  // Shows a value that leaves a repeated module and enters a nested one: it is renamed once, where
  // it comes from.
  DeclaredResource net = network();
  net.placement.repetition = squall::Repetition::kModuleForEach;
  DeclaredResource inner = gateway("DnsSuffix");
  inner.placement.module = "m0/m1";
  const std::vector<DeclaredResource> all = {net, inner};
  EXPECT_NE(rendered(all, {}, "modules/res-0/main.tf.json")
                .find(R"("value":"${terraform_data.res-0.input.dns_suffix}")"),
            std::string::npos);
  EXPECT_NE(rendered(all, {}).find(R"("${module.res-0[\"only\"].res-0_dns_suffix}")"),
            std::string::npos);
  EXPECT_NE(rendered(all, {}, "modules/m0.m1/main.tf.json").find("${var.res-0_dns_suffix}"),
            std::string::npos);
}

TEST(PlainConfiguration, TriggersAreRenamed) {
  // Shows what replaces a resource by its new address.
  DeclaredResource triggered = gateway("Id");
  triggered.placement.triggered_by = {"res-0"};
  EXPECT_NE(rendered({network(), triggered}, {})
                .find(R"("replace_triggered_by":["terraform_data.res-0"])"),
            std::string::npos);
}

TEST(PlainConfiguration, WhatIsIgnoredIsWhereItsValueWent) {
  // Shows it for what is fixed, for what is not, for an object of which there is some of either,
  // and that what is not declared is left out.
  DeclaredResource ignoring = network();
  ignoring.placement.ignored = {"CidrBlock", "DnsSuffix", "Settings", "Tags"};
  EXPECT_NE(rendered({ignoring}, {})
                .find(R"("ignore_changes":["triggers_replace.cidr_block","input.dns_suffix",)"
                      R"("triggers_replace.settings","input.settings"])"),
            std::string::npos)
      << rendered({ignoring}, {});
}

TEST(PlainConfiguration, WhatOneBlockDeclaresComesFromItsTable) {
  // Shows that a block of several keeps its table, and that a reference to one of them leads to
  // where its value went.
  DeclaredResource grouped = network();
  grouped.placement = {.repetition = squall::Repetition::kForEach, .group = {"res-0", "res-9"}};
  const std::string text = rendered({grouped, gateway("CidrBlock")}, {});
  EXPECT_NE(text.find(R"("terraform_data":{"res-0--res-9":{"for_each":{"res-0":{)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("cidr_block":"${each.value.cidr_block}")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(${terraform_data.res-0--res-9[\"res-0\"].triggers_replace.cidr_block})"),
            std::string::npos)
      << text;
}

TEST(PlainConfiguration, AddressesAreRenamed) {
  // Shows that only the type changes, and that what is none of ours stays.
  EXPECT_EQ(plain_address("squall_network_network.a"), "terraform_data.a");
  EXPECT_EQ(plain_address("module.m1.squall_generic_resource.a[\"only\"]"),
            "module.m1.terraform_data.a[\"only\"]");
  EXPECT_EQ(plain_address("module.m1.module.a[0].squall_generic_resource.a"),
            "module.m1.module.a[0].terraform_data.a");
  EXPECT_EQ(plain_address("squall_generic_resource.a--b[\"b\"]"), "terraform_data.a--b[\"b\"]");
  EXPECT_EQ(plain_address("nonsense"), "nonsense");
}

}  // namespace
}  // namespace squall::terraform
