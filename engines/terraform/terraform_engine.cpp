#include "engines/terraform/terraform_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "base/check.h"
#include "engines/terraform/host.h"
#include "engines/terraform/instances.h"
#include "engines/terraform/marks.h"
#include "engines/terraform/printed.h"
#include "engines/terraform/run_view.h"
#include "engines/terraform/state_file.h"
#include "engines/terraform/strikes.h"
#include "engines/terraform/traits.h"
#include "engines/terraform/world_configuration.h"
#include "provider/locked_controller.h"
#include "provider/shared_cloud.h"
#include "provider/tfplugin/reattach_server.h"

namespace squall::terraform {

namespace {

constexpr std::string_view kPlanFile = "saved.tfplan";
constexpr std::string_view kLogFile = "trace.log";

class TerraformEngine final : public EngineUnderTest {
 public:
  TerraformEngine(std::shared_ptr<TerraformHost> host, std::unique_ptr<SharedCloud> cloud,
                  std::unique_ptr<tfplugin::ReattachServer> provider, tfplugin::Mapping mapping)
      : host_(std::move(host)),
        cloud_(std::move(cloud)),
        provider_(std::move(provider)),
        mapping_(std::move(mapping)),
        traits_(traits_of(host_->impl().binaries())) {}
  ~TerraformEngine() override { TerraformEngine::end_case(); }

  const Traits& traits() const override { return traits_; }
  Result<void> reset(const EngineSetup& setup) override;
  void end_case() override;

  Ticket start(const CommandRequest& request) override;
  Poll poll(Ticket ticket) override;
  std::optional<CommandView> status(const std::string& command_id) override;
  std::vector<CommandView> commands() override;
  std::vector<InventoryRow> inventory() override { return inventory_of(instances()); }
  std::vector<std::string> stacks() override;

  // There are no rules for what comes after a replacement that was left halfway.
  std::string_view left_undecided() const override {
    return has_deposed(instances()) ? "ended-with-deposed" : "";
  }

  std::optional<StoreFinding> mend_store() override { return state_.mend(); }
  std::vector<StoreCall> store_calls(size_t from) override { return state_.calls(from); }
  Result<void> release_lock(const std::string& id) override;
  Result<bool> remove_from_state(const std::vector<ResourceIdentity>& identities) override;
  Result<bool> visit_elsewhere() override;
  bool switch_binary() override;
  std::string version() const override { return version_of(cli().binary()); }
  void arm_rival(uint32_t nth) override { rival_at_ = nth; }
  void disarm_rival() override { rival_at_ = 0; }
  std::vector<RivalRun> rival_runs(size_t from) override {
    return {rivals_.begin() + static_cast<ptrdiff_t>(from), rivals_.end()};
  }
  Result<bool> save_what_was_left() override;
  std::string store_version() const override;
  std::map<ResourceIdentity, StoredResource> stored() const override {
    return stored_of(instances(), stack_, mapping_);
  }
  OutputsView outputs() const override { return {outputs_of(state_.read()), told_outputs_}; }
  std::vector<std::string> leaks(const std::vector<std::string>& secrets) override {
    return printed_.places_of(secrets);
  }
  std::vector<ProviderAnswer> provider_answers(size_t from) override {
    return {provider_answers_.begin() + static_cast<ptrdiff_t>(from), provider_answers_.end()};
  }

  Waited run_until(const std::function<bool()>& condition, Duration deadline) override;
  Instant now() const override { return cloud_->now(); }

  bool alive() const override { return alive_; }
  void arm_crash(const CrashPoint& point) override { armed_.push_back(point); }
  void disarm_crashes() override { armed_.clear(); }
  void arm_store_fault(const StoreFault& fault) override { armed_at_store_.push_back(fault); }
  void disarm_store_faults() override { armed_at_store_.clear(); }
  void set_disk_full(bool) override {}
  // Between requests nothing runs.
  void kill() override { alive_ = false; }
  Result<void> restart() override {
    alive_ = true;
    return {};
  }

