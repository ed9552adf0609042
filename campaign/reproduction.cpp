#include "campaign/reproduction.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "campaign/failure_check.h"
#include "campaign/files.h"
#include "campaign/reproduction_script.h"
#include "engines/terraform/module_tree.h"
#include "engines/terraform/plain_configuration.h"
#include "engines/terraform/world_configuration.h"
#include "suite/case.h"
#include "suite/epilogue.h"

namespace squall::campaign {

namespace {

namespace fs = std::filesystem;

using terraform::Configuration;
using terraform::LocalExec;

constexpr std::string_view kConfigurationFile = ".tf.json";

// An operation that becomes runs of the command line.
bool makes_a_run(const suite::Operation& operation) {
  return operation.kind == "apply" || operation.kind == "destroy" || operation.kind == "sync";
}

// Nothing of the engine runs between two operations, so neither does anything happen.
bool is_a_pause(const suite::Operation& operation) {
  return operation.kind == "wait" || operation.kind == "verify" || operation.kind == "crash";
}

// Somebody else changes or deletes an object of the cloud.
bool is_drift(const suite::Operation& operation) {
  return operation.kind == "modify" || operation.kind == "delete";
}

// terraform_data has nothing of which something could be demanded.
bool needs_our_provider(const suite::Operation& operation) {
  return is_drift(operation) ||
         std::ranges::any_of(operation.resources, [](const suite::WantedResource& wanted) {
           return !wanted.placement.demands.empty();
         });
}

// By what befalls it, or as it is declared.
bool may_fail(const suite::Operation& operation) {
  return !operation.faults.empty() ||
         std::ranges::any_of(operation.resources, [](const suite::WantedResource& wanted) {
           return wanted.placement.provisioning_fails || !wanted.placement.demands.empty();
         });
}

// Does all hold that is demanded for it? What only the cloud says is taken for something else.
bool is_let_be_made(const DeclaredResource& resource, const CommandRequest& request) {
  return std::ranges::all_of(resource.placement.demands, [&](const Demand& demand) {
    const auto of = std::ranges::find_if(
        request.forma.resources,
        [&](const DeclaredResource& each) { return each.identity.label == demand.label; });
    if (of == request.forma.resources.end()) return false;
    const Json* value = of->properties.if_contains(demand.property);
    return value != nullptr && *value == demand.value;
  });
}

// What is imported must be found, which of terraform_data nothing is.
bool imports_any(const std::vector<suite::Operation>& operations) {
  std::set<std::string> forgotten;
  for (const suite::Operation& operation : operations) {
    for (const suite::WantedResource& wanted : operation.resources)
      if (operation.kind == "apply" && forgotten.contains(wanted.label)) return true;
    forgotten.insert(operation.forgotten.begin(), operation.forgotten.end());
  }
  return false;
}

// Of the id that something had before it was forgotten.
std::string variable_of(const ResourceIdentity& identity) {
  std::string out = fmt::format("id_of_{}", identity.label.text());
  std::ranges::replace(out, '-', '_');
  return out;
}

// An id that only the run of the script knows comes from a variable.
void import_by_variables(Configuration& configuration) {
  for (terraform::ImportConfig& import : configuration.root.imports) {
    const std::optional<terraform::Addressed> parsed = terraform::parse_address(import.to);
    if (!parsed) continue;
    const std::string name = variable_of({"", parsed->label, ""});
    import.id = terraform::Expression{"var." + name};
    configuration.root.variables.push_back({.name = name});
  }
}

// What is only seen where the state lies in a server.
bool is_about_server(std::string_view signature) {
  const Result<FailureCheck> check = failure_check(signature, {});
  return check && check->needs_server;
}

class Author {
 public:
  Author(const suite::Scenario& scenario, const std::vector<ResourceType>& types,
         const tfplugin::Mapping& mapping)
      : scenario_(scenario),
        types_(types),
        world_(scenario.test_case.world),
        mapping_(mapping),
        has_cloud_(std::ranges::any_of(scenario.test_case.operations, needs_our_provider) ||
                   imports_any(scenario.test_case.operations)),
        shows_(
            std::ranges::any_of(scenario.test_case.operations, &suite::Operation::drops_outputs)),
        has_server_(is_about_server(scenario.expected)) {}

  Result<Reproduction> write();

