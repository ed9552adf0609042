#include "agent/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <type_traits>
#include <variant>

namespace squall::agent {
namespace {

double seconds_of(Duration took) { return static_cast<double>(took.count()) / 1e6; }

// From a quick local answer to one that ran into its deadline.
prometheus::Histogram::BucketBoundaries latencies() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

std::string outcome_of(const ProviderReply& reply) {
  return std::string(reply.status == ReplyStatus::kFailure ? to_string(reply.error)
                                                           : to_string(reply.status));
}

std::string outcome_of(const CommandReply& reply) {
  return std::visit(
      [](const auto& said) -> std::string {
        using Said = std::decay_t<decltype(said)>;
        if constexpr (std::is_same_v<Said, Accepted>) return "accepted";
        if constexpr (std::is_same_v<Said, NothingToDo>) return "nothing-to-do";
        if constexpr (std::is_same_v<Said, Simulated>) return "simulated";
        if constexpr (std::is_same_v<Said, Rejection>) return std::string(to_string(said.type));
      },
      reply);
}

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& calls =
      prometheus::BuildCounter()
          .Name("squall_provider_calls_total")
          .Help("Answers of the provider, by kind of call and outcome.")
          .Register(registry);
  prometheus::Family<prometheus::Histogram>& call_times =
      prometheus::BuildHistogram()
          .Name("squall_provider_call_seconds")
          .Help("How long the provider took to answer, by kind of call.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& replies =
      prometheus::BuildCounter()
          .Name("squall_requests_total")
          .Help("Requests for commands, by what was answered.")
          .Register(registry);
  prometheus::Histogram& commit_times = prometheus::BuildHistogram()
                                            .Name("squall_commit_seconds")
                                            .Help("How long a commit took to become durable.")
                                            .Register(registry)
                                            .Add({}, latencies());
  prometheus::Counter& failed_commits = prometheus::BuildCounter()
                                            .Name("squall_commits_failed_total")
                                            .Help("Commits that the store refused or lost.")
                                            .Register(registry)
                                            .Add({});
  prometheus::Gauge& in_flight = prometheus::BuildGauge()
                                     .Name("squall_provider_calls_in_flight")
                                     .Help("Calls to the provider that wait for an answer.")
                                     .Register(registry)
                                     .Add({});
  prometheus::Gauge& provider_starts = prometheus::BuildGauge()
                                           .Name("squall_provider_starts")
                                           .Help("How often the provider was started.")
                                           .Register(registry)
                                           .Add({});
  prometheus::Family<prometheus::Gauge>& commands = prometheus::BuildGauge()
                                                        .Name("squall_commands")
                                                        .Help("Commands, by state.")
                                                        .Register(registry);
  prometheus::Family<prometheus::Gauge>& marks =
      prometheus::BuildGauge()
          .Name("squall_engine_marks")
          .Help("How often a named situation came up in the engine.")
          .Register(registry);
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::answered(CallKind kind, const ProviderReply& reply, Duration took) {
  const std::string call(to_string(kind));
  impl_->calls.Add({{"kind", call}, {"outcome", outcome_of(reply)}}).Increment();
  impl_->call_times.Add({{"kind", call}}, latencies()).Observe(seconds_of(took));
}

void Metrics::committed(bool durable, Duration took) {
  impl_->commit_times.Observe(seconds_of(took));
  if (!durable) impl_->failed_commits.Increment();
}

void Metrics::replied(const CommandReply& reply) {
  impl_->replies.Add({{"outcome", outcome_of(reply)}}).Increment();
}

std::string Metrics::text(const Now& now) {
  impl_->in_flight.Set(static_cast<double>(now.calls_in_flight));
  impl_->provider_starts.Set(static_cast<double>(now.provider_starts));
  for (const auto& [state, count] : now.commands)
    impl_->commands.Add({{"state", std::string(to_string(state))}}).Set(static_cast<double>(count));
  if (now.marks != nullptr) {
    for (const auto& [mark, count] : *now.marks)
      impl_->marks.Add({{"mark", mark}}).Set(static_cast<double>(count));
  }
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace squall::agent
