// What the databases write: records per second by the number of batches that share a transaction
// (each batch an update's new state and its row, as an engine at work writes them), and what it
// saves to write the plan of an update once. PostgreSQL is a server of this machine's own that
// syncs; nothing is measured where none is installed.
#include <benchmark/benchmark.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "agent/postgres/postgres_server.h"
#include "agent/store/store.h"
#include "agent/store/writer.h"
#include "base/check.h"
#include "base/random.h"
#include "engine/records.h"

namespace squall::agent {
namespace {

using engine::Batch;
using engine::Committed;

enum Kind { kSqlite, kPostgresql };
constexpr uint32_t kUpdates = 50'000;

// An empty store of one kind.
class Bench {
 public:
  explicit Bench(int64_t kind) {
    std::string made = std::filesystem::temp_directory_path() / "squall-bench-XXXXXX";
    SQUALL_CHECK(::mkdtemp(made.data()) != nullptr);
    folder_ = made;
    std::string where = "sqlite";
    if (kind == kPostgresql) {
      server_ = *PostgresServer::start({.syncs = true});
      where = server_->where(*server_->create_database());
    }
    store_ = *open_store(where, folder_);
  }
  ~Bench() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  Store& store() { return *store_; }
  std::unique_ptr<Store> take_store() { return std::move(store_); }

 private:
  std::string folder_;
  std::unique_ptr<PostgresServer> server_;
  std::unique_ptr<Store> store_;
};

Document document(uint64_t number) {
  JsonObject tags;
  for (int i = 0; i < 4; ++i) tags["tag-" + std::to_string(i)] = "value " + std::to_string(number);
  return {{"Name", Json("resource-" + std::to_string(number))},
          {"Description", Json("what the resource is for, in a few words")},
          {"Size", Json(number)},
          {"Rules", Json(JsonArray{"allow from anywhere", "deny from nowhere", 3})},
          {"Tags", Json(tags)}};
}

engine::ResourceRow row(uint32_t position) {
  engine::ResourceRow row;
  row.ksuid = make_ksuid(instant_at(position), position, position);
  row.identity = {"stack", "resource-" + std::to_string(position), "Test::Generic::Resource"};
  row.target = "target";
  row.native_id = "native-" + std::to_string(position);
  row.declared = row.values = document(position);
  row.actual = row.echo = document(position);
  row.read_only = {{"Arn", Json("arn:cloud:region:resource/" + row.native_id)}};
  return row;
}

engine::StoredUpdate update(uint32_t position, UpdateState state) {
  engine::StoredUpdate update;
  update.command = "2ZyxWVutsRQPonmlKJihgFEdcbb";
  update.position = position;
  engine::PlannedUpdate plan;
  plan.identity = {"stack", "resource-" + std::to_string(position), "Test::Generic::Resource"};
  plan.ksuid = make_ksuid(instant_at(position), position, position);
  plan.target = "target";
  plan.desired = document(position);
  plan.references = {{"stack", "resource-1", "Test::Generic::Resource"}};
  update.plan = std::make_shared<const engine::PlannedUpdate>(std::move(plan));
  update.state = state;
  return update;
}

engine::StoredUpdate at_work(uint32_t position) {
  engine::StoredUpdate out = update(position, UpdateState::kInProgress);
  engine::Intent& intent = out.intent.emplace();
  intent.token = make_ksuid(instant_at(position), position, position);
  intent.wanted = intent.resolved = document(position);
  intent.declared = out.plan->desired;
  return out;
}

// Accepts a command of kUpdates updates.
void accept(Store& store) {
  Batch batch;
  for (uint32_t i = 0; i < kUpdates; ++i) put(batch, update(i, UpdateState::kNotStarted));
  SQUALL_CHECK(store.commit({&batch, 1}) == Committed::kYes);
}

bool is_measurable(benchmark::State& state) {
  if (state.range(0) != kPostgresql || PostgresServer::is_installed()) return true;
  state.SkipWithError("no PostgreSQL server is installed");
  return false;
}

// Arguments: kind, batches in a transaction.
void commit(benchmark::State& state) {
  if (!is_measurable(state)) return;
  Bench bench(state.range(0));
  accept(bench.store());
  const auto count = static_cast<size_t>(state.range(1));
  Random random(1);
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<Batch> batches(count);
    for (Batch& batch : batches) {
      const auto position = static_cast<uint32_t>(random.below(kUpdates));
      put(batch, at_work(position));
      put(batch, row(position));
    }
    state.ResumeTiming();
    SQUALL_CHECK(bench.store().commit(batches) == Committed::kYes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(1) * 2);
}

// Arguments: kind, is the plan written again?
void change_states(benchmark::State& state) {
  if (!is_measurable(state)) return;
  Bench bench(state.range(0));
  accept(bench.store());
  constexpr size_t kCount = 1000;
  Random random(1);
  for (auto _ : state) {
    state.PauseTiming();
    Batch batch;
    for (size_t i = 0; i < kCount; ++i) {
      engine::StoredUpdate one = at_work(static_cast<uint32_t>(random.below(kUpdates)));
      // Of one that has not started, a store takes nothing for granted.
      if (state.range(1) == 1) one.state = UpdateState::kNotStarted;
      put(batch, std::move(one));
    }
    state.ResumeTiming();
    SQUALL_CHECK(bench.store().commit({&batch, 1}) == Committed::kYes);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kCount));
}

// A new row in every write. Arguments: kind, rows in a transaction.
void add(benchmark::State& state) {
  if (!is_measurable(state)) return;
  Bench bench(state.range(0));
  uint32_t next = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Batch batch;
    for (int64_t i = 0; i < state.range(1); ++i) put(batch, row(next++));
    state.ResumeTiming();
    SQUALL_CHECK(bench.store().commit({&batch, 1}) == Committed::kYes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(1));
}

// Arguments: kind.
void load(benchmark::State& state) {
  if (!is_measurable(state)) return;
  Bench bench(state.range(0));
  accept(bench.store());
  size_t count = 0;
  for (auto _ : state) {
    count = 0;
    SQUALL_CHECK(bench.store().load([&](const auto&, const auto&) { ++count; }).has_value());
  }
  SQUALL_CHECK(count == kUpdates);
  state.SetItemsProcessed(state.iterations() * kUpdates);
}

// Counts what was answered. The engine's thread is the writer's here: it has nothing else to do.
class Answers {
 public:
  void one(Committed committed) {
    SQUALL_CHECK(committed == Committed::kYes);
    const std::lock_guard lock(mutex_);
    --open_;
    changed_.notify_one();
  }
  void begin_below(size_t limit) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_ < limit; });
    ++open_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t open_ = 0;
};

