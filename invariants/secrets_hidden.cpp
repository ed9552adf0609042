// secrets-hidden: what a case declares as secret is nowhere to be seen, but in the calls that need
// it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <variant>

#include "invariants/checkers.h"
#include "invariants/evidence.h"
#include "invariants/findings.h"
#include "invariants/words.h"

namespace squall::invariants {

namespace secrets_hidden {
namespace {

constexpr std::string_view kInInventory = "in-inventory";
constexpr std::string_view kInStatus = "in-status";
constexpr std::string_view kInAnswer = "in-answer";
constexpr std::string_view kInStore = "in-store";
constexpr std::string_view kPrinted = "printed";
// How an engine says that a place is of that kind.
constexpr std::string_view kPrintedPlace = "the output of";
constexpr std::array kKinds = {kInInventory, kInStatus, kInAnswer, kInStore, kPrinted};

// A short secret may be part of another text by chance: it counts only as the whole of one.
constexpr size_t kLongEnough = 6;

class Secrets {
 public:
  explicit Secrets(const std::vector<std::string>& texts) : texts_(texts) {}

  bool are_in(std::string_view text) const {
    return std::ranges::any_of(texts_, [&](const std::string& secret) {
      if (secret.empty()) return false;
      return text == secret ||
             (secret.size() >= kLongEnough && text.find(secret) != std::string_view::npos);
    });
  }
  bool are_in(const Json& value) const {
    if (value.is_string()) return are_in(std::string_view(value.get_string()));
    if (value.is_object()) return are_in(value.get_object());
    return value.is_array() &&
           std::ranges::any_of(value.get_array(), [&](const Json& each) { return are_in(each); });
  }
  bool are_in(const JsonObject& object) const {
    return std::ranges::any_of(object, [&](const auto& entry) {
      return are_in(std::string_view(entry.key())) || are_in(entry.value());
    });
  }

 private:
  const std::vector<std::string>& texts_;
};

void check_inventory(const suite::CaseRecord& record, const Secrets& secrets, Findings& findings) {
  for (const suite::Checkpoint& checkpoint : record.checkpoints) {
    for (const InventoryRow& row : checkpoint.inventory) {
      if (!secrets.are_in(row.properties) && !secrets.are_in(row.read_only)) continue;
      findings.add(
          kInInventory, checkpoint.operation, row.identity,
          {"the inventory shows a secret in clear",
           fmt::format("{} without its secrets ({})", short_name(row.identity), checkpoint.where),
           canonical(row.properties)});
    }
  }
}

void check_updates(const std::vector<ResourceUpdateView>& updates, std::string_view kind,
                   size_t operation, const Secrets& secrets, Findings& findings) {
  for (const ResourceUpdateView& update : updates) {
    if (!secrets.are_in(update.error) && !secrets.are_in(update.native_id)) continue;
    findings.add(kind, operation, update.identity,
                 {"an update shows a secret in clear",
                  fmt::format("the {} of {} without its secrets", to_string(update.operation),
                              short_name(update.identity)),
                  update.error});
  }
}

void check_answers(const suite::CaseRecord& record, const Secrets& secrets, Findings& findings) {
  for (const suite::Submission& submission : record.submissions) {
    if (!submission.reply) continue;
    if (const auto* simulated = std::get_if<Simulated>(&*submission.reply))
      check_updates(simulated->updates, kInAnswer, submission.operation, secrets, findings);
    const auto* rejection = std::get_if<Rejection>(&*submission.reply);
    if (rejection == nullptr || !secrets.are_in(rejection->message)) continue;
    findings.add(
        kInAnswer, submission.operation, std::nullopt,
        {"a rejection shows a secret in clear", "a message without secrets", rejection->message});
  }
}

void check(const suite::CaseRecord& record, std::vector<Violation>& out) {
  Findings findings(kSecretsHidden, out);
  const size_t last = record.submissions.empty() ? 0 : record.submissions.back().operation;
  // An engine that keeps a state keeps it in clear, and says so: what it prints must not show it.
  // Nor what it never keeps be in that.
  const bool prints = record.traits.dialect == Dialect::kPlanAndApply;
  for (const std::string& place : record.store_leaks) {
    if (prints && place.starts_with(kPrintedPlace)) {
      findings.add(kPrinted, last, std::nullopt,
                   {"the engine prints what is sensitive", "the value kept back", place});
      continue;
    }
    findings.add(
        kInStore, last, std::nullopt,
        {"the engine keeps a secret in clear", "secrets sealed wherever they are kept", place});
  }
  if (record.secrets.empty()) return;
  const Secrets secrets(record.secrets);
  check_inventory(record, secrets, findings);
  for (const auto& [id, command] : record.commands)
    check_updates(command.last.updates, kInStatus, operation_of(record, id), secrets, findings);
  for (const suite::Claim& claim : record.claims)
    check_updates({claim.view}, kInStatus, operation_of(record, claim.command), secrets, findings);
  check_answers(record, secrets, findings);
}

}  // namespace
}  // namespace secrets_hidden

constinit const Invariant kSecretsHidden = {
    .id = "secrets-hidden",
    .summary = "No secret stands in clear in the inventory, a command, an answer or the store.",
    .promise = "docs/rules.md §1: an Opaque value never stands in clear in a row, intent or view",
    .kinds = secrets_hidden::kKinds,
    .check = secrets_hidden::check,
};

}  // namespace squall::invariants
