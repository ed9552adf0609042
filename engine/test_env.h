// A small world for the engine's own tests: a store, a cloud and a clock, all in memory, with
// faults and crashes that a test asks for by name. Not the simulation: it draws nothing at random,
// and its cloud is as small as the contract of outcomes.md allows.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "documents/generic_types.h"
#include "documents/patch.h"
#include "engine/engine.h"
#include "engine/records.h"
#include "engine/sync.h"

namespace squall::engine {

// What the provider does with one call instead of simply carrying it out.
struct Fault {
  std::optional<ErrorCode> code = {};  // the answer; nullopt: the true one
  bool applied = false;                // was it carried out all the same?
  bool silent = false;                 // no answer until the caller's deadline
  Duration delay = Duration(0);
  std::function<void()> before = {};               // runs when the call arrives
  std::function<void(ProviderReply&)> spoil = {};  // what becomes of the true answer on its way
};

inline constexpr std::string_view kRich = "Test::Rich::Thing";

// A type with a hint of every kind.
inline Schema rich_type() {
  Schema out;
  out.type = kRich;
  out.fields = {"Name",  "Value", "Zone", "Settings", "Secret", "Password", "Reminder",
                "Limit", "Owner", "Host", "Home",     "Tags",   "Rules"};
  out.hints["Name"].required = true;
  out.hints["Zone"].create_only = true;
  out.hints["Settings.Region"].create_only = true;
  out.hints["Secret"].opaque = true;
  out.hints["Password"].write_only = true;
  out.hints["Reminder"].required_on_update = true;
  out.hints["Limit"].has_provider_default = true;
  out.hints["Owner"].edge = EdgeKind::kAttachesTo;
  out.hints["Host"].edge = EdgeKind::kRuntimeDependency;
  out.hints["Home"].create_only = true;
  out.hints["Rules"].update_method = UpdateMethod::kEntitySet;
  out.hints["Rules"].index_field = "Key";
  return out;
}

class TestCloud {
 public:
  struct Object {
    std::string type;
    JsonObject properties;
    StateVersion version = 1;
  };

  ProviderReply execute(const ProviderRequest& request) {
    ProviderReply reply = carry_out(request);
    if (polls == 0 || !is_mutation(request.kind) || !reply.ok()) return reply;
    ProviderReply later;
    later.status = ReplyStatus::kInProgress;
    later.request_id = "request-" + std::to_string(++requests_);
    pending_[later.request_id] = {std::move(reply), polls};
    return later;
  }

  // What the object once was, as a stale read shows it.
  ProviderReply shown_at(const NativeId& id, JsonObject properties, StateVersion version) const {
    ProviderReply reply = shown(id);
    reply.properties = std::move(properties);
    reply.version = version;
    return reply;
  }
  void forget_requests() { pending_.clear(); }

 private:
  struct Pending {
    ProviderReply reply;
    int polls = 0;
  };

  ProviderReply status(const ProviderRequest& request) {
    const auto found = pending_.find(request.request_id);
    if (found == pending_.end()) return not_found();
    if (--found->second.polls > 0) {
      ProviderReply reply;
      reply.status = ReplyStatus::kInProgress;
      reply.request_id = request.request_id;
      return reply;
    }
    return found->second.reply;
  }

  ProviderReply carry_out(const ProviderRequest& request) {
    switch (request.kind) {
      case CallKind::kCreate:
        return create(request);
      case CallKind::kSettle:
        return settle(request);
      case CallKind::kRead:
        return read(request);
      case CallKind::kUpdate:
        return update(request);
      case CallKind::kDelete:
        return remove(request);
      case CallKind::kStatus:
        return status(request);
      case CallKind::kList:
        break;
    }
    return ProviderReply::failure(ErrorCode::kInvalidRequest, "not in this cloud");
  }

