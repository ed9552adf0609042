#include "tests/agent/load.h"

#include <fmt/format.h>

#include <utility>

#include "documents/generic_types.h"

namespace squall::measure {
namespace {

constexpr auto kLook = std::chrono::milliseconds(1);
constexpr auto kPauseAfterRefusal = std::chrono::milliseconds(4);  // mostly of a busy stack
constexpr uint64_t kGenerations = 3;
constexpr uint32_t kNewGeneration_permille = 100;
constexpr const char* kTarget = "target-0";

std::string stack_named(uint64_t number) { return fmt::format("stack-{}", number); }

// One of a kind in the cloud: two live objects of one name are a duplicate.
std::string name_of(const ResourceIdentity& identity, uint64_t generation) {
  return fmt::format("{}-{}-g{}", identity.stack.text(), identity.label.text(), generation);
}

Json reference_to(const ResourceIdentity& producer, const char* property) {
  return to_json(Reference{producer, property});
}

DeclaredResource resource_of(const ResourceIdentity& identity, JsonObject properties) {
  DeclaredResource out;
  out.identity = identity;
  out.target = kTarget;
  out.properties = std::move(properties);
  return out;
}

// Draws the resources of one stack.
class Drawing {
 public:
  Drawing(Random& random, const Load::Options& options, std::string stack)
      : random_(random), options_(options), stack_(std::move(stack)) {}

  void add_pair(int number, Forma& forma) {
    if (random_.chance(400)) return;
    const ResourceIdentity parent{stack_, fmt::format("r{}", number), kGenericResource};
    JsonObject properties;
    properties["Name"] = name_of(parent, generation());
    properties["Value"] = value();
    forma.resources.push_back(resource_of(parent, std::move(properties)));
    if (random_.chance(400)) return;
    const ResourceIdentity child{stack_, fmt::format("c{}", number), kGenericChild};
    JsonObject of_child;
    of_child["Name"] = name_of(child, generation());
    of_child["ParentId"] = reference_to(parent, "Name");
    of_child["Value"] = value();
    forma.resources.push_back(resource_of(child, std::move(of_child)));
  }

 private:
  uint64_t generation() {
    return random_.chance(kNewGeneration_permille) ? random_.below(kGenerations) : 0;
  }
  // Now and then what the cloud has made up for a resource of another stack.
  Json value() {
    if (!random_.chance(50)) return Json(fmt::format("v{}", random_.below(1'000'000)));
    const std::string stack = stack_named(random_.below(static_cast<uint64_t>(options_.stacks)));
    const std::string label =
        fmt::format("r{}", random_.below(static_cast<uint64_t>(options_.labels)));
    return reference_to({stack, label, kGenericResource}, "Id");
  }

  Random& random_;
  const Load::Options& options_;
  const std::string stack_;
};

}  // namespace

Load::Load(Rig& rig, Options options) : rig_(rig), options_(std::move(options)) {
  for (int client = 0; client < options_.clients; ++client)
    threads_.emplace_back([this, client] { run(client); });
}

Load::~Load() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
}

void Load::resume() {
  {
    const std::scoped_lock lock(mutex_);
    pausing_ = false;
  }
  changed_.notify_all();
}

void Load::ask_to_pause() {
  const std::scoped_lock lock(mutex_);
  pausing_ = true;
}

bool Load::paused() const {
  const std::scoped_lock lock(mutex_);
  return pausing_ && idle_ == options_.clients;
}

std::vector<Acknowledged> Load::take_acknowledged() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(acknowledged_, {});
}

// false: it is over.
bool Load::wait_for_turn() {
  std::unique_lock lock(mutex_);
  ++idle_;
  changed_.wait(lock, [this] { return ending_ || !pausing_; });
  --idle_;
  return !ending_;
}

void Load::run(int client) {
  Random random(options_.seed * 1000 + static_cast<uint64_t>(client));
  for (uint64_t number = 0; wait_for_turn(); ++number) converse(client, number, random);
}

