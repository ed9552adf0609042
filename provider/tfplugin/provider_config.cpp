#include "provider/tfplugin/provider_config.h"

#include <fmt/format.h>

#include <utility>

namespace squall::tfplugin {

namespace {

constexpr int64_t kMostRetries = 1000;
constexpr int64_t kLongest_ms = 600'000;

Attribute optional(std::string name, Type type, std::string description) {
  Attribute out;
  out.name = std::move(name);
  out.type = std::move(type);
  out.optional = true;
  out.description = std::move(description);
  return out;
}

Block make_block() {
  Block out;
  out.description = "Squall's simulated cloud.";
  out.attributes = {
      optional("target", Type::string(), "Where in the cloud the resources live; \"default\"."),
      optional("cloud_file", Type::string(),
               "The file that holds the cloud; else the variable SQUALL_CLOUD_FILE says. Of no "
               "effect where the cloud is Squall's own process."),
      optional("max_retries", Type::number(), "Further tries of a call that may be repeated; 8."),
      optional("retry_delay_ms", Type::number(), "Before the first of them; doubled by each; 25."),
      optional("longest_delay_ms", Type::number(), "The longest delay between two; 1000."),
      optional("call_timeout_ms", Type::number(), "How long an answer is waited for; 10000."),
      optional("optimistic_locking", Type::boolean(),
               "Whether updates and deletes are refused where the object was changed since it was "
               "read; true."),
  };
  return out;
}

// The whole number of an attribute, or `otherwise` where it has none (yet).
Result<int64_t> number_at(const Value& config, std::string_view name, int64_t least, int64_t most,
                          int64_t otherwise) {
  const Number* number = config.at(name).if_number();
  if (number == nullptr) return otherwise;
  const std::optional<int64_t> whole = number->as_integer();
  if (whole && *whole >= least && *whole <= most) return *whole;
  return fail(fmt::format("{} is {}, and must be a whole number from {} to {}", name,
                          number->text(), least, most));
}

int64_t ms_of(Duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

}  // namespace

const Block& provider_block() {
  static const Block kBlock = make_block();
  return kBlock;
}

Result<Configured> read_provider_config(const Value& config, WhenUnknown when_unknown) {
  if (when_unknown == WhenUnknown::kRefuse && !config.is_wholly_known()) {
    return fail("it depends on values that are not known until apply; say them outright");
  }
  using std::chrono::milliseconds;
  Configured out;
  RetryPolicy& policy = out.policy;
  TRY(const int64_t retries, number_at(config, "max_retries", 0, kMostRetries, policy.max_retries));
  policy.max_retries = static_cast<uint32_t>(retries);
  TRY(const int64_t delay,
      number_at(config, "retry_delay_ms", 0, kLongest_ms, ms_of(policy.retry_delay)));
  policy.retry_delay = milliseconds(delay);
  TRY(const int64_t longest,
      number_at(config, "longest_delay_ms", 0, kLongest_ms, ms_of(policy.longest_delay)));
  policy.longest_delay = milliseconds(longest);
  TRY(const int64_t timeout,
      number_at(config, "call_timeout_ms", 1, kLongest_ms, ms_of(policy.call_deadline)));
  policy.call_deadline = milliseconds(timeout);
  if (const bool* locking = config.at("optimistic_locking").if_bool()) {
    policy.optimistic_locking = *locking;
  }
  out.cloud_file = config.text_at("cloud_file");
  const std::string target = config.text_at("target");
  if (!target.empty()) out.target = target;
  return out;
}

Diagnostics not_configured() {
  return {{.summary = "the provider is not configured",
           .detail = "ConfigureProvider comes before anything that touches the cloud.",
           .attribute = {}}};
}

}  // namespace squall::tfplugin