 public:
  // The object with this Name, or nullptr.
  const Object* named(std::string_view name) const {
    for (const auto& [id, object] : objects) {
      if (text_of(object.properties, "Name") == name) return &object;
    }
    return nullptr;
  }
  size_t count_named(std::string_view name) const {
    size_t count = 0;
    for (const auto& [id, object] : objects) {
      if (text_of(object.properties, "Name") == name) ++count;
    }
    return count;
  }
  // Changes behind the engine's back.
  void drift(std::string_view name, std::string_view key, const Json& value) {
    for (auto& [id, object] : objects) {
      if (text_of(object.properties, "Name") != name) continue;
      object.properties[key] = value;
      ++object.version;
    }
  }
  void drift_delete(std::string_view name) {
    std::erase_if(objects, [name](const auto& entry) {
      return text_of(entry.second.properties, "Name") == name;
    });
  }

  std::map<NativeId, Object> objects;
  int polls = 0;  // mutations are asynchronous, and done at this poll; 0: they are not

 private:
  struct Token {
    uint64_t digest = 0;
    NativeId made;  // empty: void
  };

  ProviderReply shown(const NativeId& id) const {
    const Object& object = objects.at(id);
    ProviderReply reply;
    reply.native_id = id;
    reply.properties = object.properties;
    reply.properties.set("Id", Json(id));
    reply.properties.erase("Password");
    reply.version = object.version;
    return reply;
  }

  ProviderReply create(const ProviderRequest& request) {
    const uint64_t wanted = squall::digest(request.properties);
    const auto [token, is_new] = tokens_.try_emplace(request.token);
    if (!is_new) {
      if (token->second.made.empty()) {
        return ProviderReply::failure(ErrorCode::kInvalidRequest, "the token is void");
      }
      if (token->second.digest != wanted) {
        return ProviderReply::failure(ErrorCode::kInvalidRequest, "other request, same token");
      }
      if (!objects.contains(token->second.made)) {
        return ProviderReply::failure(ErrorCode::kGone, "deleted since");
      }
      return shown(token->second.made);
    }
    const NativeId id = "native-" + std::to_string(next_id_++);
    token->second = {wanted, id};
    objects[id] = {request.type, request.properties, 1};
    return shown(id);
  }

  ProviderReply settle(const ProviderRequest& request) {
    const NativeId made = tokens_[request.token].made;
    if (made.empty() || !objects.contains(made)) return {};
    return shown(made);
  }

  ProviderReply read(const ProviderRequest& request) const {
    if (!objects.contains(request.native_id)) return not_found();
    return shown(request.native_id);
  }

  std::optional<ProviderReply> refuses(const ProviderRequest& request) const {
    const auto found = objects.find(request.native_id);
    if (found == objects.end()) return not_found();
    if (request.if_version && *request.if_version != found->second.version) {
      return ProviderReply::failure(ErrorCode::kResourceConflict, "another version");
    }
    return std::nullopt;
  }

  ProviderReply update(const ProviderRequest& request) {
    if (auto refusal = refuses(request)) return *refusal;
    Object& object = objects.at(request.native_id);
    Json document = object.properties;
    if (Result<void> done = apply_patch(document, request.patch); !done) {
      return ProviderReply::failure(ErrorCode::kInvalidRequest, done.error().message);
    }
    object.properties = document.get_object();
    ++object.version;
    return shown(request.native_id);
  }

  ProviderReply remove(const ProviderRequest& request) {
    if (auto refusal = refuses(request)) return *refusal;
    objects.erase(request.native_id);
    return {};
  }

  static ProviderReply not_found() {
    return ProviderReply::failure(ErrorCode::kNotFound, "no such object");
  }

  std::map<std::string, Pending> pending_;
  int requests_ = 0;
  std::map<std::string, Token> tokens_;
  int next_id_ = 1;
};

// The world. Time passes only inside run_*(). A crash drops every task; what is in `store` and
// `cloud` stays.
class TestEnv final : public Env {
 public:
  TestEnv() {
    announcement_.schemas = generic_types();
    announcement_.schemas.push_back(rich_type());
  }

  // ---- what tests set

  TestCloud cloud;
  std::map<std::string, std::shared_ptr<const Record>> store;
  std::map<std::pair<std::string, CallKind>, std::deque<Fault>> faults;  // by label
  std::vector<ProviderRequest> calls;
  std::map<std::string, int, std::less<>> marks;
  Duration call_latency = std::chrono::milliseconds(3);
  Duration commit_latency = std::chrono::milliseconds(2);
  Duration long_work = Duration(0);  // what is done elsewhere takes so long, and is done at its end
  int fail_commit = 0;               // this commit, counted from 1, fails
  bool disk_full = false;
  // Crash at this step, counted from 1. A commit is two steps (nothing durable; durable and not
  // acknowledged), a call three (not carried out; carried out, no answer; answered).
  int crash_at = 0;