  std::vector<std::pair<std::string, uint64_t>> marks() const override;
  uint64_t runs() const override { return runs_; }
  uint64_t peak_calls_in_flight() const override { return 0; }
  uint64_t trace_hash() const override { return 0; }

  SharedCloud& cloud() { return *cloud_; }

 private:
  struct Running {
    std::string id;
    CommandRequest request;
    std::unique_ptr<RunningCli> run;
    std::shared_ptr<Struck> struck;
    // By the state that it began with.
    std::map<ResourceIdentity, bool> created_before;
    std::map<ResourceIdentity, StoredResource> versions_before;
  };

  Result<std::unique_ptr<RunningCli>> launch(const CommandRequest& request, const std::string& id,
                                             const std::shared_ptr<Struck>& struck);
  Command command_for(const CommandRequest& request) const;
  Result<void> write_configuration_for(const CommandRequest& request);
  RunOptions options_for(const std::string& id) const;
  Result<CliRun> run_by_hand(const Command& command);
  Result<void> recover(const Command& command);
  void arm_next(const Running& running);
  void arm_rival_of(const Running& running);
  std::optional<RivalRun> run_rival(const std::string& id);
  void finish(Ticket ticket, Running running);
  void note_run(const Running& running, const CliRun& run);
  void look_for_what_is_kept_back(const Running& running, const CliRun& run);
  const Cli& cli() const { return host_->impl().clis.at(binary_); }
  std::vector<Instance> instances() const;
  Placed placed() const { return placed_of(instances()); }

