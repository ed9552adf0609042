#include "tests/agent/truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace squall::measure {
namespace {

using Clock = std::chrono::steady_clock;
constexpr Duration kPatience = std::chrono::seconds(60);
constexpr Duration kLongPoll = std::chrono::seconds(10);
constexpr size_t kOldOnes = 40;

// A property as the provider has it: a reference as its value.
Json plain(const Json& value) {
  const JsonObject* object = value.if_object();
  if (object == nullptr) return value;
  const Json* inner = object->if_contains("$value");
  return inner == nullptr ? value : *inner;
}

bool has_property(const JsonObject& object, const Json& wanted, std::string_view name) {
  const Json* held = object.if_contains(name);
  return held != nullptr && *held == wanted;
}

std::string text_of(const JsonObject& object) { return boost::json::serialize(object); }

}  // namespace

agent::ApiClient& Truth::api() {
  if (api_ == nullptr) api_ = rig_.connect();
  return *api_;
}

Result<std::vector<std::string>> Truth::judge(std::vector<Acknowledged> news) {
  wrong_.clear();
  api_ = rig_.connect();
  if (api_ == nullptr) return fail("judge the agent: none answers");
  std::vector<Ended> ended;
  TRY_VOID(wait_for_ends(std::move(news), ended));
  if (!rig_.cloud().wait_until_idle(kPatience)) return fail("the cloud does not come to rest");
  TRY_VOID(settle());
  TRY_VOID(repeat_keys(ended));
  TRY_VOID(look_again_at_old());
  fold(ended);
  TRY_VOID(compare_with_cloud());
  for (Ended& one : ended) old_.push_back(std::move(one.command));
  return wrong_;
}

Result<std::optional<CommandView>> Truth::wait_for(const std::string& id) {
  const Clock::time_point end = Clock::now() + kPatience;
  for (;;) {
    TRY(std::optional<CommandView> view, api().status(id, kLongPoll));
    if (!view || is_terminal(view->state) || Clock::now() > end) return view;
  }
}

Result<void> Truth::wait_for_ends(std::vector<Acknowledged> news, std::vector<Ended>& ended) {
  for (Acknowledged& command : news) {
    TRY(std::optional<CommandView> view, wait_for(command.id));
    if (!view) {
      wrong_.push_back(fmt::format("lost: the command {} of the key {} is unknown", command.id,
                                   command.request.idempotency_key));
      continue;
    }
    if (!is_terminal(view->state)) {
      wrong_.push_back(
          fmt::format("the command {} does not end: {}", command.id, to_string(view->state)));
      continue;
    }
    ++counts_.commands;
    ++counts_.ends[view->state];
    for (const ResourceUpdateView& update : view->updates) {
      ++counts_.updates[update.state];
      if (update.state == UpdateState::kFailed && !update.because_of)
        counts_.a_failure = fmt::format("{}: {}", to_string(update.key()), update.error);
    }
    ends_[command.id] = view->state;
    ended.push_back({std::move(command), *std::move(view)});
  }
  return {};
}

// One sync must settle whatever says that it is not.
Result<void> Truth::settle() {
  const auto unsettled = [](const InventoryRow& row) { return row.unsettled; };
  TRY(const std::vector<InventoryRow> before, api().inventory());
  const auto count = std::ranges::count_if(before, unsettled);
  if (count == 0) return {};
  counts_.unsettled += static_cast<uint64_t>(count);
  CommandRequest sync;
  sync.kind = CommandKind::kSync;
  TRY(const CommandReply reply, api().submit(sync));
  const Accepted* accepted = std::get_if<Accepted>(&reply);
  if (accepted == nullptr) return fail("a sync is not accepted");
  TRY(const std::optional<CommandView> view, wait_for(accepted->command_id));
  if (!view || !is_terminal(view->state)) wrong_.emplace_back("a sync does not end");
  TRY(const std::vector<InventoryRow> after, api().inventory());
  for (const InventoryRow& row : after) {
    if (row.unsettled) wrong_.push_back(to_string(row.identity) + " is unsettled after a sync");
  }
  return {};
}

Result<void> Truth::repeat_keys(const std::vector<Ended>& news) {
  std::vector<const Acknowledged*> repeated;
  for (const Ended& one : news) repeated.push_back(&one.command);
  for (size_t i = 0; i < kOldOnes && !old_.empty(); ++i)
    repeated.push_back(&old_[random_.below(old_.size())]);
  for (const Acknowledged* command : repeated) {
    TRY(const CommandReply reply, api().submit(command->request));
    ++counts_.keys_repeated;
    const Accepted* accepted = std::get_if<Accepted>(&reply);
    if (accepted != nullptr && accepted->command_id == command->id) continue;
    wrong_.push_back(fmt::format("the key {} gave the command {}, and now {}",
                                 command->request.idempotency_key, command->id,
                                 accepted == nullptr ? "none" : accepted->command_id));
  }
  return {};
}

// Terminal is for ever.
Result<void> Truth::look_again_at_old() {
  for (size_t i = 0; i < kOldOnes && !old_.empty(); ++i) {
    const std::string& id = old_[random_.below(old_.size())].id;
    TRY(const std::optional<CommandView> view, api().status(id));
    if (!view) {
      wrong_.push_back(fmt::format("lost: the command {}, which had ended, is unknown", id));
    } else if (view->state != ends_.at(id)) {
      wrong_.push_back(fmt::format("the command {} ended {} and is {} now", id,
                                   to_string(ends_.at(id)), to_string(view->state)));
    }
  }
  return {};
}