  void fault(const std::string& label, CallKind kind, Fault fault) {
    faults[{label, kind}].push_back(std::move(fault));
  }
  size_t count_calls(CallKind kind, std::string_view label = "") const {
    size_t count = 0;
    for (const ProviderRequest& call : calls) {
      if (call.kind == kind && (label.empty() || call.label == label)) ++count;
    }
    return count;
  }

  bool crashed() const { return crashed_; }
  bool stopped() const { return stopped_; }
  int commits() const { return commits_; }
  ProviderAnnouncement& announcement() { return announcement_; }

  // Ends the incarnation: no task of it ever runs again.
  void drop_everything() {
    tasks_.clear();
    events_.clear();
    crashed_ = false;
    crash_at = 0;
    stopped_ = false;
  }

  // Runs until nothing is left to happen, the engine crashed, or done() holds.
  void run_until(const std::function<bool()>& done) {
    for (int steps = 0; !events_.empty() && !crashed_ && !done(); ++steps) {
      SQUALL_CHECK(steps < 1'000'000);  // a test that never ends is a failure
      const auto next = events_.begin();
      now_ = next->first.first;
      const std::coroutine_handle<> handle = next->second;
      events_.erase(next);
      handle.resume();
    }
  }
  void run() {
    run_until([] { return false; });
  }

  // ---- Env

  Instant wall_now() const override { return now_ + std::chrono::hours(24 * 365 * 56); }
  Instant monotonic_now() const override { return now_; }

  Task<void> sleep(Duration how_long) override { co_await At{*this, now_ + how_long}; }

  Task<Result<void>> load(
      std::function<void(const std::string&, std::shared_ptr<const Record>)> visit) override {
    co_await At{*this, now_ + commit_latency};
    for (const auto& [key, record] : store) visit(key, record);
    co_return Result<void>();
  }

  Task<Committed> commit(Batch batch) override {
    ++commits_;
    if (commits_ == fail_commit) co_return Committed::kUnknown;
    if (disk_full) co_return Committed::kDiskFull;
    if (crash_here()) co_await Forever{};
    co_await At{*this, now_ + commit_latency};
    for (Write& write : batch) {
      if (write.record == nullptr) {
        store.erase(write.key);
      } else {
        store[write.key] = std::move(write.record);
      }
    }
    if (crash_here()) co_await Forever{};
    co_await At{*this, now_ + commit_latency};
    co_return Committed::kYes;
  }

  void stop(std::string) override { stopped_ = true; }

  Task<ProviderReply> call(Outgoing request, Duration deadline) override {
    calls.push_back(*request);
    Fault fault = take_fault(*request);
    if (crash_here()) co_await Forever{};
    co_await At{*this, now_ + call_latency + fault.delay};
    if (fault.before) fault.before();
    ProviderReply reply;
    if (!fault.code || fault.applied) reply = cloud.execute(*request);
    if (fault.code) reply = ProviderReply::failure(*fault.code, "injected");
    if (fault.spoil) fault.spoil(reply);
    if (crash_here()) co_await Forever{};
    if (fault.silent) {
      co_await At{*this, now_ + deadline};
      reply = ProviderReply::failure(ErrorCode::kDeadlineExceeded, "no answer");
    }
    co_await At{*this, now_ + call_latency};
    if (crash_here()) co_await Forever{};
    co_return reply;
  }

  const ProviderAnnouncement& provider() const override { return announcement_; }
  uint64_t random() override { return random_.next(); }

  // The seal of a secret is its place in a list that the store knows nothing of.
  std::string seal(std::string_view secret) override {
    for (size_t i = 0; i < secrets_.size(); ++i) {
      if (secrets_[i] == secret) return "seal-" + std::to_string(i);
    }
    secrets_.emplace_back(secret);
    return "seal-" + std::to_string(secrets_.size() - 1);
  }
  Result<std::string> open(std::string_view sealed) override {
    for (size_t i = 0; i < secrets_.size(); ++i) {
      if (sealed == "seal-" + std::to_string(i)) return secrets_[i];
    }
    return fail("no seal of ours");
  }

