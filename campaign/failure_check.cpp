#include "campaign/failure_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "engines/terraform/plain_configuration.h"
#include "engines/terraform/world_configuration.h"

namespace squall::campaign {

namespace {

// One change of a run, as its events name it.
struct Change {
  std::string address;
  std::string actions;  // an extended regular expression: "create|update"
};

// `then` has to wait until `first` has ended well.
struct Wait {
  Change first;
  Change then;
};

const DeclaredResource* find(const std::vector<DeclaredResource>& resources,
                             const ResourceIdentity& identity) {
  const auto found = std::ranges::find(resources, identity, &DeclaredResource::identity);
  return found == resources.end() ? nullptr : &*found;
}

// As it stands in a line of JSON.
std::string address_in_events(const DeclaredResource& resource, bool is_plain) {
  const std::string address = terraform::address_of(resource.identity, resource.placement);
  const std::string quoted = one_line(Json(is_plain ? terraform::plain_address(address) : address));
  return quoted.substr(1, quoted.size() - 2);
}

std::vector<DeclaredResource> declared_after(const LastRun& last) {
  if (last.request.kind == CommandKind::kDestroy) return {};
  return last.request.forma.resources;
}

// Where both are destroyed, or one of them replaced, the consumer goes first; what is made is made
// after what it refers to (docs/terraform.md §4).
std::vector<Wait> waits_of(const LastRun& last) {
  const std::vector<DeclaredResource>& before = last.before;
  const std::vector<DeclaredResource> now = declared_after(last);
  const auto address = [&](const DeclaredResource& resource) {
    return address_in_events(resource, last.is_plain);
  };
  const auto creates_first = [](const DeclaredResource& each) {
    return each.placement.create_before_destroy;
  };
  // Where anything creates before it destroys, that may be forced on its producers, and what is new
  // of them need not wait.
  const bool is_turned =
      std::ranges::any_of(before, creates_first) || std::ranges::any_of(now, creates_first);
  const std::string all_changes = is_turned ? "delete" : "create|update|delete";
  std::vector<Wait> out;
  for (const DeclaredResource& consumer : before) {
    for_each_reference(consumer.properties, [&](const Reference& reference) {
      const DeclaredResource* stays = find(now, reference.producer);
      const DeclaredResource* producer =
          stays != nullptr ? stays : find(before, reference.producer);
      if (producer == nullptr) return;
      const DeclaredResource* consumer_stays = find(now, consumer.identity);
      const bool is_removed = consumer_stays == nullptr;
      out.push_back({{address(is_removed ? consumer : *consumer_stays), "delete"},
                     {address(*producer), is_removed ? all_changes : "delete"}});
    });
  }
  for (const DeclaredResource& consumer : now) {
    for_each_reference(consumer.properties, [&](const Reference& reference) {
      const DeclaredResource* producer = find(now, reference.producer);
      if (producer == nullptr) return;
      out.push_back({{address(*producer), "create|update"}, {address(consumer), "create|update"}});
    });
  }
  return out;
}

Result<std::vector<std::string>> conditions(std::string_view function, const LastRun& last) {
  std::vector<std::string> out;
  for (const Wait& wait : waits_of(last)) {
    std::string condition = fmt::format("{} '{}' '{}' '{}' '{}'", function, wait.first.address,
                                        wait.first.actions, wait.then.address, wait.then.actions);
    if (std::ranges::find(out, condition) == out.end()) out.push_back(std::move(condition));
  }
  if (out.empty())
    return fail("nothing in the last operation depends on anything, so there is no order to check");
  return out;
}

constexpr std::string_view kLineFunction =
    R"(# The line of an event ($1) in the last run, of an address ($2), for an action ($3).
line() {
  grep -nF "\"type\":\"$1\"" "$said" | grep -F "\"addr\":\"$2\"" |
    grep -E "\"action\":\"($3)\"" | sed -n '1s/:.*//p'
}

)";

Result<FailureCheck> cycle_check(const LastRun&) {
  return FailureCheck{.comment = "the last run sees a cycle",
                      .functions = "",
                      .conditions = {R"(grep -F '"summary":"Cycle: ' "$said")"},
                      .in_any_run = true};
}

Result<FailureCheck> too_early_check(const LastRun& last) {
  TRY(std::vector<std::string> all, conditions("too_early", last));
  return FailureCheck{.comment = "a change begins before one that it has to wait for has ended",
                      .functions = std::string(kLineFunction) +
                                   R"(# Did the change of $3 begin before that of $1 had ended?
too_early() {
  end=$(line apply_complete "$1" "$2")
  begin=$(line apply_start "$3" "$4")
  [ -n "$end" ] && [ -n "$begin" ] && [ "$begin" -lt "$end" ] || return 1
  echo "$3 begins before $1 has ended:"
  sed -n -e "${begin}p" -e "${end}p" "$said"
}
)",
                      .conditions = std::move(all),
                      .in_any_run = true};
}

Result<FailureCheck> ran_although_check(const LastRun& last) {
  TRY(std::vector<std::string> all, conditions("ran_although", last));
  return FailureCheck{.comment = "a change is made although one that it has to wait for has failed",
                      .functions = std::string(kLineFunction) +
                                   R"(# Was the change of $3 made although that of $1 failed?
ran_although() {
  failed=$(line apply_errored "$1" "$2")
  made=$(line apply_complete "$3" "$4")
  [ -n "$failed" ] && [ -n "$made" ] || return 1
  echo "$3 is changed although $1 failed:"
  sed -n -e "${failed}p" -e "${made}p" "$said"
}
)",
                      .conditions = std::move(all),
                      .in_any_run = true};
}

