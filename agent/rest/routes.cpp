#include "agent/rest/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/rest/call.h"

namespace squall::agent {

namespace {

struct Route {
  std::string_view method;
  std::string_view path;  // below kApiPath; ":name" stands for any one segment
  void (*handle)(Call& call);
  std::vector<std::string_view> parameters = {};
  bool is_always_there = false;  // also while the engine loads
};

const std::vector<Route>& all_routes() {
  static const std::vector<Route> kRoutes = {
      {"POST",
       "/commands",
       post_command,
       {"command", "mode", "simulate", "force", "query", "on-dependents"}},
      {"GET", "/commands/:id/status", get_command, {"wait", "updates"}},
      {"GET", "/commands/status", get_commands, {"query", "scope", "max_results", "updates"}},
      {"POST", "/commands/cancel", not_implemented},
      {"GET", "/resources", get_resources, {"query"}},
      {"GET", "/resources/summary", get_summary, {"query"}},
      {"GET", "/resources/by-ksuid/:ksuid", get_resource},
      {"GET", "/stacks", get_stacks},
      {"GET", "/stacks/:stack/drift", not_implemented},
      {"POST", "/stacks/:stack/reconcile", not_implemented},
      {"GET", "/targets", get_targets},
      {"GET", "/policies", not_implemented},
      {"GET", "/stats", get_stats},
      {"GET", "/plugins", get_plugins},
      {"GET", "/health", get_health, {}, /*is_always_there=*/true},
      {"GET", "/metrics", get_metrics},
      {"POST", "/admin/synchronize", post_synchronize},
      {"POST", "/admin/discover", not_implemented},
      {"POST", "/admin/check-ttl", not_implemented},
  };
  return kRoutes;
}

std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

// What stands for the :names; nullopt: it is another path.
std::optional<std::vector<std::string>> matched(std::string_view pattern,
                                                const std::vector<std::string>& path) {
  std::vector<std::string> arguments;
  for (const std::string& segment : path) {
    if (pattern.empty()) return std::nullopt;
    const std::string_view wanted = take_segment(pattern);
    if (wanted.starts_with(':') && !segment.empty()) {
      arguments.push_back(segment);
    } else if (wanted != segment) {
      return std::nullopt;
    }
  }
  if (!pattern.empty()) return std::nullopt;
  return arguments;
}

struct Found {
  const Route* route = nullptr;  // nullptr: there is none
  std::vector<std::string> arguments;
  std::string allowed;  // the methods of the path, where it has others
};

Found find_route(std::string_view method, const std::vector<std::string>& path) {
  Found found;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const Route& route : all_routes()) {
    const std::string pattern = fmt::format("{}{}", kApiPath, route.path);
    std::optional<std::vector<std::string>> arguments = matched(pattern, path);
    if (!arguments) continue;
    if (route.method == wanted) {
      found.route = &route;
      found.arguments = *std::move(arguments);
      return found;
    }
    found.allowed += found.allowed.empty() ? "" : ", ";
    found.allowed += route.method;
    if (route.method == "GET") found.allowed += ", HEAD";
  }
  return found;
}

Result<std::map<std::string, std::string>> parameters_of(const Route& route,
                                                         const std::vector<Field>& given) {
  std::map<std::string, std::string> out;
  for (const Field& parameter : given) {
    const auto& known = route.parameters;
    if (std::find(known.begin(), known.end(), parameter.name) == known.end()) {
      return fail(known.empty() ? fmt::format("{} has no parameters, and was given \"{}\"",
                                              route.path, parameter.name)
                                : fmt::format("{} has no parameter \"{}\"; it has {}", route.path,
                                              parameter.name, fmt::join(known, ", ")));
    }
    if (!out.emplace(parameter.name, parameter.value).second) {
      return fail(fmt::format("the parameter {} is given twice", parameter.name));
    }
  }
  return out;
}

// Takes as long whatever is equal of them, but for their sizes.
bool same_secret(std::string_view a, std::string_view b) {
  volatile unsigned char difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < a.size(); ++i) {
    const char other = b.empty() ? '\0' : b[i % b.size()];
    difference = static_cast<unsigned char>(difference | (a[i] ^ other));
  }
  return difference == 0;
}

bool shows_token(const Request& request, std::string_view token) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string* shown = request.field("Authorization");
  if (shown == nullptr || request.count("Authorization") != 1) return false;
  const std::string_view text = *shown;
  if (!same_but_for_case(text.substr(0, kScheme.size()), kScheme)) return false;
  return same_secret(without_spaces_around(text.substr(kScheme.size())), token);
}