  Task<void> elsewhere(std::function<void()> work) override {
    if (long_work > Duration(0)) co_await At{*this, now_ + long_work};
    work();
  }

  void spawn(Task<void> task) override {
    tasks_.push_back(std::make_unique<Task<void>>(starter(std::move(task))));
    tasks_.back()->start();
  }
  void resume_soon(std::coroutine_handle<> waiting) override { schedule(now_, waiting); }
  void mark(std::string_view name) override { ++marks[std::string(name)]; }

 private:
  struct At {
    TestEnv& env;
    Instant when;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) { env.schedule(when, handle); }
    void await_resume() const noexcept {}
  };

  Task<void> starter(Task<void> task) {
    co_await At{*this, now_};
    co_await std::move(task);
  }

  void schedule(Instant when, std::coroutine_handle<> handle) {
    events_.emplace(std::pair(when, next_event_++), handle);
  }

  bool crash_here() {
    if (crash_at == 0) return false;
    --crash_at;
    if (crash_at > 0) return false;
    crashed_ = true;
    return true;
  }

  Fault take_fault(const ProviderRequest& request) {
    auto& queue = faults[{request.label, request.kind}];
    if (queue.empty()) return {};
    Fault fault = std::move(queue.front());
    queue.pop_front();
    return fault;
  }

  ProviderAnnouncement announcement_;
  Instant now_;
  std::map<std::pair<Instant, uint64_t>, std::coroutine_handle<>> events_;
  uint64_t next_event_ = 0;
  std::vector<std::unique_ptr<Task<void>>> tasks_;
  Random random_{1};
  std::vector<std::string> secrets_;
  bool crashed_ = false;
  bool stopped_ = false;
  int commits_ = 0;
};

// An engine in its world.
class TestWorld {
 public:
  explicit TestWorld(const Options& options = default_options()) : options_(options) { start(); }
  ~TestWorld() { env.drop_everything(); }
  TestWorld(const TestWorld&) = delete;
  TestWorld& operator=(const TestWorld&) = delete;

  static Options default_options() {
    Options options;
    options.max_retries = 2;
    options.retry_delay = std::chrono::milliseconds(5);
    options.status_check_interval = std::chrono::milliseconds(10);
    return options;
  }
  static Options planted(Plant plant) {
    Options options = default_options();
    options.plants.add(plant);
    return options;
  }

  TestEnv env;

  Engine& engine() { return *engine_; }

  // The next incarnation on what is in the store; runs until it is ready. crash_at: where it is to
  // crash in its turn.
  void restart(int crash_at = 0) {
    env.drop_everything();
    engine_.reset();
    env.crash_at = crash_at;
    start();
  }

  using Answer = std::shared_ptr<std::optional<CommandReply>>;
  // Sends without waiting.
  Answer send(CommandRequest request) {
    auto answer = std::make_shared<std::optional<CommandReply>>();
    env.spawn(client(engine_.get(), std::move(request), answer));
    return answer;
  }
  // Sends and waits for the answer; the command may still run. REQUIRES: no crash until then.
  CommandReply submit(CommandRequest request) {
    const Answer answer = send(std::move(request));
    env.run_until([&] { return answer->has_value(); });
    SQUALL_CHECK(answer->has_value());
    return **answer;
  }
  // The same, and lets the command run to its end. REQUIRES: accepted.
  CommandView carry_out(CommandRequest request) {
    const CommandReply reply = submit(std::move(request));
    const Accepted* accepted = std::get_if<Accepted>(&reply);
    SQUALL_CHECK(accepted != nullptr);
    env.run();
    return *engine_->status(accepted->command_id);
  }
  // Sends the request to an engine that dies at that step, starts the next one and lets it finish.
  // False: the command had come to its end before.
  bool send_and_crash(const CommandRequest& request, int step) {
    env.crash_at = step;
    send(request);
    env.run();
    const bool came = env.crashed();
    if (came) restart();
    env.crash_at = 0;
    env.run();
    return came;
  }
  CommandView sync() {
    CommandRequest request;
    request.kind = CommandKind::kSync;
    return carry_out(std::move(request));
  }