// An engine with so many updates in flight, each of which waits for its commit. Arguments: kind,
// in flight.
void writer(benchmark::State& state) {
  if (!is_measurable(state)) return;
  Bench bench(state.range(0));
  accept(bench.store());
  Answers answers;
  const auto in_flight = static_cast<size_t>(state.range(1));
  std::vector<Batch> prepared(1000);
  for (uint32_t i = 0; i < prepared.size(); ++i) {
    put(prepared[i], at_work(i * 49));
    put(prepared[i], row(i * 49));
  }
  Writer::Statistics statistics;
  {
    Writer writer(bench.take_store(), [](const std::deque<std::function<void()>>& functions) {
      for (const auto& function : functions) function();
    });
    size_t next = 0;
    for (auto _ : state) {
      answers.begin_below(in_flight);
      writer.commit(prepared[next++ % prepared.size()],
                    [&](Committed committed, const std::string&) { answers.one(committed); });
    }
    answers.begin_below(1);
    statistics = writer.statistics();
  }
  state.SetItemsProcessed(state.iterations() * 2);
  state.counters["batches_per_transaction"] =
      static_cast<double>(statistics.batches) / static_cast<double>(statistics.transactions);
}

BENCHMARK(add)->ArgsProduct({{kSqlite, kPostgresql}, {1, 1000}})->UseRealTime();
BENCHMARK(commit)->ArgsProduct({{kSqlite, kPostgresql}, {1, 16, 64, 1000}})->UseRealTime();
BENCHMARK(change_states)->ArgsProduct({{kSqlite, kPostgresql}, {0, 1}})->UseRealTime();
BENCHMARK(load)->ArgsProduct({{kSqlite, kPostgresql}})->UseRealTime();
BENCHMARK(writer)->ArgsProduct({{kSqlite, kPostgresql}, {1, 16, 64, 256}})->UseRealTime();

}  // namespace
}  // namespace squall::agent
