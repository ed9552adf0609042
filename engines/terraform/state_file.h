// Terraform's state, format version 4, as types. It is what a state file, a state backend and
// `state pull` hold, the same in Terraform and OpenTofu.
//
// Attributes stay JSON: their shape is the provider's. All else is typed, and what does not have
// the shape of the format is an error that names the place; what is not known is passed over.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "documents/json.h"

namespace squall::terraform {

enum class ResourceMode : uint8_t { kManaged, kData };

// What tells the instances of a resource apart: nothing, count's number or for_each's key.
using InstanceKey = std::variant<std::monostate, int64_t, std::string>;

struct StateInstance {
  InstanceKey key{};
  bool tainted = false;
  std::string deposed{};  // eight hexadecimal digits; empty: the current object
  int64_t schema_version = 0;
  JsonObject attributes{};
  JsonArray sensitive_attributes{};         // paths, as the file has them
  std::string private_data{};               // base64, as the file has it; empty: none
  std::vector<std::string> dependencies{};  // "module.m.type.name", without keys
  bool create_before_destroy = false;
};

struct StateResource {
  std::string module{};  // "module.m[\"k\"].module.n"; empty: the root
  ResourceMode mode = ResourceMode::kManaged;
  std::string type{};
  std::string name{};
  std::string provider{};  // "provider[\"host/namespace/type\"]", maybe with a module and an alias
  std::vector<StateInstance> instances{};

  // The address of an instance, as the CLI and its -json lines write it:
  // module.m[0].data.type.name["key"]. Deposed objects have that of their instance.
  std::string address(const StateInstance& instance) const;
  // The same without the instance's key, as in dependencies (but with the keys of modules).
  std::string address() const;
};

struct StateOutput {
  Json value{};
  Json type{};
  bool sensitive = false;
};

struct State {
  std::string terraform_version{};
  uint64_t serial = 0;
  std::string lineage{};
  std::map<std::string, StateOutput> outputs{};
  std::vector<StateResource> resources{};  // as in the file

  // The current object at an address as StateResource::address(instance) gives; nullptr: none.
  const StateInstance* find(std::string_view address) const;
  // How many objects there are, managed ones, deposed ones among them.
  size_t managed_objects() const;
};

// nullopt: the text is empty, which means that there is no state (a lock on a new file makes one).
Result<std::optional<State>> parse_state(std::string_view text);

// The state in a file; nullopt also where there is no file.
Result<std::optional<State>> read_state(const std::string& path);

// Do two states say the same? Nothing follows from the order of members and of check results.
bool say_the_same(std::string_view a, std::string_view b);

// As an address writes it: "", "[2]", "[\"key\"]" with the key escaped as HCL escapes it.
std::string text_of(const InstanceKey& key);

}  // namespace squall::terraform
