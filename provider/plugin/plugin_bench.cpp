// How fast calls go from the engine's client through a provider to the cloud and back, with so many
// in flight; all in one process, over both sockets.
#include <benchmark/benchmark.h>

#include <condition_variable>
#include <mutex>

#include "cloud/catalogue.h"
#include "documents/generic_types.h"
#include "provider/cloud_provider.h"
#include "provider/cloud_server/cloud_server.h"
#include "provider/cloud_server/remote_cloud.h"
#include "provider/plugin/plugin_client.h"
#include "provider/plugin/plugin_server.h"
#include "provider/socket_folder.h"

namespace squall::plugin {
namespace {

using namespace std::chrono_literals;

constexpr size_t kCalls = 20'000;

ProviderRequest create(size_t number) {
  ProviderRequest request;
  request.kind = CallKind::kCreate;
  request.type = kGenericResource;
  request.target = "default";
  request.label = "resource";
  request.token = "token-" + std::to_string(number);
  request.properties.set("Name", Json("name-" + std::to_string(number)));
  request.properties.set("Value", Json(std::string(200, 'x')));
  return request;
}

// Starts kCalls calls, never more than `in_flight` at a time, and waits for all of them.
void run_calls(PluginClient& client, size_t in_flight, size_t& number) {
  std::mutex mutex;
  std::condition_variable changed;
  size_t under_way = 0;
  for (size_t i = 0; i < kCalls; ++i) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return under_way < in_flight; });
      ++under_way;
    }
    client.call(create(++number), 60s, [&](const ProviderReply& reply) {
      if (!reply.ok()) std::abort();
      const std::scoped_lock lock(mutex);
      --under_way;
      changed.notify_one();
    });
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return under_way == 0; });
}

// range(0): calls in flight; range(1): latency of the cloud in microseconds.
void client_to_cloud(benchmark::State& state) {
  const auto folder = *SocketFolder::make();
  cloud::Cloud cloud(cloud::built_in_types(), 1);
  cloud::Behaviours behaviours;
  behaviours.latency.typical = Duration(state.range(1));
  (void)cloud.set_behaviours(behaviours);
  SharedCloud shared(cloud);
  const auto cloud_server = *CloudServer::start(shared, {.folder = folder.path(), .on_call = {}});
  CloudProvider provider(*connect_to_cloud(*cloud_server->listen_for_providers(1)));
  const std::string socket = folder.path() + "/plugin";
  const auto server = *PluginServer::start(provider, socket);
  PluginClient client(socket);
  size_t number = 0;
  for (auto _ : state) run_calls(client, static_cast<size_t>(state.range(0)), number);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kCalls));
}
BENCHMARK(client_to_cloud)
    ->Args({1, 0})
    ->Args({16, 0})
    ->Args({64, 0})
    ->Args({256, 0})
    ->Args({256, 1000})
    ->Args({512, 20000})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

}  // namespace
}  // namespace squall::plugin