 private:
  Result<void> take(size_t index);
  std::vector<FinalStep> take_epilogue();
  Result<void> check_world() const;
  Result<void> check_forms(const suite::Operation& operation, const CommandRequest& request) const;
  Result<void> check_ignored(const DeclaredResource& resource) const;
  bool is_any_grouped(const CommandRequest& request) const;
  void import_forgotten(CommandRequest& request) const;
  std::vector<RememberedId> remembered_by(const CommandRequest& request) const;
  Result<void> take_run(const suite::Operation& operation);
  Result<void> take_drift(const suite::Operation& operation);
  Result<Configuration> configuration_of_drift(const DeclaredResource& resource,
                                               const JsonObject& changes) const;
  std::string address_of(const ResourceIdentity& identity, const Placement& placement) const;
  ScriptStep& add_step(const suite::Operation& operation, const Configuration& configuration);
  Result<Configuration> configuration_for(const suite::Operation& operation,
                                          const CommandRequest& request) const;
  Result<void> put_fault(const cloud::FaultRule& rule, const CommandRequest& request,
                         Configuration& configuration) const;
  Result<std::vector<ScriptStrike>> strikes_of(const suite::Operation& operation) const;
  void make_changes_last(CommandRequest& request, Configuration& configuration) const;
  Result<bool> keeps_lock(const suite::Operation& operation) const;
  std::vector<DeclaredResource> left() const;
  std::string command_for(const CommandRequest& request) const;
  void settle(const suite::Operation& operation, const CommandRequest& request);