// Commands about one stack do not overlap, so that their starts are their order.
void Truth::fold(const std::vector<Ended>& news) {
  std::vector<const Ended*> in_order;
  for (const Ended& one : news) in_order.push_back(&one);
  std::ranges::sort(in_order, {}, [](const Ended* one) { return one->view.started; });
  const auto is_delete = [](const ResourceUpdateView& update) {
    return update.operation == UpdateOperation::kDelete;
  };
  for (const Ended* one : in_order) {
    // Of the two halves of a replace the create is the last word.
    for (const bool deletes : {true, false}) {
      for (const ResourceUpdateView& update : one->view.updates) {
        if (is_delete(update) == deletes) fold(*one, update);
      }
    }
  }
}

void Truth::fold(const Ended& command, const ResourceUpdateView& update) {
  if (update.state != UpdateState::kSuccess) {
    promised_.erase(update.identity);
    return;
  }
  if (update.operation == UpdateOperation::kDelete) {
    promised_[update.identity] = std::nullopt;
    return;
  }
  const auto& resources = command.command.request.forma.resources;
  const auto declared = std::ranges::find(resources, update.identity, &DeclaredResource::identity);
  const Json* value =
      declared == resources.end() ? nullptr : declared->properties->if_contains("Value");
  // A cascade says again what was said before; what a reference stands for is the cloud's business.
  if (value == nullptr || !value->is_string()) {
    promised_.erase(update.identity);
  } else {
    promised_[update.identity] = *value;
  }
}

Result<void> Truth::compare_with_cloud() {
  TRY(const std::vector<InventoryRow> rows, api().inventory());
  cloud::CloudView objects;
  rig_.cloud().locked([&](cloud::Cloud& cloud) { objects = cloud.view(); });
  std::map<NativeId, const cloud::CloudObject*> by_id;
  std::map<std::string, NativeId> by_name;
  for (const cloud::CloudObject& object : objects) {
    by_id[object.native_id] = &object;
    const auto [at, is_new] = by_name.emplace(object.name.text(), object.native_id);
    if (!is_new)
      wrong_.push_back(fmt::format("duplicate: {} and {} are both {}", at->second, object.native_id,
                                   object.name.text()));
  }
  std::set<ResourceIdentity> known;
  std::set<NativeId> claimed;
  for (const InventoryRow& row : rows) {
    ++counts_.rows;
    const std::string name = to_string(row.identity);
    if (!known.insert(row.identity).second) wrong_.push_back("two rows are " + name);
    const auto promise = promised_.find(row.identity);
    const bool has_promise = promise != promised_.end();
    if (has_promise && !promise->second) wrong_.push_back(name + " was deleted, and has a row");
    if (row.native_id.empty()) {
      if (has_promise) wrong_.push_back(name + " was made, and its row has no native id");
      continue;
    }
    if (!claimed.insert(row.native_id).second)
      wrong_.push_back(fmt::format("two rows have the object {}", row.native_id));
    const auto found = by_id.find(row.native_id);
    if (found == by_id.end()) {
      wrong_.push_back(fmt::format("phantom: {} is {}, which is not there", name, row.native_id));
      continue;
    }
    const JsonObject& truth = *found->second->properties;
    for (const auto& [key, value] : *row.properties) {
      if (!has_property(truth, plain(value), key))
        wrong_.push_back(fmt::format("{}: {} is {} in the inventory, and the object is {}", name,
                                     std::string_view(key), boost::json::serialize(value),
                                     text_of(truth)));
    }
    for (const auto& [key, value] : *row.read_only) {
      if (!has_property(truth, value, key))
        wrong_.push_back(fmt::format("{}: the read-only {} differs", name, std::string_view(key)));
    }
    if (!has_promise || !promise->second) continue;
    ++counts_.values;
    if (!has_property(truth, *promise->second, "Value"))
      wrong_.push_back(fmt::format("{} was given the Value {}, and is {}", name,
                                   boost::json::serialize(*promise->second), text_of(truth)));
  }
  for (const cloud::CloudObject& object : objects) {
    if (!claimed.contains(object.native_id))
      wrong_.push_back(
          fmt::format("orphan: nobody knows {} ({})", object.native_id, object.name.text()));
  }
  for (const auto& [identity, value] : promised_) {
    if (value && !known.contains(identity))
      wrong_.push_back("lost: " + to_string(identity) + " was made, and has no row");
  }
  return {};
}

Result<std::vector<std::string>> Truth::judge_end() {
  wrong_.clear();
  TRY(const std::vector<InventoryRow> rows, api().inventory());
  CommandRequest destroy;
  destroy.kind = CommandKind::kDestroy;
  destroy.on_dependents = OnDependents::kCascade;
  for (const InventoryRow& row : rows) {
    DeclaredResource resource;
    resource.identity = row.identity;
    resource.target = row.target;
    destroy.forma.resources.push_back(std::move(resource));
  }
  TRY(const CommandReply reply, api().submit(destroy));
  if (const Accepted* accepted = std::get_if<Accepted>(&reply)) {
    TRY(const std::optional<CommandView> view, wait_for(accepted->command_id));
    if (!view || view->state != CommandState::kSuccess)
      wrong_.emplace_back("destroying everything does not succeed");
  } else if (!rows.empty()) {
    wrong_.emplace_back("destroying everything is not accepted");
  }
  TRY(const std::vector<InventoryRow> left, api().inventory());
  if (!left.empty()) wrong_.push_back(fmt::format("{} rows are left in the end", left.size()));
  size_t live = 0;
  rig_.cloud().locked([&](cloud::Cloud& cloud) { live = cloud.state().live_count(); });
  if (live != 0) wrong_.push_back(fmt::format("{} objects are left in the end", live));
  return wrong_;
}

}  // namespace squall::measure