// "localhost:49684", "127.0.0.1", "[::1]:49684".
bool names_this_machine(std::string_view host) {
  const bool is_bracketed = host.starts_with('[');
  const size_t end = is_bracketed ? host.find(']') + 1 : std::min(host.find(':'), host.size());
  const std::string_view name = host.substr(0, end);
  if (is_bracketed) return name == "[::1]";
  constexpr std::string_view kLoopback = "127.";
  const bool is_address = name.starts_with(kLoopback) &&
                          name.find_first_not_of("0123456789.") == std::string_view::npos;
  return is_address || same_but_for_case(name, "localhost");
}

// Without a token the only protection is that the server hears this machine alone. But so does a
// browser here, which any web page can make ask for something: its requests show where they are
// from (Origin), or, where the page has made the browser take its own name for this machine, a Host
// that is none of ours.
std::optional<Response> refuse_browsers(const Request& head) {
  if (head.field("Origin") != nullptr) {
    return error_response(403, "Forbidden",
                          "requests of web pages (Origin) are taken only with a bearer token");
  }
  const std::string* host = head.field("Host");
  if (host != nullptr && !names_this_machine(*host)) {
    return error_response(403, "Forbidden",
                          "Host must be localhost or a loopback address where no bearer token is "
                          "asked for");
  }
  return std::nullopt;
}

// Ids of clients and keys go into the store and into lists for people.
std::optional<Response> refuse_fields(const Request& head) {
  constexpr size_t kMaxBytes = 256;
  for (const std::string_view name : {"Client-ID", "Idempotency-Key"}) {
    const std::string* value = head.field(name);
    if (value == nullptr) continue;
    const bool is_good =
        value->size() <= kMaxBytes &&
        std::all_of(value->begin(), value->end(), [](char c) { return c >= 0x20 && c < 0x7F; });
    if (!is_good || head.count(name) != 1) {
      return bad_request(fmt::format("{} must be there once, with at most {} characters of ASCII",
                                     name, kMaxBytes));
    }
  }
  return std::nullopt;
}

}  // namespace

void Waiting::add(const std::shared_ptr<Waiting>& waiting, Api& api, const std::string& command_id,
                  Duration at_most, std::function<void()> end) {
  const uint64_t number = waiting->next_++;
  waiting->ends_.emplace(number, std::move(end));
  api.when_terminal(command_id, at_most, [waiting, number] {
    auto ended = waiting->ends_.extract(number);
    if (!ended.empty()) ended.mapped()();
  });
}

void Waiting::stop() {
  const auto ends = std::exchange(ends_, {});
  for (const auto& [number, end] : ends) end();
}

Routes::Routes(Api& api, RouteOptions options)
    : api_(api), options_(std::move(options)), waiting_(std::make_shared<Waiting>()) {}

Routes::~Routes() = default;

std::optional<Response> Routes::refuse(const Request& head) const {
  if (options_.bearer_token.empty()) {
    if (std::optional<Response> refused = refuse_browsers(head)) return refused;
  } else if (!shows_token(head, options_.bearer_token)) {
    Response response = error_response(401, "Unauthorized",
                                       "the request must have Authorization: Bearer TOKEN, with "
                                       "the token that the agent was started with");
    response.fields.push_back({"WWW-Authenticate", "Bearer realm=\"squall-agent\""});
    return response;
  }
  const Result<ParsedTarget> target = parse_target(head.target);
  if (!target) return bad_request(target.error().message);
  const Found found = find_route(head.method, target->path);
  if (found.route == nullptr && found.allowed.empty()) {
    return not_found("there is no such address; docs/agent.md has those there are");
  }
  if (found.route == nullptr) {
    Response response = error_response(
        405, "MethodNotAllowed",
        fmt::format("{} is not for this address; there is {}", head.method, found.allowed));
    response.fields.push_back({"Allow", found.allowed});
    return response;
  }
  const auto parameters = parameters_of(*found.route, target->parameters);
  if (!parameters) return bad_request(parameters.error().message);
  if (!api_.ready() && !found.route->is_always_there) {
    return json_response(error_of(
        {RejectionType::kUnavailable, "the agent is loading its store: try again in a moment"}));
  }
  return refuse_fields(head);
}

void Routes::handle(Request request, Answer answer) {
  const Result<ParsedTarget> target = parse_target(request.target);
  Found found = find_route(request.method, target->path);
  auto parameters = parameters_of(*found.route, target->parameters);
  Call call{.api = api_,
            .request = std::move(request),
            .arguments = std::move(found.arguments),
            .parameters = *std::move(parameters),
            .answer = std::move(answer),
            .waiting = waiting_};
  found.route->handle(call);
}

void Routes::stop_waiting() { waiting_->stop(); }

}  // namespace squall::agent
