#include "engines/terraform/module_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "documents/forma.h"

namespace squall::terraform {

namespace {

std::string parent_of(const std::string& path) {
  const size_t end = path.rfind(kModuleStep);
  return end == std::string::npos ? "" : path.substr(0, end);
}

std::string last_step(const std::string& path) {
  const size_t end = path.rfind(kModuleStep);
  return end == std::string::npos ? path : path.substr(end + 1);
}

// Does that one stand somewhere below?
bool is_above(const std::string& path, const std::string& other) {
  return path.empty() ? !other.empty() : other.starts_with(path + kModuleStep);
}

// REQUIRES: is_above(path, other).
std::string next_on_the_way(const std::string& path, const std::string& other) {
  return other.substr(0, other.find(kModuleStep, path.empty() ? 0 : path.size() + 1));
}

// Its folder, which has none below it.
std::string folder_of(std::string path) {
  std::ranges::replace(path, kModuleStep, '.');
  return path;
}

}  // namespace

ModuleCall& ModuleTree::call_of(const std::string& path) {
  SQUALL_CHECK(!path.empty());
  const std::string name = last_step(path);
  std::vector<ModuleCall>& calls = at(parent_of(path)).calls;
  const auto found = std::ranges::find(calls, name, &ModuleCall::name);
  if (found != calls.end()) return *found;
  return calls.emplace_back(ModuleCall{.name = name, .module = folder_of(path)});
}

ModuleConfig& ModuleTree::at(const std::string& path) {
  if (path.empty()) return configuration_.root;
  return configuration_.modules[call_of(path).module];
}

void ModuleTree::put_variable(const VariableConfig& variable, const std::string& module,
                              const Expression& given) {
  if (!there_.insert(fmt::format("variable {} {}", module, variable.name)).second) return;
  at(module).variables.push_back(variable);
  if (!module.empty()) call_of(module).inputs.emplace_back(variable.name, given);
}

Expression ModuleTree::read(const ValueSource& source, const std::string& module) {
  if (module == source.module) return {source.expression};
  if (!is_above(module, source.module)) {
    put_variable({.name = source.name}, module, read(source, parent_of(module)));
    return {"var." + source.name};
  }
  const std::string child = next_on_the_way(module, source.module);
  const bool is_its_own = child == source.module;
  const std::string& output = is_its_own ? source.output : source.name;
  const Expression value = read(source, child);
  if (there_.insert(fmt::format("output {} {}", child, output)).second)
    at(child).outputs.push_back({.name = output, .value = value});
  return {fmt::format("module.{}{}.{}", last_step(child), is_its_own ? source.key : "", output)};
}

Expression ModuleTree::read_secret(const std::string& name, const std::string& module) {
  Expression given;
  if (!module.empty()) given = read_secret(name, parent_of(module));
  put_variable({.name = name, .sensitive = true, .ephemeral = true}, module, given);
  return {"var." + name};
}

ModuleConfig& module_at(Configuration& configuration, const std::string& path) {
  return path.empty() ? configuration.root : configuration.modules.at(folder_of(path));
}

}  // namespace squall::terraform
