#include "agent/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "agent/client/api_client.h"
#include "agent/config.h"
#include "agent/daemon.h"
#include "agent/files.h"
#include "agent/tables.h"
#include "documents/command_json.h"

namespace squall::agent {
namespace {

constexpr int kRefused = 1;
constexpr int kTrouble = 2;
constexpr Duration kLongPoll = std::chrono::seconds(20);
constexpr const char* kTokenVariable = "SQUALL_AGENT_TOKEN";

int complain(const std::string& message) {
  fmt::print(stderr, "squall-agent: {}\n", message);
  return kTrouble;
}

void print_json(const Json& value) { fmt::print("{}\n", boost::json::serialize(value)); }

// Where the agent is, and how its answers are shown: for all that talk to one.
struct AgentConnection {
  std::string agent = "127.0.0.1:49684";
  bool json = false;

  void add_to(CLI::App& command) {
    command.add_option("--agent", agent, "ADDRESS:PORT of the agent")->capture_default_str();
    command.add_flag("--json", json, "Print JSON in place of tables");
  }
  Result<ApiClient> client() const {
    ServerOptions where;
    TRY_VOID(set_listen(agent, where));
    const char* token = std::getenv(kTokenVariable);
    return Result<ApiClient>(std::in_place, where.address, where.port,
                             token == nullptr ? "" : token);
  }
};

struct Serve {
  std::string config_file;
  std::string data;
  std::string store;
  std::string listen;
  std::vector<std::string> provider;
  std::string log_level;
  std::vector<std::string> plants;
};

void add_serve(CLI::App& app, Serve& options, bool planted) {
  CLI::App* command = app.add_subcommand("serve", "Run the agent");
  command->add_option("--config", options.config_file, "Settings in TOML (docs/agent.md)");
  command->add_option("--data", options.data,
                      "Folder of the agent's data; made if it is not there");
  command->add_option("--store", options.store,
                      "sqlite (in the data folder), or postgresql:URL; default: sqlite");
  command->add_option("--listen", options.listen,
                      "ADDRESS:PORT; default: 127.0.0.1:49684; port 0: any that is free");
  command->add_option("--provider,provider", options.provider,
                      "Program and arguments of the provider; after -- they may begin with a dash");
  command->add_option("--log-level", options.log_level, "debug, info, warning or error");
  if (planted) command->add_option("--plant", options.plants, "A deliberate bug; repeatable");
}

Result<Config> config_of(const Serve& options, PlantsNamed plants_named) {
  Config config;
  if (!options.config_file.empty()) TRY_VOID(read_config(options.config_file, config));
  if (!options.data.empty()) config.data_folder = options.data;
  if (!options.store.empty()) config.store = options.store;
  if (!options.listen.empty()) TRY_VOID(set_listen(options.listen, config.server));
  if (!options.provider.empty()) config.provider.command = options.provider;
  if (!options.log_level.empty()) {
    TRY(config.log_level, parse_log_level(options.log_level));
  }
  if (const char* token = std::getenv(kTokenVariable)) config.server.bearer_token = token;
  unsetenv(kTokenVariable);  // the provider gets this process's environment, and it is not for it
  if (!options.plants.empty()) {
    TRY(config.engine.plants, plants_named(options.plants));
  }
  return config;
}

int serve(const Serve& options, PlantsNamed plants_named) {
  const Result<Config> config = config_of(options, plants_named);
  if (!config) return complain(config.error().message);
  const Result<int> ended = run_daemon(*config);
  if (!ended) return complain(ended.error().message);
  return *ended;
}

struct Submit {
  AgentConnection connection;
  std::string file;
  std::string mode = "reconcile";
  bool force = false;
  bool simulate = false;
  bool cascade = false;
  bool no_wait = false;
  std::string key;
};

CLI::App* add_submit(CLI::App& app, Submit& options, const char* name, const char* help) {
  CLI::App* command = app.add_subcommand(name, help);
  options.connection.add_to(*command);
  command->add_option("forma", options.file, "JSON file; - reads standard input")->required();
  command->add_flag("--simulate", options.simulate, "Say what would be done, and do nothing");
  command->add_flag("--no-wait", options.no_wait, "Return when the command is accepted");
  command->add_option("--idempotency-key", options.key,
                      "The same key gives the same command, however often it is sent");
  return command;
}

Result<Forma> read_forma(const std::string& file) {
  TRY(const std::string text, read_file(file));
  const Result<Json> document = parse_json(text);
  if (!document) return fail(fmt::format("{}: {}", file, document.error().message));
  Result<Forma> forma = parse_forma(*document);
  if (!forma) return fail(fmt::format("{}: {}", file, forma.error().message));
  return forma;
}

// To the end of the command, however long it takes.
int follow(ApiClient& client, const AgentConnection& connection, const std::string& command_id) {
  for (;;) {
    const auto view = client.status(command_id, kLongPoll);
    if (!view) return complain(view.error().message);
    if (!*view) return complain("the agent does not know the command " + command_id + " any more");
    if (!is_terminal((*view)->state)) continue;
    if (connection.json) {
      print_json(to_json(**view));
    } else {
      fmt::print("{}", table_of(**view));
    }
    return (*view)->state == CommandState::kSuccess ? 0 : kRefused;
  }
}

int submit(const Submit& options, CommandKind kind) {
  CommandRequest request;
  request.kind = kind;
  const Result<Mode> mode = parse_mode(options.mode);
  if (!mode) return complain(mode.error().message);
  request.mode = *mode;
  request.force = options.force;
  request.simulate = options.simulate;
  request.on_dependents = options.cascade ? OnDependents::kCascade : OnDependents::kAbort;
  request.client_id = "squall-agent";
  request.idempotency_key = options.key;
  Result<Forma> forma = read_forma(options.file);
  if (!forma) return complain(forma.error().message);
  request.forma = std::move(*forma);
  Result<ApiClient> client = options.connection.client();
  if (!client) return complain(client.error().message);
  const Result<CommandReply> reply = client->submit(request);
  if (!reply) return complain(reply.error().message);
  const Accepted* accepted = std::get_if<Accepted>(&*reply);
  if (accepted != nullptr && !options.no_wait) {
    // Who gives up waiting can still ask for it by its id: it goes on.
    if (!options.connection.json) fmt::print(stderr, "{}", words_of(*reply));
    return follow(*client, options.connection, accepted->command_id);
  }
  if (options.connection.json) {
    print_json(answer_of(*reply, request).body);
  } else {
    fmt::print("{}", words_of(*reply));
  }
  return std::holds_alternative<Rejection>(*reply) ? kRefused : 0;
}

int show_status(const AgentConnection& connection, const std::string& command_id) {
  Result<ApiClient> client = connection.client();
  if (!client) return complain(client.error().message);
  std::vector<CommandView> views;
  if (command_id.empty()) {
    Result<std::vector<CommandView>> all = client->commands();
    if (!all) return complain(all.error().message);
    views = std::move(*all);
  } else {
    Result<std::optional<CommandView>> one = client->status(command_id);
    if (!one) return complain(one.error().message);
    if (!*one) return complain("the agent knows no command " + command_id);
    views.push_back(std::move(**one));
  }
  if (connection.json) {
    JsonArray out;
    for (const CommandView& view : views) out.push_back(to_json(view));
    print_json(JsonObject{{"Commands", std::move(out)}});
  } else {
    fmt::print("{}", command_id.empty() ? table_of(views) : table_of(views.front()));
  }
  return 0;
}

int show_inventory(const AgentConnection& connection) {
  Result<ApiClient> client = connection.client();
  if (!client) return complain(client.error().message);
  const Result<std::vector<InventoryRow>> rows = client->inventory();
  if (!rows) return complain(rows.error().message);
  if (connection.json) {
    JsonArray out;
    for (const InventoryRow& row : *rows) out.push_back(to_json(row));
    print_json(JsonObject{{"Resources", std::move(out)}});
  } else {
    fmt::print("{}", table_of(*rows));
  }
  return 0;
}

}  // namespace

int run_command_line(int argc, char** argv, PlantsNamed plants_named) {
  CLI::App app("The reference engine as a daemon.", "squall-agent");
  app.require_subcommand(1);
  Serve serving;
  add_serve(app, serving, plants_named != nullptr);
  Submit applying;
  CLI::App* apply = add_submit(app, applying, "apply", "Make the resources of a forma be so");
  apply->add_option("--mode", applying.mode, "reconcile or patch")->capture_default_str();
  apply->add_flag("--force", applying.force, "Overwrite what has drifted");
  apply->add_flag("--cascade", applying.cascade, "Delete what depends on what goes, too");
  Submit destroying;
  CLI::App* destroy = add_submit(app, destroying, "destroy", "Delete the resources of a forma");
  destroy->add_flag("--cascade", destroying.cascade, "Delete what depends on them, too");
  AgentConnection asking;
  std::string command_id;
  CLI::App* status = app.add_subcommand("status", "Show one command, or the newest ones");
  asking.add_to(*status);
  status->add_option("command", command_id, "Its id");
  CLI::App* inventory = app.add_subcommand("inventory", "Show the resources the agent knows");
  asking.add_to(*inventory);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : kTrouble;
  }
  if (apply->parsed()) return submit(applying, CommandKind::kApply);
  if (destroy->parsed()) return submit(destroying, CommandKind::kDestroy);
  if (status->parsed()) return show_status(asking, command_id);
  if (inventory->parsed()) return show_inventory(asking);
  return serve(serving, plants_named);
}

}  // namespace squall::agent