  const suite::Scenario& scenario_;
  const std::vector<ResourceType>& types_;
  const suite::World& world_;
  const tfplugin::Mapping& mapping_;
  const bool has_cloud_;   // the provider is ours, with a cloud that others may change
  const bool shows_;       // it is about outputs
  const bool has_server_;  // its state lies there
  std::vector<ScriptStep> steps_;
  size_t folders_ = 0;
  LastRun last_;
  // As the state has it, as far as anybody knows who does not look: where each resource is, and as
  // the last apply declared them.
  terraform::Placed placed_;
  std::vector<DeclaredResource> declared_;
  std::map<ResourceIdentity, DeclaredResource> once_declared_;
  std::set<ResourceIdentity> forgotten_;  // what is managed no more, and there
  Configuration applied_;
  Reproduction files_;
};

// Whole seconds are what every `sleep` understands.
int64_t seconds_of(Duration delay) {
  return std::chrono::ceil<std::chrono::seconds>(delay).count();
}

Result<LocalExec> provisioner_of(const cloud::FaultRule& rule) {
  LocalExec out;
  out.when_destroyed = rule.call == CallKind::kDelete;
  const bool is_late = rule.effect.kind == "latency";
  const bool fails = rule.effect.kind == "error" && out.when_destroyed;
  const bool has_a_moment = rule.call == CallKind::kDelete || rule.call == CallKind::kCreate;
  if (rule.label.empty() || rule.permille > 0 || !has_a_moment || (!is_late && !fails))
    return fail(
        fmt::format("the fault \"{}\" needs Squall's cloud: with terraform_data only a "
                    "delete can fail, and a create or delete take long",
                    suite::words(rule)));
  out.command =
      is_late ? fmt::format("sleep {}", seconds_of(rule.effect.delay)) : "sleep 1; exit 1";
  return out;
}

// A block of a resource that is gone from the configuration, but for what its end is to be like.
void put_removed(const std::string& address, const LocalExec& provisioner,
                 Configuration& configuration) {
  auto& all = configuration.root.removed;
  auto found = std::ranges::find(all, address, &terraform::RemovedConfig::from);
  if (found == all.end())
    found = all.insert(all.end(), {.from = address, .destroy = true, .provisioners = {}});
  found->provisioners.push_back(provisioner);
}

Result<void> Author::put_fault(const cloud::FaultRule& rule, const CommandRequest& request,
                               Configuration& configuration) const {
  TRY(const LocalExec provisioner, provisioner_of(rule));
  const auto is_it = [&](const auto& each) { return each.identity.label == rule.label; };
  const auto& resources = request.forma.resources;
  const auto declared = std::ranges::find_if(resources, is_it);
  if (request.kind == CommandKind::kApply && declared != resources.end()) {
    terraform::ModuleConfig& where =
        terraform::module_at(configuration, module_of(rule.label, declared->placement));
    const auto config =
        std::ranges::find(where.resources, rule.label, &terraform::ResourceConfig::name);
    if (config == where.resources.end())
      return fail(
          fmt::format("\"{}\" is about one of several that a block declares: they have "
                      "their provisioners together",
                      suite::words(rule)));
    config->provisioners.push_back(provisioner);
    return {};
  }
  if (!provisioner.when_destroyed) return {};  // what is not made makes no call
  for (const auto& [identity, placement] : placed_) {
    if (identity.label != rule.label || !placement.group.empty()) continue;
    put_removed(terraform::block_address(identity, placement), provisioner, configuration);
  }
  return {};
}

Result<Configuration> Author::configuration_for(const suite::Operation& operation,
                                                const CommandRequest& request) const {
  Configuration configuration = request.kind == CommandKind::kApply
                                    ? terraform::configuration_of(request.forma, placed_, mapping_)
                                    : terraform::bare_configuration();
  // What is shown is to stay where it does not say that it goes.
  if (shows_ && request.kind == CommandKind::kSync && !request.drops_outputs)
    configuration = applied_;
  import_by_variables(configuration);
  if (has_server_) configuration.backend = {.type = "http"};
  for (const cloud::FaultRule& rule : operation.faults)
    TRY_VOID(put_fault(rule, request, configuration));
  if (has_cloud_) return configuration;
  return terraform::plain_configuration(std::move(configuration), mapping_);
}

std::string Author::address_of(const ResourceIdentity& identity, const Placement& placement) const {
  const std::string address = terraform::address_of(identity, placement);
  return has_cloud_ ? address : terraform::plain_address(address);
}

// Each strikes one run, and the request is made again.
Result<std::vector<ScriptStrike>> Author::strikes_of(const suite::Operation& operation) const {
  std::vector<ScriptStrike> out;
  for (const CrashPoint& crash : operation.crashes) {
    const bool is_abandoned = crash.moment == CrashMoment::kAbandoned && operation.kind == "apply";
    if (crash.moment != CrashMoment::kAfterAnswer && !is_abandoned)
      return fail(
          fmt::format("\"{}\" needs Squall's provider, which sees each call; without it a "
                      "kill can strike as a change is reported ({}), and two interrupts as an "
                      "apply has begun one ({})",
                      suite::words(crash), to_string(CrashMoment::kAfterAnswer),
                      to_string(CrashMoment::kAbandoned)));
    out.push_back({.kills = !is_abandoned, .nth = crash.nth});
  }
  return out;
}

// What is to be interrupted must be at work for a while: all is replaced, and takes a second.
void Author::make_changes_last(CommandRequest& request, Configuration& configuration) const {
  for (terraform::ResourceConfig& resource : configuration.root.resources)
    resource.provisioners.push_back({.command = "sleep 1"});
  for (auto& [name, module] : configuration.modules)
    for (terraform::ResourceConfig& resource : module.resources)
      resource.provisioners.push_back({.command = "sleep 1"});
  request.replaced.clear();
  for (const DeclaredResource& resource : request.forma.resources)
    if (placed_.contains(resource.identity)) request.replaced.push_back(resource.identity);
}

// Whether the server is to refuse to free the lock. Nothing can come after that.
Result<bool> Author::keeps_lock(const suite::Operation& operation) const {
  if (!has_server_) return false;  // then its state is a file, which nothing befalls
  for (const StoreFault& fault : operation.store_faults) {
    const bool is_refused =
        fault.operation == StoreOperation::kUnlock && fault.kind == StoreFaultKind::kFails;
    if (!is_refused || &operation != &scenario_.test_case.operations.back())
      return fail(
          fmt::format("\"{}\" needs Squall's state backend: the server of a script can only "
                      "refuse to unlock, in the last operation",
                      suite::words(fault)));
  }
  return !operation.store_faults.empty();
}

// What was forgotten and is declared again is imported, as Squall does.
void Author::import_forgotten(CommandRequest& request) const {
  for (DeclaredResource& resource : request.forma.resources)
    if (forgotten_.contains(resource.identity)) resource.import_id = variable_of(resource.identity);
}

std::vector<RememberedId> Author::remembered_by(const CommandRequest& request) const {
  std::vector<RememberedId> out;
  for (const ResourceIdentity& identity : request.forma.forgotten)
    if (const auto found = placed_.find(identity); has_cloud_ && found != placed_.end())
      out.push_back({variable_of(identity), terraform::address_of(identity, found->second)});
  return out;
}

// What is declared no more, and of which nobody knows whether its removal went well.
std::vector<DeclaredResource> Author::left() const {
  std::vector<DeclaredResource> out;
  for (const auto& [identity, resource] : once_declared_)
    if (placed_.contains(identity) &&
        std::ranges::find(declared_, identity, &DeclaredResource::identity) == declared_.end())
      out.push_back(resource);
  return out;
}

std::string Author::command_for(const CommandRequest& request) const {
  if (request.kind == CommandKind::kSync) return "apply -refresh-only -auto-approve";
  std::string out = request.simulate ? "plan" : "apply -auto-approve";
  const auto put = [&](std::string_view option, const std::vector<ResourceIdentity>& identities,
                       const terraform::Placed& placed) {
    for (const std::string& each : terraform::addresses_of(identities, request.forma, placed))
      out += fmt::format(" '-{}={}'", option, has_cloud_ ? each : terraform::plain_address(each));
  };
  put("replace", request.replaced, {});
  put("target", request.targeted, placed_);
  if (!request.refresh) out += " -refresh=false";
  if (request.parallelism != 0) out += fmt::format(" -parallelism={}", request.parallelism);
  if (request.kind == CommandKind::kApply) return out;
  out += " -destroy";
  const bool all = request.forma.resources.size() == placed_.size();
  for (const DeclaredResource& resource : request.forma.resources) {
    const auto found = placed_.find(resource.identity);
    if (all || found == placed_.end()) continue;
    out += fmt::format(" '-target={}'", address_of(resource.identity, found->second));
  }
  return out;
}

// What a run that is cut short leaves, nobody knows: then both the old and the new may be there.
// A move from where nothing is does nothing.
void Author::settle(const suite::Operation& operation, const CommandRequest& request) {
  if (request.simulate || request.kind == CommandKind::kSync) return;
  if (request.kind == CommandKind::kApply) {
    if (!may_fail(operation) && operation.crashes.empty()) placed_.clear();
    for (const DeclaredResource& resource : request.forma.resources)
      if (placed_.contains(resource.identity) || is_let_be_made(resource, request))
        placed_[resource.identity] = resource.placement;
    declared_ = request.forma.resources;
    for (const ResourceIdentity& identity : request.forma.forgotten) forgotten_.insert(identity);
    for (const DeclaredResource& resource : declared_) once_declared_[resource.identity] = resource;
    for (const DeclaredResource& resource : declared_) forgotten_.erase(resource.identity);
    return;
  }
  for (const DeclaredResource& resource : request.forma.resources) {
    placed_.erase(resource.identity);
    std::erase_if(declared_, [&](const auto& each) { return each.identity == resource.identity; });
  }
}

ScriptStep& Author::add_step(const suite::Operation& operation,
                             const Configuration& configuration) {
  ScriptStep step;
  step.folder = fmt::format("step-{}", ++folders_);
  step.words = suite::words(world_, operation);
  for (auto& [path, text] : terraform::render(configuration))
    if (path.ends_with(kConfigurationFile)) files_[step.folder + "/" + path] = text + "\n";
  return steps_.emplace_back(std::move(step));
}

// What has no fields of its own does not leave one of them as it is that nobody says any more.
Result<void> Author::check_ignored(const DeclaredResource& resource) const {
  const auto before = once_declared_.find(resource.identity);
  if (has_cloud_ || before == once_declared_.end()) return {};
  for (const std::string& field : resource.placement.ignored)
    if (before->second.properties.contains(field) && !resource.properties.contains(field))
      return fail(
          fmt::format("{} of {} is ignored, and declared no more, which terraform_data would mind",
                      field, resource.identity.label.text()));
  return {};
}

bool Author::is_any_grouped(const CommandRequest& request) const {
  const auto is_grouped = [](const Placement& placement) { return !placement.group.empty(); };
  return std::ranges::any_of(placed_, [&](const auto& each) { return is_grouped(each.second); }) ||
         std::ranges::any_of(request.forma.resources,
                             [&](const auto& each) { return is_grouped(each.placement); });
}

Result<void> Author::check_forms(const suite::Operation& operation,
                                 const CommandRequest& request) const {
  if (operation.rival != 0) return fail("two runs meet at a call, which only Squall can arrange");
  for (const suite::WantedOutput& output : operation.outputs)
    if (shows_ && (output.is_sensitive || output.by_data_source))
      return fail(fmt::format("{} is shown, which terraform_data cannot", suite::words(output)));
  if (!operation.forgotten.empty() && is_any_grouped(request))
    return fail(
        fmt::format("{} is forgotten where one block declares several: which of them may be, only "
                    "Squall knows",
                    operation.forgotten.front()));
  for (const DeclaredResource& resource : request.forma.resources)
    TRY_VOID(check_ignored(resource));
  return {};
}

Result<void> Author::check_world() const {
  if (!world_.workspace.empty())
    return fail(fmt::format("it works in the workspace {}: a script works in the default one",
                            world_.workspace));
  if (std::ranges::any_of(scenario_.test_case.operations, [](const suite::Operation& operation) {
        return operation.kind == "switch-binary";
      }))
    return fail("it goes on with another binary: a script is run by one");
  for (const suite::Slot& slot : world_.slots) {
    const auto* type = mapping_.find(tfplugin::type_name(slot.type));
    if (type == nullptr)
      return fail(
          fmt::format("{} has the type {}, which nobody knows here; --types FILE adds types",
                      slot.label, slot.type));
    for (const tfplugin::FieldMapping& field : type->fields)
      if (field.hint.write_only)
        return fail(fmt::format("{} of {} is WriteOnly: its values come from Squall",
                                field.property, slot.label));
  }
  return {};
}

Result<void> Author::take_run(const suite::Operation& operation) {
  CommandRequest request = suite::request_of(world_, operation);
  TRY_VOID(check_forms(operation, request));
  if (is_any_grouped(request)) request.targeted.clear();  // as Squall does (docs/terraform.md §7)
  import_forgotten(request);
  if (!shows_) request.forma.outputs.clear();
  if (request.kind == CommandKind::kDestroy)  // it says what goes, not where it is
    for (DeclaredResource& resource : request.forma.resources)
      if (const auto found = placed_.find(resource.identity); found != placed_.end())
        resource.placement = found->second;
  last_ = {request, declared_, left(), !has_cloud_};
  TRY(std::vector<ScriptStrike> strikes, strikes_of(operation));
  TRY(const bool keeps_lock, this->keeps_lock(operation));
  TRY(Configuration configuration, configuration_for(operation, request));
  if (std::ranges::find(strikes, false, &ScriptStrike::kills) != strikes.end())
    make_changes_last(request, configuration);
  ScriptStep& step = add_step(operation, configuration);
  step.command = command_for(request);
  step.strikes = std::move(strikes);
  step.keeps_lock = keeps_lock;
  step.remembered = remembered_by(request);
  step.may_fail = may_fail(operation);
  if (request.kind == CommandKind::kApply && !request.simulate) applied_ = configuration;
  settle(operation, request);
  return {};
}

// Others have the object in a state of their own. Only what they change is theirs to say; what the
// object refers to does not matter then.
Result<Configuration> Author::configuration_of_drift(const DeclaredResource& resource,
                                                     const JsonObject& changes) const {
  Forma forma;
  forma.targets = {{.label = std::string(terraform::kTargetOfAll), .name_space = ""}};
  DeclaredResource theirs = resource;
  theirs.placement = {};
  JsonObject properties = with_references_replaced(
      resource.properties, [](const Reference&) { return Json("somebody else's"); });
  for (const auto& [key, value] : changes) properties[key] = value;
  theirs.properties = std::move(properties);
  forma.resources = {std::move(theirs)};
  Configuration out = terraform::configuration_of(forma, {}, mapping_);
  terraform::ResourceConfig& config = out.root.resources.front();
  for (const tfplugin::FieldMapping& field : mapping_.find(config.type)->fields) {
    const bool changes_it = changes.contains(field.property);
    if (changes_it && field.hint.create_only)
      return fail(
          fmt::format("{} of {} is fixed at creation: nobody but Squall can change it in "
                      "the cloud",
                      field.property, resource.identity.label.text()));
    if (!changes_it && !field.read_only) config.lifecycle.ignore_changes.push_back(field.attribute);
  }
  return out;
}

Result<void> Author::take_drift(const suite::Operation& operation) {
  if (operation.resources.empty()) return {};
  const suite::WantedResource& changed = operation.resources.front();
  const auto is_it = [&](const ResourceIdentity& each) { return each.label == changed.label; };
  if (std::ranges::any_of(forgotten_, is_it))
    return fail(
        fmt::format("{} is changed while nobody manages it, so that the script cannot "
                    "find it",
                    changed.label));
  const auto found = std::ranges::find_if(declared_, [&](const DeclaredResource& each) {
    return each.identity.label == changed.label;
  });
  if (found == declared_.end()) return {};  // it is not there
  const bool deletes = operation.kind == "delete";
  TRY(const Configuration configuration,
      configuration_of_drift(*found, deletes ? JsonObject() : changed.properties));
  ScriptStep& step = add_step(operation, configuration);
  step.command = deletes ? "apply -destroy -auto-approve" : "apply -auto-approve";
  step.drifting = terraform::address_of(found->identity, found->placement);
  step.drifting_elsewhere = terraform::address_of(found->identity, {});
  return {};
}

Result<void> Author::take(size_t index) {
  const suite::Operation& operation = scenario_.test_case.operations[index];
  const bool is_on_disk = operation.disk_full || operation.reply_lost;
  const bool is_plain = !is_on_disk && operation.flaw == suite::Flaw::kNone;
  if (is_a_pause(operation)) return {};
  if (is_drift(operation)) return take_drift(operation);
  if (is_plain && makes_a_run(operation)) return take_run(operation);
  return fail(
      fmt::format("operation {} (\"{}\") needs Squall: only plain requests of the command "
                  "line can be made without it",
                  index + 1, suite::words(world_, operation)));
}

// Where it cannot be told what is there by now, it is not looked at.
std::vector<FinalStep> Author::take_epilogue() {
  std::vector<FinalStep> out;
  if (!has_cloud_ && !forgotten_.empty()) return out;
  const suite::Operation apply = suite::final_apply(world_, types_);
  for (const suite::Operation& operation :
       {suite::final_sync(), apply, apply, suite::final_destroy(world_)}) {
    if (!take_run(operation)) return out;
    const Result<FailureCheck> check = failure_check(scenario_.expected, last_);
    FinalStep last{std::exchange(steps_.back(), {}), {}};
    steps_.pop_back();
    last.step.may_fail = true;
    if (check)
      last.check = *check;  // else it is about nothing that such a failure could be seen of
    out.push_back(std::move(last));
  }
  return out;
}

Result<Reproduction> Author::write() {
  const suite::Case& test_case = scenario_.test_case;
  TRY_VOID(check_world());
  for (size_t i = 0; i < test_case.operations.size(); ++i) TRY_VOID(take(i));
  if (steps_.empty()) return fail("it has no operation that runs the engine");
  TRY(const FailureCheck check, failure_check(scenario_.expected, last_));
  const std::vector<FinalStep> final_steps =
      check.in_any_run ? take_epilogue() : std::vector<FinalStep>();
  files_[std::string(kScript)] = script_of(scenario_, steps_, check, final_steps, has_cloud_);
  return std::move(files_);
}

}  // namespace

Result<Reproduction> reproduction_of(const suite::Scenario& scenario,
                                     const SharedCatalogue& catalogue) {
  if (scenario.engine != "terraform")
    return fail(
        fmt::format("it is a scenario of the engine {}: only what terraform shows can be "
                    "confirmed without Squall",
                    scenario.engine));
  if (scenario.expected.empty())
    return fail("it expects nothing: say in `expected` which failure it is to show");
  TRY(const tfplugin::Mapping mapping, tfplugin::Mapping::of(catalogue->types));
  return Author(scenario, catalogue->types, mapping).write();
}

Result<void> write_reproduction(const Reproduction& reproduction, const fs::path& folder) {
  std::error_code error;
  const bool is_taken = fs::exists(folder, error) && !fs::is_empty(folder, error);
  if (is_taken && !fs::exists(folder / kScript, error))
    return fail(
        fmt::format("writing to {}: it holds something else than a reproduction; choose "
                    "another folder with --dir",
                    folder.string()));
  if (is_taken)
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
      if (entry.path().filename().string().starts_with("step-"))
        fs::remove_all(entry.path(), error);
  for (const auto& [path, text] : reproduction) {
    fs::create_directories((folder / path).parent_path(), error);
    if (error) return fail(fmt::format("making {}: {}", folder.string(), error.message()));
    TRY_VOID(write_file(folder / path, text));
  }
  fs::permissions(folder / kScript, fs::perms::owner_exec | fs::perms::group_exec,
                  fs::perm_options::add, error);
  if (error) return fail(fmt::format("making {} executable: {}", kScript, error.message()));
  return {};
}

}  // namespace squall::campaign
