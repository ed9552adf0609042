// Cases in words, for reports and `squall explain`.
#include <fmt/format.h>

#include "suite/case.h"

namespace squall::suite {

namespace {

std::string words(const Json& value) {
  if (value.is_object() && value.get_object().contains("$ref")) return "→" + text_of(value, "$ref");
  if (value.is_string()) return std::string(value.get_string());
  return canonical(value);
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::string time_words(Duration duration) {
  const int64_t us = duration.count();
  if (us % 1'000'000 == 0) return fmt::format("{} s", us / 1'000'000);
  if (us % 1000 == 0) return fmt::format("{} ms", us / 1000);
  return fmt::format("{} us", us);
}

std::string ordinals(const cloud::FaultRule& rule) {
  if (rule.permille > 0) return fmt::format("with probability {} in 1000", rule.permille);
  if (rule.count == 1) return fmt::format("#{}", rule.nth);
  return fmt::format("#{} to #{}", rule.nth, rule.nth + rule.count - 1);
}

}  // namespace

std::string words(const JsonObject& properties) {
  std::string out;
  for (const auto& member : properties)
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", std::string(member.key()),
                       words(member.value()));
  return out.empty() ? "" : " {" + out + "}";
}

// " (module m0, count, create before destroy)", or nothing.
std::string words(const Placement& placement) {
  std::vector<std::string> parts;
  if (!placement.module.empty()) parts.push_back("module " + placement.module);
  if (placement.repetition != Repetition::kNone)
    parts.push_back(std::string(to_string(placement.repetition)) +
                    (placement.group.empty() ? "" : " of " + joined(placement.group, " and ")));
  if (placement.create_before_destroy) parts.emplace_back("create before destroy");
  if (placement.prevent_destroy) parts.emplace_back("prevent destroy");
  if (!placement.triggered_by.empty())
    parts.push_back("replaced with " + joined(placement.triggered_by, " and "));
  for (const Demand& demand : placement.demands)
    parts.push_back(
        fmt::format("demands {}.{} = {}", demand.label, demand.property, one_line(demand.value)));
  if (placement.provisioning_fails) parts.emplace_back("provisioning fails");
  if (!placement.ignored.empty()) parts.push_back("ignoring " + joined(placement.ignored, " and "));
  return parts.empty() ? "" : " (" + joined(parts, ", ") + ")";
}

std::string words(const World& world, const Operation& operation) {
  std::vector<std::string> resources;
  for (const WantedResource& wanted : operation.resources)
    resources.push_back(wanted.label + words(wanted.placement) + words(wanted.properties));
  std::string out = fmt::format("{:7} ", operation.kind);
  if (operation.simulate) out += "simulated  ";
  if (operation.kind == "apply") {
    out += fmt::format("{}  {}{}  {}", joined(operation.stacks, ", "), to_string(operation.mode),
                       operation.force ? " force" : "",
                       resources.empty() ? "nothing" : joined(resources, ", "));
  } else if (operation.kind == "destroy") {
    std::vector<std::string> named;
    for (const WantedResource& wanted : operation.resources) {
      const Slot* slot = world.find(wanted.label);
      named.push_back((slot != nullptr ? slot->stack + "/" : "") + wanted.label);
    }
    out += fmt::format("{}  {}", joined(named, ", "), to_string(operation.on_dependents));
  } else if (operation.kind == "wait") {
    out += time_words(operation.duration);
  } else if (!resources.empty()) {  // drift
    out += joined(resources, ", ");
  }
  if (!operation.forgotten.empty()) out += "  forgets " + joined(operation.forgotten, ", ");
  if (!operation.replaced.empty()) out += "  replaces " + joined(operation.replaced, ", ");
  if (!operation.targeted.empty()) out += "  targets " + joined(operation.targeted, ", ");
  for (const WantedOutput& output : operation.outputs) out += "  shows " + words(output);
  if (operation.drops_outputs) out += "  shows nothing any more";
  if (!operation.refresh) out += "  without a refresh";
  if (operation.parallelism != 0) out += fmt::format("  {} at one time", operation.parallelism);
  if (operation.on_dependents == OnDependents::kCascade && operation.kind == "apply")
    out += "  cascade";
  if (operation.flaw != Flaw::kNone) out += fmt::format("  (flaw: {})", to_string(operation.flaw));
  if (operation.rival != 0)
    out += fmt::format("  (another run starts at call #{})", operation.rival);
  if (operation.disk_full) out += "  (the engine's disk is full)";
  if (operation.reply_lost) out += "  (the answer is lost, and asked for again)";
  if (!operation.blocking) out += "  (not waited for)";
  return out;
}

std::string words(const WantedOutput& output) {
  return fmt::format("{}.{}{}{}", output.label, output.property,
                     output.by_data_source ? " (by a data source)" : "",
                     output.is_sensitive ? " (sensitive)" : "");
}

std::string words(const cloud::FaultRule& rule) {
  const std::string call = rule.call ? std::string(to_string(*rule.call)) : "any call";
  const std::string what = fmt::format("{} {} of {}", call, ordinals(rule),
                                       rule.label.empty() ? "any resource" : rule.label);
  const std::string code = rule.effect.code ? std::string(to_string(*rule.effect.code)) : "silence";
  const std::string after = time_words(rule.effect.delay);
  const std::string& kind = rule.effect.kind;
  if (kind == "lost-reply") return fmt::format("reply to {} lost (applied; {})", what, code);
  if (kind == "error") return fmt::format("{} answered {} (nothing applied)", what, code);
  if (kind == "throttling") return what + " throttled";
  if (kind == "latency") return fmt::format("{} takes {}", what, after);
  if (kind == "late-delivery")
    return fmt::format("{} answered {}, executed {} later", what, code, after);
  if (kind == "hang") return what + " never arrives, never answered";
  if (kind == "duplicate-delivery") return what + " delivered twice";
  if (kind == "partial-apply") return fmt::format("{} applied in part, answered {}", what, code);
  if (kind == "stale-read") return what + " shows what was before";
  if (kind == "malformed-reply") return fmt::format("{} executed, its answer malformed", what);
  if (kind == "stuck-in-progress") return what + " stays in progress for longer";
  if (kind == "progress-then-failure") return fmt::format("{} in progress, then {}", what, code);
  if (kind == "request-id-forgotten") return what + " in progress, its request id forgotten";
  return fmt::format("{}: {} {}", what, kind, code);
}

std::string words(const CrashPoint& crash) {
  switch (crash.moment) {
    case CrashMoment::kBeforeCallApplied:
      return fmt::format("engine killed as call #{} reaches the cloud", crash.nth);
    case CrashMoment::kAfterCallApplied:
      return fmt::format("engine killed after call #{} was applied, before its answer", crash.nth);
    case CrashMoment::kAfterAnswer:
      return fmt::format("engine killed after answer #{}, before it is committed", crash.nth);
    case CrashMoment::kBeforeCommit:
      return fmt::format("engine killed inside commit #{}, nothing durable", crash.nth);
    case CrashMoment::kAfterCommit:
      return fmt::format("engine killed inside commit #{}, durable, not acknowledged", crash.nth);
    case CrashMoment::kDuringRecovery:
      return fmt::format("engine killed again at event #{} of its recovery", crash.nth);
    case CrashMoment::kCommitFails:
      return fmt::format("commit #{} fails, nothing durable", crash.nth);
    case CrashMoment::kInterrupted:
      return fmt::format("engine interrupted as call #{} reaches the cloud", crash.nth);
    case CrashMoment::kAbandoned:
      return fmt::format("engine interrupted twice as call #{} reaches the cloud", crash.nth);
    case CrashMoment::kProviderDies:
      return fmt::format("provider killed after call #{} was applied, before its answer",
                         crash.nth);
    case CrashMoment::kProviderLosesCall:
      return fmt::format("provider killed with call #{}, which is never applied", crash.nth);
    case CrashMoment::kProviderHangs:
      return fmt::format("provider stands still for {} as call #{} reaches the cloud",
                         time_words(kProviderHang), crash.nth);
    case CrashMoment::kProviderStartsSlowly:
      return fmt::format(
          "provider killed after call #{} was applied, the next one takes {} to start", crash.nth,
          time_words(kProviderSlowStart));
  }
  return "engine killed";
}

std::string words(const StoreFault& fault) {
  const bool is_write = fault.operation == StoreOperation::kWrite;
  const std::string what =
      fmt::format("{} #{}", is_write ? "save" : to_string(fault.operation), fault.nth);
  switch (fault.kind) {
    case StoreFaultKind::kFails:
      return fmt::format("{} of the state fails", what);
    case StoreFaultKind::kReplyLost:
      return fmt::format("reply to {} of the state lost (carried out)", what);
    case StoreFaultKind::kSlow:
      return fmt::format("{} of the state takes {}", what, time_words(fault.delay));
  }
  return "a fault of the state";
}

std::string words(const Deviation& deviation) {
  std::string out = fmt::format("{} #{}", to_string(deviation.event), deviation.nth);
  if (!deviation.label.empty()) out += " of " + deviation.label;
  if (deviation.delay.count() != 0) out += " comes " + time_words(deviation.delay) + " later";
  if (deviation.last_of_ties) out += " comes after all else of its moment";
  return out;
}

}  // namespace squall::suite
