// The modules of a configuration by their paths ("m0", "m0/m1" which m0 calls; empty: the root),
// and how values get from one to another: out of a module as an output, into one as a variable,
// through each that lies between.
#pragma once

#include <set>
#include <string>

#include "engines/terraform/configuration.h"

namespace squall::terraform {

// Something of which a value is read.
struct ValueSource {
  std::string module{};  // where it stands
  std::string key{};     // of the instance of that module which is meant: "[0]"; empty: it has none
  std::string expression{};  // as it is written there
  // What the outputs and variables on its way are called. That of its own module is for all
  // instances.
  std::string name{};
  std::string output{};
};

class ModuleTree {
 public:
  // The configuration must outlive this.
  explicit ModuleTree(Configuration& configuration) : configuration_(configuration) {}

  // Made, and called by the one above, where there is none yet.
  ModuleConfig& at(const std::string& path);
  // Its call. REQUIRES: it is not the root.
  ModuleCall& call_of(const std::string& path);

  // What stands for the source's value in that module.
  Expression read(const ValueSource& source, const std::string& module);
  // An ephemeral variable of the root, handed down to that module under the same name.
  Expression read_secret(const std::string& name, const std::string& module);

 private:
  void put_variable(const VariableConfig& variable, const std::string& module,
                    const Expression& given);

  Configuration& configuration_;
  std::set<std::string> there_;  // variables and outputs
};

// The module of that path in a configuration. REQUIRES: it has one.
ModuleConfig& module_at(Configuration& configuration, const std::string& path);

}  // namespace squall::terraform