  std::shared_ptr<TerraformHost> host_;
  std::unique_ptr<SharedCloud> cloud_;
  std::unique_ptr<tfplugin::ReattachServer> provider_;
  tfplugin::Mapping mapping_;
  const Traits traits_;
  std::string directory_;  // of the case; empty: none yet
  std::string stack_;      // the one there is
  size_t binary_ = 0;      // of the host's
  uint64_t next_ = 1;
  uint64_t runs_ = 0;
  std::map<Ticket, Running> running_;
  std::map<Ticket, Poll> answers_;
  std::map<std::string, CommandView> commands_;
  std::vector<ProviderAnswer> provider_answers_;
  Printed printed_;
  std::map<std::string, std::string> values_;  // as Configuration has them, of the last one
  std::map<std::string, std::string> values_of_plan_;
  std::set<std::string> kept_back_;  // all of them in this case
  std::optional<std::map<std::string, ToldOutput>> told_outputs_;
  std::map<std::string, uint64_t> marks_;
  std::deque<CrashPoint> armed_;  // one a run
  uint32_t rival_at_ = 0;         // call of the next run; 0: it has no rival
  std::vector<RivalRun> rivals_;
  std::vector<StoreFault> armed_at_store_;  // for the next run
  CaseState state_;
  bool alive_ = true;
};

void TerraformEngine::end_case() {
  for (auto& [ticket, running] : running_) {
    running.run->kill();
    provider_->close_run(running.id);
  }
  running_.clear();
  state_ = {};
  if (!directory_.empty()) (void)host_->impl().area.remove_directory(directory_);
  directory_.clear();
}

Result<void> TerraformEngine::reset(const EngineSetup& setup) {
  end_case();
  answers_.clear();
  commands_.clear();
  provider_answers_.clear();
  printed_.clear();
  values_.clear();
  values_of_plan_.clear();
  kept_back_.clear();
  told_outputs_.reset();
  marks_.clear();
  armed_.clear();
  armed_at_store_.clear();
  rival_at_ = 0;
  rivals_.clear();
  alive_ = true;
  binary_ = 0;
  next_ = 1;
  runs_ = 0;
  TerraformHost::Impl& host = host_->impl();
  TRY(directory_, host.area.make_directory(fmt::format("case-{}", ++host.directories)));
  if (setup.store == StoreKind::kLocal) {
    state_ = CaseState::local(directory_, setup.workspace);
    if (setup.workspace.empty()) return {};
    ++marks_["in-a-workspace"];
    return recover(command::workspace_new(setup.workspace));
  }
  TRY(auto* backend, host.backend.open(cli(), host.area));
  TRY(state_, CaseState::in_backend(*backend, host.backend.init_record(), directory_));
  ++marks_["http-state"];
  return {};
}

std::string TerraformEngine::store_version() const {
  const std::optional<State> now = state_.read();
  return now ? fmt::format("{} {}", now->lineage, now->serial) : "";
}

std::vector<Instance> TerraformEngine::instances() const {
  return instances_in(state_.read(), stack_, mapping_);
}

Result<void> TerraformEngine::write_configuration_for(const CommandRequest& request) {
  if (request.saved_plan) {  // the plan has its own, but for what is in no plan
    values_ = values_of_plan_;
    return {};
  }
  Configuration configuration = bare_configuration();
  if (request.kind == CommandKind::kApply)
    configuration = configuration_of(request.forma, placed(), mapping_);
  if (request.kind == CommandKind::kSync && !request.drops_outputs)
    configuration = keeping_outputs(outputs().stored);
  configuration.backend = state_.configuration();
  values_ = configuration.values;
  for (const auto& [name, value] : values_) kept_back_.insert(value);
  return write_configuration(configuration, directory_);
}

Command TerraformEngine::command_for(const CommandRequest& request) const {
  if (request.kind == CommandKind::kSync) return command::refresh_only();
  PlanOptions options;
  if (request.parallelism != 0) options.parallelism = request.parallelism;
  if (request.saved_plan) return command::apply_saved(std::string(kPlanFile), options.parallelism);
  if (request.kind == CommandKind::kApply) {
    options.refresh = request.refresh;
    options.targets = addresses_of(request.targeted, request.forma, placed());
    options.replace = addresses_of(request.replaced, request.forma, {});
    return request.simulate ? command::plan(std::string(kPlanFile), PlanMode::kNormal, options)
                            : command::apply(options);
  }
  const Placed there = placed();
  for (const DeclaredResource& resource : request.forma.resources) {
    const auto found = there.find(resource.identity);
    if (found != there.end())
      options.targets.push_back(address_of(resource.identity, found->second));
  }
  // Everything there is needs no targets, and nothing of what is named is there: a target that
  // matches nothing is fine.
  if (options.targets.size() == there.size()) options.targets.clear();
  return request.simulate ? command::plan("", PlanMode::kDestroy, options)
                          : command::destroy(options);
}

Result<std::unique_ptr<RunningCli>> TerraformEngine::launch(const CommandRequest& request,
                                                            const std::string& id,
                                                            const std::shared_ptr<Struck>& struck) {
  TRY_VOID(write_configuration_for(request));
  TRY(const tfplugin::ReattachServer::Run attached, provider_->open_run(id));
  RunOptions options = options_for(id);
  options.reattach = attached.reattach;
  // A change is reported before it is saved.
  const auto count_reports = [struck](const Event& event) {
    const auto* applied = std::get_if<event::Apply>(&event);
    if (applied == nullptr || applied->phase != Phase::kComplete || struck->reports_left == 0)
      return;
    if (--struck->reports_left == 0) struck->killed = true;
  };
  state_.begin_run(std::exchange(armed_at_store_, {}));
  TerraformHost::Impl& host = host_->impl();
  return cli().start(with_flags(command_for(request), host.flags), options, count_reports);
}

RunOptions TerraformEngine::options_for(const std::string& id) const {
  RunOptions out{
      .directory = directory_, .deadline = kRunDeadline, .environment = state_.environment(id)};
  for (const auto& [name, value] : values_) out.environment["TF_VAR_" + name] = value;
  if (values_.empty()) return out;
  out.environment["TF_LOG"] = "TRACE";
  out.environment["TF_LOG_PATH"] = directory_ + "/" + std::string(kLogFile);
  return out;
}

// What people do between runs. The configuration of the last one may be one that nobody can load.
Result<CliRun> TerraformEngine::run_by_hand(const Command& command) {
  Configuration configuration = bare_configuration();
  configuration.backend = state_.configuration();
  TRY_VOID(write_configuration(configuration, directory_));
  TRY(CliRun run, cli().run(command, options_for(fmt::format("by-hand-{}", next_++))));
  state_.end_run();
  return run;
}

Result<void> TerraformEngine::recover(const Command& command) {
  TRY(const CliRun run, run_by_hand(command));
  if (!run.succeeded()) return fail(run.describe());
  return {};
}

Result<void> TerraformEngine::release_lock(const std::string& id) {
  ++marks_["lock-left-held"];
  return recover(command::force_unlock(id));
}

Result<bool> TerraformEngine::remove_from_state(const std::vector<ResourceIdentity>& identities) {
  const Placed there = placed();
  std::vector<std::string> addresses;
  for (const ResourceIdentity& identity : identities)
    if (const auto found = there.find(identity); found != there.end())
      addresses.push_back(address_of(identity, found->second));
  if (addresses.empty()) return false;
  TRY_VOID(recover(command::state_remove(addresses)));
  ++marks_["removed-from-state"];
  return true;
}

// The environment says where it works; who works here goes on doing so.
Result<bool> TerraformEngine::visit_elsewhere() {
  if (!state_.has_workspaces()) return false;
  ++marks_["worked-elsewhere"];
  Configuration configuration = keeping_outputs({{"visits", {Json(next_), false}}});
  configuration.providers.clear();  // it asks nobody for anything
  TRY_VOID(write_configuration(configuration, directory_));
  RunOptions options = options_for(fmt::format("elsewhere-{}", next_++));
  options.environment["TF_WORKSPACE"] = state_.other_workspace();
  state_.begin_visit();
  TRY(const CliRun run, cli().run(command::apply(), options));
  state_.end_visit();
  if (!run.succeeded()) return fail(run.describe());
  return true;
}

bool TerraformEngine::switch_binary() {
  if (binary_ + 1 == host_->impl().clis.size()) return false;
  ++binary_;
  ++marks_["binary-switched"];
  return true;
}

Result<bool> TerraformEngine::save_what_was_left() {
  const std::optional<std::string> left = state_.left_over();
  if (!left) return false;
  ++marks_["errored-state-pushed"];
  TRY(const CliRun run, run_by_hand(command::state_push(*left)));
  const bool is_there = run.rejected_as(Rejection::kStatePushRefused) && state_.has_left_over();
  if (!run.succeeded() && !is_there) return fail(run.describe());
  if (is_there) state_.note_save_refused();
  std::filesystem::remove(directory_ + "/" + *left);
  return true;
}

Ticket TerraformEngine::start(const CommandRequest& request) {
  const Ticket ticket = next_++;
  told_outputs_.reset();
  const std::string id = fmt::format("run-{}", ticket);
  if (!request.forma.resources.empty()) stack_ = request.forma.resources.front().identity.stack;
  const bool nothing_to_destroy = request.kind == CommandKind::kDestroy && [&] {
    const Placed there = placed();
    return std::ranges::none_of(request.forma.resources, [&](const DeclaredResource& resource) {
      return there.contains(resource.identity);
    });
  }();
  if (nothing_to_destroy) {
    answers_.emplace(ticket, CommandReply(NothingToDo{}));
    return ticket;
  }
  std::map<ResourceIdentity, bool> created_before = creates_before_of(instances());
  const auto struck = std::make_shared<Struck>();
  Result<std::unique_ptr<RunningCli>> run = launch(request, id, struck);
  if (!run) {
    answers_.emplace(
        ticket, CommandReply(squall::Rejection{RejectionType::kUnavailable, run.error().message}));
    return ticket;
  }
  ++runs_;
  const auto started = running_
                           .emplace(ticket, Running{id, request, *std::move(run), struck,
                                                    std::move(created_before), stored()})
                           .first;
  arm_rival_of(started->second);
  arm_next(started->second);
  return ticket;
}

// In the thread of a call: whoever makes that call waits.
std::optional<RivalRun> TerraformEngine::run_rival(const std::string& id) {
  const Result<tfplugin::ReattachServer::Run> attached = provider_->open_run(id);
  if (!attached) return std::nullopt;
  RunOptions options = options_for(id);
  options.reattach = attached->reattach;
  const Result<CliRun> run = cli().run(command::apply(), options);
  (void)provider_->close_run(id);
  if (!run) return std::nullopt;
  RunView view = view_of(*run, CommandRequest(), id, stack_, mapping_);
  if (!view.trouble.empty())
    view.reply = squall::Rejection{RejectionType::kUnavailable, std::move(view.trouble)};
  return RivalRun{id, std::move(view.reply)};
}

void TerraformEngine::arm_rival_of(const Running& running) {
  const uint32_t nth = std::exchange(rival_at_, 0);
  if (nth == 0) return;
  tfplugin::CallPoint point;
  point.nth = nth;
  const Result<void> armed = provider_->arm(
      running.id, point, [this, id = running.id + "-rival", struck = running.struck] {
        std::optional<RivalRun> rival = run_rival(id);
        const std::scoped_lock lock(struck->mutex);
        struck->rival = std::move(rival);
      });
  SQUALL_CHECK(armed.has_value());
}

// The program takes much longer to make its first call than this does.
void TerraformEngine::arm_next(const Running& running) {
  if (armed_.empty()) return;
  const CrashPoint crash = armed_.front();
  armed_.pop_front();
  const Result<void> armed = arm(crash, *provider_, running.id, *running.run, running.struck);
  SQUALL_CHECK(armed.has_value());
}

std::vector<std::pair<std::string, uint64_t>> TerraformEngine::marks() const {
  std::map<std::string, uint64_t> all = marks_;
  for (const StoreCall& call : state_.calls(0)) note_marks_of(call, all);
  return {all.begin(), all.end()};
}

// In no state, no plan and no log.
void TerraformEngine::look_for_what_is_kept_back(const Running& running, const CliRun& run) {
  if (kept_back_.empty()) return;
  for (const std::string& text : state_.texts())
    printed_.look_into("the state after: " + text_of(run.command), text, kept_back_);
  const std::string log = directory_ + "/" + std::string(kLogFile);
  printed_.look_into("the log of: " + text_of(run.command), processes::read_text(log).value_or(""),
                     kept_back_);
  std::filesystem::remove(log);
  if (!running.request.simulate || running.request.kind != CommandKind::kApply) return;
  values_of_plan_ = values_;
  const std::string id = running.id + "-plan";
  const Result<tfplugin::ReattachServer::Run> attached = provider_->open_run(id);
  if (!attached) return;
  RunOptions options = options_for(id);
  options.reattach = attached->reattach;
  const Command command = command::show_plan(std::string(kPlanFile));
  if (const Result<CliRun> shown = cli().run(command, options))
    printed_.look_into("the plan", shown->out.text, kept_back_);
  (void)provider_->close_run(id);
}

// What it has printed; and, where it has kept something back, what people are shown who ask for it.
void TerraformEngine::note_run(const Running& running, const CliRun& run) {
  printed_.add(run);
  told_outputs_ = told_outputs(run);
  if (!told_outputs_) return;
  note_outputs(run, *told_outputs_, marks_);
  const auto is_sensitive = [](const auto& each) { return each.second.is_sensitive; };
  if (std::ranges::none_of(*told_outputs_, is_sensitive)) return;
  const std::string id = running.id + "-shown";
  const Result<tfplugin::ReattachServer::Run> attached = provider_->open_run(id);
  if (!attached) return;
  RunOptions options = options_for(id);
  options.reattach = attached->reattach;
  for (const Command& command : {command::output_for_people(), command::show_state_for_people()})
    if (const Result<CliRun> shown = cli().run(command, options)) printed_.add(*shown);
  (void)provider_->close_run(id);
}

void TerraformEngine::finish(Ticket ticket, Running running) {
  const CliRun run = running.run->take();
  state_.end_run();
  for (ProviderAnswer& answer : provider_->close_run(running.id)) {
    if (answer.tells_of_death()) ++marks_["provider-died"];
    provider_answers_.push_back(std::move(answer));
  }
  {
    const std::scoped_lock lock(running.struck->mutex);
    if (running.struck->rival) {
      ++marks_["met-a-rival"];
      rivals_.push_back(*std::move(running.struck->rival));
    }
  }
  note_changes(run, marks_);
  look_for_what_is_kept_back(running, run);
  note_run(running, run);
  note_sent_again(running.versions_before, stored(), marks_);
  const bool is_killed = running.struck->killed && run.end.signal;
  if (is_killed || running.struck->abandoned) {
    ++marks_[is_killed ? "killed" : "abandoned"];
    alive_ = false;
    answers_.emplace(ticket, ReplyLost{});
    return;
  }
  const bool is_interrupted = running.struck->interrupted;
  if (is_interrupted) ++marks_["interrupted"];
  RunView view = view_of(run, running.request, running.id, stack_, mapping_, is_interrupted);
  if (view.is_unanswered && view.trouble.empty()) {
    answers_.emplace(ticket, ReplyLost{});
    return;
  }
  if (!view.trouble.empty())
    view.reply = squall::Rejection{RejectionType::kUnavailable, std::move(view.trouble)};
  note_answer(running.request, view.reply, marks_);
  if (std::holds_alternative<NothingToDo>(view.reply) && !running.request.simulate)
    note_nothing(run, running.created_before, creates_before_of(instances()), marks_);
  if (std::holds_alternative<Accepted>(view.reply))
    commands_.emplace(running.id, std::move(view.command));
  answers_.emplace(ticket, std::move(view.reply));
}

Poll TerraformEngine::poll(Ticket ticket) {
  const auto found = answers_.find(ticket);
  if (found == answers_.end()) return Pending{};
  return found->second;
}

std::optional<CommandView> TerraformEngine::status(const std::string& command_id) {
  const auto found = commands_.find(command_id);
  if (found == commands_.end()) return std::nullopt;
  return found->second;
}

std::vector<CommandView> TerraformEngine::commands() {
  std::vector<CommandView> out;
  for (const auto& [id, view] : commands_) out.push_back(view);
  return out;
}

std::vector<std::string> TerraformEngine::stacks() {
  if (placed().empty()) return {};
  return {stack_};
}

Waited TerraformEngine::run_until(const std::function<bool()>& condition, Duration deadline) {
  const Instant until = now() + deadline;
  for (;;) {
    std::vector<RunningCli*> runs;
    for (auto& [ticket, running] : running_) runs.push_back(running.run.get());
    if (!runs.empty()) wait_any(runs, std::chrono::milliseconds(50));
    for (auto it = running_.begin(); it != running_.end();) {
      if (it->second.struck->killed) it->second.run->kill();
      if (!it->second.run->poll()) {
        ++it;
        continue;
      }
      const Ticket ticket = it->first;
      Running ended = std::move(it->second);
      it = running_.erase(it);
      finish(ticket, std::move(ended));
    }
    if (condition()) return Waited::kConditionMet;
    if (now() >= until) return Waited::kDeadline;
    if (!running_.empty()) continue;
    if (cloud_->pending() == 0) return Waited::kIdle;
    (void)cloud_->wait_until_idle(std::chrono::milliseconds(50));
  }
}

}  // namespace

Result<TerraformRig> make_terraform_rig(std::shared_ptr<TerraformHost> host, cloud::Cloud& cloud) {
  auto shared = std::make_unique<SharedCloud>(cloud);
  TRY(std::unique_ptr<tfplugin::ReattachServer> provider,
      tfplugin::ReattachServer::start(*shared, host->impl().area.root()));
  TRY(tfplugin::Mapping mapping, tfplugin::Mapping::of(cloud.resource_types()));
  TerraformRig out;
  out.controller = make_locked_controller(*shared);
  out.engine = std::make_unique<TerraformEngine>(std::move(host), std::move(shared),
                                                 std::move(provider), std::move(mapping));
  return out;
}

}  // namespace squall::terraform