Result<FailureCheck> deposed_check(const LastRun&) {
  return FailureCheck{.comment = "the last run ends well and leaves a deposed object",
                      .functions = "",
                      .conditions = {"grep -q '\"Apply complete!' \"$said\" && grep -q "
                                     "'\"deposed\"' terraform.tfstate"},
                      .after_each_strike = false};
}

Result<FailureCheck> left_check(const LastRun&) {
  return FailureCheck{
      .comment = "the last run ends well, and removes less than its plan says",
      .functions = R"sh(# How many the last run removes, by its plan or its apply ($1).
removed() {
  grep -F '"type":"change_summary"' "$said" | grep -F "\"operation\":\"$1\"" |
    sed -n 's/.*"remove":\([0-9]*\).*/\1/p' | tail -n 1
}
removes_less() {
  planned=$(removed plan)
  gone=$(removed apply)
  [ -n "$planned" ] && [ -n "$gone" ] && [ "$gone" -lt "$planned" ] || return 1
  echo "$planned to destroy, $gone destroyed"
}
)sh",
      .conditions = {"removes_less"}};
}

Result<FailureCheck> emptied_check(const LastRun&) {
  // Where a state is longer than one write of it, what is left may be its beginning.
  return FailureCheck{.comment = "a kill leaves a state that is empty, or cut short",
                      .functions = "",
                      .conditions = {"[ -e terraform.tfstate ] && "
                                     "[ \"$(tail -n 1 terraform.tfstate)\" != '}' ]"},
                      .after_each_strike = true};
}

Result<FailureCheck> refused_check(const LastRun&) {
  return FailureCheck{.comment = "the state as it was pulled is refused when it is pushed",
                      .functions = R"(refused() {
  "$TF" state pull >"$work/pulled" 2>"$said" || give_up "state pull failed"
  ! "$TF" state push "$work/pulled" >"$said" 2>&1 &&
    grep 'different state that has the same serial' "$said"
}
)",
                      .conditions = {"refused"}};
}

Result<FailureCheck> own_plan_check(const LastRun&) {
  return FailureCheck{
      .comment = "the last run refuses the plan that it has just made",
      .functions = "",
      .conditions = {R"(grep -F '"summary":"Cannot apply non-applyable plan"' "$said")"},
      .in_any_run = true};
}

// As the other commands tell an address.
std::string address_for_people(const DeclaredResource& resource, bool is_plain) {
  const std::string address = terraform::address_of(resource.identity, resource.placement);
  return is_plain ? terraform::plain_address(address) : address;
}