void Load::converse(int client, uint64_t number, Random& random) {
  const CommandRequest request = draw(client, number, random);
  bool again = false;
  const CommandReply reply = send_until_answered(request, again);
  note(request, reply, again);
  const Accepted* accepted = std::get_if<Accepted>(&reply);
  if (accepted == nullptr) {
    std::this_thread::sleep_for(kPauseAfterRefusal);
    return;
  }
  if (random.chance(600)) follow(accepted->command_id, random);
  if (!random.chance(150)) return;
  const CommandReply repeated = send_until_answered(request, again);
  const Accepted* same = std::get_if<Accepted>(&repeated);
  const std::scoped_lock lock(mutex_);
  ++counts_.repeats;
  if (same != nullptr && same->command_id == accepted->command_id) return;
  contradictions_.push_back(fmt::format("the key {} gave the command {}, and later {}",
                                        request.idempotency_key, accepted->command_id,
                                        same == nullptr ? "none" : same->command_id));
}

CommandRequest Load::draw(int client, uint64_t number, Random& random) const {
  CommandRequest request;
  request.client_id = fmt::format("client-{}", client);
  request.idempotency_key = fmt::format("key-{}-{}", client, number);
  const std::string stack = stack_named(random.below(static_cast<uint64_t>(options_.stacks)));
  Drawing drawing(random, options_, stack);
  for (int label = 0; label < options_.labels; ++label) drawing.add_pair(label, request.forma);
  request.on_dependents = random.chance(500) ? OnDependents::kCascade : OnDependents::kAbort;
  if (random.chance(250)) {
    request.kind = CommandKind::kDestroy;
    return request;
  }
  request.forma.stacks.push_back({stack, ""});
  Target target;
  target.label = kTarget;
  target.name_space = "Test";
  request.forma.targets.push_back(std::move(target));
  request.mode = random.chance(200) ? Mode::kPatch : Mode::kReconcile;
  request.force = random.chance(700);
  return request;
}

// again: the answer is to a request that had been sent before.
CommandReply Load::send_until_answered(const CommandRequest& request, bool& again) {
  for (;;) {
    const std::unique_ptr<agent::ApiClient> client = rig_.connect();
    if (client == nullptr) {
      std::this_thread::sleep_for(kLook);
      continue;
    }
    options_.on_request();
    Result<CommandReply> reply = client->submit(request);
    if (reply) {
      const Rejection* rejection = std::get_if<Rejection>(&*reply);
      if (rejection == nullptr || rejection->type != RejectionType::kUnavailable)
        return *std::move(reply);
    } else {
      again = true;
      const std::scoped_lock lock(mutex_);
      ++counts_.lost_answers;
    }
    std::this_thread::sleep_for(kLook);
  }
}

void Load::note(const CommandRequest& request, const CommandReply& reply, bool again) {
  const std::scoped_lock lock(mutex_);
  if (const Accepted* accepted = std::get_if<Accepted>(&reply)) {
    acknowledged_.push_back({accepted->command_id, request});
    ++counts_.accepted;
    if (again) ++counts_.accepted_again;
  } else if (const Rejection* rejection = std::get_if<Rejection>(&reply)) {
    ++counts_.rejections[rejection->type];
  } else {
    ++counts_.nothing_to_do;
  }
}

// Waits for its end for a while, or until the agent is killed.
void Load::follow(const std::string& id, Random& random) {
  const std::unique_ptr<agent::ApiClient> client = rig_.connect();
  if (client == nullptr) return;
  const uint64_t looks = 1 + random.below(10);
  for (uint64_t look = 0; look < looks; ++look) {
    const auto view = client->status(id);
    if (!view) return;
    if (!*view) {
      const std::scoped_lock lock(mutex_);
      contradictions_.push_back(fmt::format("the command {} was acknowledged and is unknown", id));
      return;
    }
    if (is_terminal((*view)->state)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace squall::measure
