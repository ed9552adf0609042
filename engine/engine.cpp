#include "engine/engine.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "engine/admission.h"
#include "engine/core.h"
#include "engine/executor.h"
#include "engine/provider_calls.h"
#include "engine/secrets.h"
#include "engine/synchronizer.h"
#include "engine/views.h"

namespace squall::engine {

struct Engine::Impl {
  Impl(Env& env, const Options& options)
      : core(env, options), calls(core), executor(core, calls), syncs(core, calls) {}

  Task<Result<void>> recover();
  Task<CommandReply> submit(CommandRequest request);
  Task<CommandReply> decide(CommandRequest request);
  Task<CommandReply> answer_noop(Plan plan);
  Task<CommandReply> accept(CommandRequest request, Plan plan);
  // Every source's, oldest first: a CommandEntry, or the CommandView of a sync.
  template <class Visit>
  void visit_commands(const Visit& visit) const;

  Core core;
  ProviderCalls calls;
  Executor executor;
  Synchronizer syncs;
};

namespace {

CommandView view_of(const CommandView& sync) { return sync; }

CommandOutline outline_of(const CommandView& sync) {
  CommandOutline out;
  for (const ResourceUpdateView& update : sync.updates) ++out.updates[update.state];
  out.command = sync;
  out.command.updates.clear();
  return out;
}

// Everything an accepted or no-op apply writes besides its command.
Batch side_effects(Plan& plan) {
  Batch batch;
  for (ResourceRow& row : plan.redeclared) put(batch, std::move(row));
  for (Target& target : plan.targets) put(batch, StoredTarget{std::move(target)});
  return batch;
}

// Secrets of the forma go no further in clear.
void seal(Core& core, Forma& forma) {
  for (DeclaredResource& resource : forma.resources) {
    const Schema* schema = core.schemas.find(resource.identity.type);
    if (schema != nullptr) seal_incoming(core.env, *schema, resource.properties);
  }
}

CommandReply simulated(const Plan& plan) {
  if (plan.updates.empty()) return NothingToDo{};
  Simulated out;
  for (const PlannedUpdate& update : plan.updates) out.updates.push_back(view_of(update));
  return out;
}

CommandReply unavailable() {
  return Rejection{RejectionType::kUnavailable,
                   "the disk of the engine's store is full, nothing was accepted: make room and "
                   "try again"};
}

StoredCommand command_for(const CommandRequest& request) {
  StoredCommand command;
  command.kind = request.kind;
  command.mode = request.mode;
  command.force = request.force;
  command.client_id = request.client_id;
  return command;
}

}  // namespace

// Everything in the store is committed by definition: it goes straight into the state. What was not
// finished then starts where it stood; budgets are new.
Task<Result<void>> Engine::Impl::recover() {
  SQUALL_CHECK(!core.loaded.raised());
  core.schemas = Schemas(core.env.provider().schemas);
  core.provider_has_versions = core.env.provider().versions;
  Task<Result<void>> loading =
      core.env.load([this](const std::string& key, std::shared_ptr<const Record> record) {
        const auto* row = std::get_if<ResourceRow>(&record->value);
        if (row != nullptr && row->version > 0) core.provider_has_versions = true;
        core.state.apply(Write{key, std::move(record)});
      });
  Result<void> loaded = co_await std::move(loading);
  if (!loaded) {
    core.env.stop("cannot load the store: " + loaded.error().message);
    co_return loaded;
  }
  core.loaded.raise();
  for (const std::string& command : core.state.open_commands()) {
    executor.start(command, /*after_restart=*/true);
  }
  co_return loaded;
}

Task<CommandReply> Engine::Impl::submit(CommandRequest request) {
  co_await core.loaded.wait();
  if (request.kind == CommandKind::kSync) {
    Task<CommandReply> syncing = syncs.start();
    CommandReply started = co_await std::move(syncing);
    co_return started;
  }
  co_await core.admission.exclusive();
  if (core.stopped()) co_await Forever{};
  Task<CommandReply> deciding = decide(std::move(request));
  CommandReply reply = co_await std::move(deciding);
  core.admission.release_exclusive();
  co_return reply;
}

Task<CommandReply> Engine::Impl::decide(CommandRequest request) {
  if (!request.idempotency_key.empty() && !request.simulate) {
    const std::string* known = core.state.command_of_key(request.idempotency_key);
    if (known != nullptr) co_return CommandReply(Accepted{*known});
  }
  seal(core, request.forma);
  std::optional<Admission> planned;
  const auto make_plan = [&] {
    planned = admit(core.state, core.schemas, core.options.plants, request, &core.env);
  };
  if (request.forma.resources.size() + core.state.row_count() < core.options.long_plan) {
    make_plan();
  } else {
    core.state_may_change.close();
    Task<void> planning = core.env.elsewhere(make_plan);
    co_await std::move(planning);
    core.state_may_change.open();
    if (core.stopped()) co_await Forever{};
  }
  Admission& admission = *planned;
  if (Rejection* rejection = std::get_if<Rejection>(&admission)) {
    if (rejection->type == RejectionType::kReconcileRejected) {
      core.env.mark("reconcile-rejected-undeclared");
    }
    co_return CommandReply(std::move(*rejection));
  }
  Plan plan = std::move(std::get<Plan>(admission));
  if (request.simulate) co_return simulated(plan);
  Task<CommandReply> answering = plan.updates.empty() ? answer_noop(std::move(plan))
                                                      : accept(std::move(request), std::move(plan));
  CommandReply reply = co_await std::move(answering);
  co_return reply;
}

Task<CommandReply> Engine::Impl::answer_noop(Plan plan) {
  Batch batch = side_effects(plan);
  if (!batch.empty()) {
    Task<bool> committing = core.commit_unless_full(std::move(batch));
    const bool committed = co_await std::move(committing);
    if (!committed) co_return unavailable();
  }
  co_return CommandReply(NothingToDo{});
}

Task<CommandReply> Engine::Impl::accept(CommandRequest request, Plan plan) {
  if (core.state.has_open_commands()) core.env.mark("overlapping-commands");
  if (plan.cascades > 0) core.env.mark("cascade-delete");
  if (plan.cascaded_consumers > 0) core.env.mark("consumer-replaced-by-cascade");
  if (plan.dropped_edges > 0) core.env.mark("edge-dropped-in-circle");
  Batch batch = side_effects(plan);
  StoredCommand command = command_for(request);
  command.id = core.new_id();
  command.sequence = core.state.next_sequence();
  command.started = core.env.wall_now();
  command.update_count = static_cast<uint32_t>(plan.updates.size());
  const std::string id = command.id;
  put(batch, std::move(command));
  std::string group;  // of the replace whose halves come now: the delete, then the create
  for (uint32_t i = 0; i < plan.updates.size(); ++i) {
    PlannedUpdate& planned = plan.updates[i];
    if (planned.is_half_of_replace) {
      if (planned.operation == UpdateOperation::kDelete) group = core.new_id();
      planned.group_id = group;
    }
    StoredUpdate update;
    update.command = id;
    update.position = i;
    if (planned.ksuid.empty()) planned.ksuid = core.new_id();
    if (const RowEntry* row = core.state.row(planned.ksuid)) update.native_id = row->row->native_id;
    update.plan = std::make_shared<const PlannedUpdate>(std::move(planned));
    put(batch, std::move(update));
  }
  if (!request.idempotency_key.empty()) put(batch, IdempotencyKey{request.idempotency_key, id});
  Task<bool> committing = core.commit_unless_full(std::move(batch));
  const bool committed = co_await std::move(committing);
  if (!committed) co_return unavailable();
  executor.start(id, /*after_restart=*/false);
  co_return CommandReply(Accepted{id});
}

Engine::Engine(Env& env, Options options) : impl_(std::make_unique<Impl>(env, options)) {}
Engine::~Engine() = default;

Task<Result<void>> Engine::recover() { return impl_->recover(); }
bool Engine::ready() const { return impl_->core.loaded.raised(); }

Task<CommandReply> Engine::submit(CommandRequest request) {
  return impl_->submit(std::move(request));
}

std::optional<CommandView> Engine::status(const std::string& command_id) const {
  SQUALL_CHECK(ready());
  if (const CommandView* sync = impl_->syncs.view(command_id)) return *sync;
  const CommandEntry* command = impl_->core.state.command(command_id);
  if (command == nullptr) return std::nullopt;
  return view_of(*command);
}

std::optional<CommandOutline> Engine::outline(const std::string& command_id) const {
  SQUALL_CHECK(ready());
  if (const CommandView* sync = impl_->syncs.view(command_id)) return outline_of(*sync);
  const CommandEntry* command = impl_->core.state.command(command_id);
  if (command == nullptr) return std::nullopt;
  return outline_of(*command);
}

std::optional<CommandState> Engine::state_of(const std::string& command_id) const {
  SQUALL_CHECK(ready());
  // Asked for after every event, mostly of commands that are no syncs.
  const CommandEntry* command = impl_->core.state.command(command_id);
  if (command != nullptr) return engine::state_of(*command);
  if (const CommandView* sync = impl_->syncs.view(command_id)) return sync->state;
  return std::nullopt;
}

template <class Visit>
void Engine::Impl::visit_commands(const Visit& visit) const {
  const auto all = syncs.views();
  auto sync = all.begin();
  for (const CommandEntry* command : core.state.commands()) {
    for (; sync != all.end() && sync->first <= command->command->sequence; ++sync) {
      visit(*sync->second);
    }
    visit(*command);
  }
  for (; sync != all.end(); ++sync) visit(*sync->second);
}

std::vector<CommandView> Engine::commands() const {
  SQUALL_CHECK(ready());
  std::vector<CommandView> out;
  impl_->visit_commands([&out](const auto& command) { out.push_back(view_of(command)); });
  return out;
}

std::vector<CommandOutline> Engine::outlines() const {
  SQUALL_CHECK(ready());
  std::vector<CommandOutline> out;
  impl_->visit_commands([&out](const auto& command) { out.push_back(outline_of(command)); });
  return out;
}

std::vector<std::string> Engine::user_commands() const {
  SQUALL_CHECK(ready());
  std::vector<std::string> out;
  for (const auto& [sequence, sync] : impl_->syncs.views()) {
    if (sync->source == Source::kUser) out.push_back(sync->id);
  }
  for (const CommandEntry* entry : impl_->core.state.commands()) {
    if (entry->command->source == Source::kUser) out.push_back(entry->command->id);
  }
  return out;
}

std::vector<InventoryRow> Engine::inventory() const {
  SQUALL_CHECK(ready());
  std::vector<InventoryRow> out;
  for (const RowEntry* entry : impl_->core.state.rows()) {
    if (!entry->shown) {
      entry->shown = view_of(impl_->core.schemas.of(entry->row->identity.type), *entry->row);
    }
    out.push_back(*entry->shown);
  }
  return out;
}

std::vector<std::string> Engine::stacks() const {
  SQUALL_CHECK(ready());
  return impl_->core.state.stacks();
}

std::vector<Target> Engine::targets() const {
  SQUALL_CHECK(ready());
  std::vector<Target> out;
  for (const auto& [label, target] : impl_->core.state.targets()) out.push_back(target);
  return out;
}

}  // namespace squall::engine