Result<FailureCheck> left_behind_check(const LastRun& last) {
  FailureCheck out{.comment = "what depends on something is there still when that is destroyed",
                   .functions = R"(# Is $1 destroyed, and $2 in the state?
left_behind() {
  grep -F '"type":"apply_complete"' "$said" | grep -qF "\"addr\":\"$1\"" &&
    "$TF" state list | grep -xF "$2"
}
)",
                   .conditions = {},
                   .in_any_run = true};
  std::vector<DeclaredResource> consumers = last.before;
  consumers.insert(consumers.end(), last.left.begin(), last.left.end());
  const std::vector<DeclaredResource>& destroyed = last.request.forma.resources;
  for (const DeclaredResource& consumer : consumers) {
    if (find(destroyed, consumer.identity) != nullptr) continue;
    for_each_reference(consumer.properties, [&](const Reference& reference) {
      const DeclaredResource* producer = find(destroyed, reference.producer);
      if (producer == nullptr) return;
      out.conditions.push_back(fmt::format("left_behind '{}' '{}'",
                                           address_in_events(*producer, last.is_plain),
                                           address_for_people(consumer, last.is_plain)));
    });
  }
  if (last.request.kind != CommandKind::kDestroy || out.conditions.empty())
    return fail("nothing depends on what the last operation destroys, so nothing is left behind");
  return out;
}

Result<FailureCheck> move_refused_check(const LastRun&) {
  return FailureCheck{
      .comment = "a move is refused for what stands where it is to go, and nothing stands there",
      .functions = std::string(kLineFunction) + R"sh(# Is something made where a move could not go?
made_anew() {
  places=$(grep -F '"summary":"Unresolved resource instance address changes"' "$said" |
    grep -oE 'could not move to [^ \\"]+' | sed 's/.* //' | sort -u)
  for place in $places; do
    [ -n "$(line apply_complete "$place" create)" ] || continue
    echo "nothing stood at $place, and the move there is refused"
    return 0
  done
  return 1
}
)sh",
      .conditions = {"made_anew"}};
}

Result<FailureCheck> unlocked_check(const LastRun&) {
  return FailureCheck{
      .comment =
          "force-unlock with an id that nobody has frees the lock, and keeps the id to itself",
      .functions = R"(freed_without_id() {
  "$TF" force-unlock -force 11111111-1111-1111-1111-111111111111 >"$said" 2>&1 &&
    grep -F 'UNLOCK without an id' "$work/calls"
}
)",
      .conditions = {"freed_without_id"},
      .needs_server = true};
}

Result<FailureCheck> written_after_check(const LastRun&) {
  return FailureCheck{.comment = "the state is written by a run that has given its lock back",
                      .functions = "",
                      .conditions = {R"(grep -F 'POST without the lock' "$work/calls")"},
                      .after_each_strike = true,
                      .needs_server = true};
}

struct Shape {
  std::string_view signature;
  Result<FailureCheck> (*check)(const LastRun& last);
};
constexpr std::array kShapes = {
    Shape{"admission/cycle-of-its-own-making", cycle_check},
    Shape{"admission/cycle-in-its-state", cycle_check},
    Shape{"admission/dependent-left-behind", left_behind_check},
    Shape{"admission/move-refused", move_refused_check},
    Shape{"admission/own-plan-refused", own_plan_check},
    Shape{"dependency-order/too-early", too_early_check},
    Shape{"justified-outcome/ran-although-producer-failed", ran_although_check},
    Shape{"lock-discipline/unlocked-without-id", unlocked_check},
    Shape{"lock-discipline/written-after-unlock", written_after_check},
    Shape{"plan-honoured/replaced-object-left", left_check},
    Shape{"plan-honoured/replaced-object-left-by-targets", deposed_check},
    Shape{"state-durable/emptied", emptied_check},
    Shape{"state-durable/save-refused", refused_check},
};

}  // namespace

std::vector<std::string_view> checked_signatures() {
  std::vector<std::string_view> out;
  for (const Shape& shape : kShapes) out.push_back(shape.signature);
  return out;
}

Result<FailureCheck> failure_check(std::string_view signature, const LastRun& last) {
  const auto found = std::ranges::find(kShapes, signature, &Shape::signature);
  if (found != kShapes.end()) return found->check(last);
  return fail(fmt::format("{} has no check that does without Squall; there is one for {}",
                          signature, fmt::join(checked_signatures(), ", ")));
}

}  // namespace squall::campaign