  std::optional<InventoryRow> row(std::string_view label) const {
    for (InventoryRow& row : engine_->inventory()) {
      if (row.identity.label == label) return std::move(row);
    }
    return std::nullopt;
  }

 private:
  void start() {
    engine_ = std::make_unique<Engine>(env, options_);
    env.spawn(recovery(engine_.get()));
    env.run_until([this] { return engine_->ready(); });
  }
  static Task<void> recovery(Engine* engine) {
    Task<Result<void>> recovering = engine->recover();
    const Result<void> done = co_await std::move(recovering);
    SQUALL_CHECK(done.has_value());
  }
  static Task<void> client(Engine* engine, CommandRequest request, Answer answer) {
    Task<CommandReply> submitting = engine->submit(std::move(request));
    CommandReply reply = co_await std::move(submitting);
    *answer = std::move(reply);
  }

  Options options_;
  std::unique_ptr<Engine> engine_;
};

// ---- documents, short enough to read in a test

inline Json json(std::string_view text) {
  Result<Json> value = parse_json(text);
  SQUALL_CHECK(value.has_value());
  return *value;
}

inline DeclaredResource resource(const std::string& label, std::string_view properties = "{}",
                                 const std::string& stack = "s") {
  DeclaredResource out;
  out.identity = {stack, label, std::string(kGenericResource)};
  out.target = "t";
  out.properties = json(properties).as_object();
  if (!out.properties.contains("Name")) out.properties.set("Name", Json(label));
  return out;
}

// A child of `parent`, which it refers to by Name.
inline DeclaredResource child(const std::string& label, const DeclaredResource& parent,
                              const std::string& stack = "s") {
  DeclaredResource out = resource(label, "{}", stack);
  out.identity.type = kGenericChild;
  out.properties.set("ParentId", to_json(Reference{parent.identity, "Name"}));
  return out;
}

inline DeclaredResource rich(const std::string& label, std::string_view properties = "{}",
                             const std::string& stack = "s") {
  DeclaredResource out = resource(label, properties, stack);
  out.identity.type = kRich;
  return out;
}
inline DeclaredResource with_reference(DeclaredResource resource, std::string_view field,
                                       const DeclaredResource& producer,
                                       const std::string& property = "Name") {
  resource.properties.set(field, to_json(Reference{producer.identity, property}));
  return resource;
}

inline CommandRequest apply(std::vector<DeclaredResource> resources, Mode mode = Mode::kReconcile) {
  CommandRequest request;
  request.kind = CommandKind::kApply;
  request.mode = mode;
  request.forma.targets = {Target{.label = "t", .name_space = "Test"}};
  request.forma.resources = std::move(resources);
  return request;
}
inline CommandRequest cascading(CommandRequest request) {
  request.on_dependents = OnDependents::kCascade;
  return request;
}
inline CommandRequest forced(CommandRequest request) {
  request.force = true;
  return request;
}
inline CommandRequest destroy(std::vector<DeclaredResource> resources,
                              OnDependents on_dependents = OnDependents::kAbort) {
  CommandRequest request;
  request.kind = CommandKind::kDestroy;
  request.on_dependents = on_dependents;
  request.forma.resources = std::move(resources);
  return request;
}

inline Fault error(ErrorCode code) { return Fault{.code = code}; }
// Carried out, but the caller hears something else.
inline Fault lost_reply(ErrorCode code = ErrorCode::kServiceTimeout) {
  return Fault{.code = code, .applied = true};
}

// The first update of `label`. REQUIRES: it is there.
inline const ResourceUpdateView& update_of(const CommandView& command, std::string_view label) {
  for (const ResourceUpdateView& update : command.updates) {
    if (update.identity.label == label) return update;
  }
  check_failed("no update of this label", std::source_location::current());
}

// Accepted, nothing to do, or the rejection's type, as text.
inline std::string answer_of(const CommandReply& reply) {
  if (std::holds_alternative<Accepted>(reply)) return "accepted";
  if (std::holds_alternative<NothingToDo>(reply)) return "nothing to do";
  if (std::holds_alternative<Simulated>(reply)) return "simulated";
  return std::string(to_string(std::get<Rejection>(reply).type));
}

}  // namespace squall::engine
