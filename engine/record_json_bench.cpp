// Records written as text and read back, per second: a row of about 1 KB in whose documents little
// differs, an update at work, and its plan.
#include <benchmark/benchmark.h>

#include "engine/record_json.h"

namespace squall::engine {
namespace {

Document document(int number) {
  JsonObject tags;
  for (int i = 0; i < 4; ++i) tags["tag-" + std::to_string(i)] = "value " + std::to_string(number);
  return {{"Name", Json("resource-" + std::to_string(number))},
          {"Description", Json("what the resource is for, in a few words")},
          {"Size", Json(number)},
          {"Ratio", Json(0.25)},
          {"Enabled", Json(true)},
          {"Rules", Json(JsonArray{"allow from anywhere", "deny from nowhere", 3})},
          {"Tags", Json(tags)}};
}

// Documents as a create leaves them: what was declared is one object, what the cloud shows another.
ResourceRow row() {
  ResourceRow row;
  row.ksuid = "2ZyxWVutsRQPonmlKJihgFEdcba";
  row.identity = {"stack-12", "resource-1234", "Test::Generic::Resource"};
  row.target = "target-1";
  row.native_id = "native-00001234";
  row.version = 3;
  row.declared = document(1);
  row.values = row.declared;
  row.actual = document(1);
  row.echo = row.actual;
  row.read_only = {{"Arn", Json("arn:cloud:region:resource/native-00001234")}, {"Owner", Json(17)}};
  row.is_declared = true;
  return row;
}

StoredUpdate update() {
  PlannedUpdate plan;
  plan.identity = row().identity;
  plan.ksuid = row().ksuid;
  plan.target = "target-1";
  plan.desired = document(1);
  plan.references = {{"stack-12", "resource-1", "Test::Generic::Resource"}};
  plan.waits_for = {1};
  StoredUpdate update;
  update.command = "2ZyxWVutsRQPonmlKJihgFEdcbb";
  update.position = 4321;
  update.plan = std::make_shared<const PlannedUpdate>(std::move(plan));
  update.state = UpdateState::kInProgress;
  Intent& intent = update.intent.emplace();
  intent.token = "2ZyxWVutsRQPonmlKJihgFEdcbc";
  intent.wanted = document(1);
  intent.resolved = intent.wanted;
  intent.declared = update.plan->desired;
  return update;
}

void counted(benchmark::State& state, size_t bytes) {
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(bytes);
}

void write_row(benchmark::State& state) {
  const Record record{row()};
  std::string text;
  for (auto _ : state) {
    text.clear();
    append_text(text, record);
    benchmark::DoNotOptimize(text.data());
  }
  counted(state, text.size());
}
void read_row(benchmark::State& state) {
  const std::string text = to_text(Record{row()});
  const std::string key = row_key(row().ksuid);
  for (auto _ : state) benchmark::DoNotOptimize(parse_record(key, text));
  counted(state, text.size());
}
void write_update_without_plan(benchmark::State& state) {
  const StoredUpdate one = update();
  std::string text;
  for (auto _ : state) {
    text.clear();
    append_text_without_plan(text, one);
    benchmark::DoNotOptimize(text.data());
  }
  counted(state, text.size());
}
void write_update_with_plan(benchmark::State& state) {
  const Record record{update()};
  std::string text;
  for (auto _ : state) {
    text.clear();
    append_text(text, record);
    benchmark::DoNotOptimize(text.data());
  }
  counted(state, text.size());
}
void read_update_in_two_parts(benchmark::State& state) {
  const StoredUpdate one = update();
  std::string text;
  std::string plan;
  append_text_without_plan(text, one);
  append_text(plan, *one.plan);
  const std::string key = update_key(one.command, one.position);
  for (auto _ : state) benchmark::DoNotOptimize(parse_record(key, text, plan));
  counted(state, text.size() + plan.size());
}

BENCHMARK(write_row);
BENCHMARK(read_row);
BENCHMARK(write_update_without_plan);
BENCHMARK(write_update_with_plan);
BENCHMARK(read_update_in_two_parts);

}  // namespace
}  // namespace squall::engine
