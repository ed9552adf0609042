#include "agent/client/api_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <utility>

#include "agent/client/percent.h"
#include "documents/command_json.h"
#include "documents/reader.h"

namespace squall::agent {
namespace {

constexpr std::string_view kBase = "/api/v1";
constexpr int kMostCommands = 200;  // the server's own cap of max_results

std::string unexpected(const HttpRequest& request, const HttpResponse& response) {
  constexpr size_t kEnough = 400;
  return fmt::format("the agent answers {} {} with {}: {}", request.method, request.target,
                     response.status, response.body.substr(0, kEnough));
}

std::vector<std::pair<std::string, std::string>> fields_of(const CommandRequest& request) {
  std::vector<std::pair<std::string, std::string>> out = {
      {"command", std::string(to_string(request.kind))},
      {"mode", std::string(to_string(request.mode))},
      {"on-dependents", std::string(to_string(request.on_dependents))}};
  if (request.simulate) out.emplace_back("simulate", "true");
  if (request.force) out.emplace_back("force", "true");
  return out;
}

template <class T, class Parse>
Result<std::vector<T>> parse_all(const Json& body, std::string_view key, Parse parse) {
  const Reader in(body);
  TRY(const std::vector<Reader> elements, in.elements_or_none(key));
  std::vector<T> out;
  out.reserve(elements.size());
  for (const Reader& element : elements) {
    TRY(T each, parse(element.value()));
    out.push_back(std::move(each));
  }
  return out;
}

}  // namespace

ApiClient::ApiClient(const std::string& host, uint16_t port, std::string token, Duration timeout)
    : http_(host, port, timeout), token_(std::move(token)) {}

Result<HttpResponse> ApiClient::ask(HttpRequest request) {
  if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
  return http_.send(request);
}

Result<Json> ApiClient::get_json(const std::string& path) {
  TRY(const std::string text, get(path));
  TRY(Json body, parse_json(text));
  return body;
}

Result<std::string> ApiClient::get(const std::string& path) {
  HttpRequest request;
  request.target = path;
  TRY(HttpResponse response, ask(request));
  if (response.status != 200) return fail(unexpected(request, response));
  return std::move(response.body);
}

Result<CommandReply> ApiClient::submit(const CommandRequest& request) {
  HttpRequest post;
  post.method = "POST";
  const bool is_sync = request.kind == CommandKind::kSync;
  post.target = std::string(kBase) + (is_sync ? "/admin/synchronize" : "/commands");
  if (!is_sync) {
    const std::string forma = boost::json::serialize(to_json(request.forma));
    post.headers.emplace_back("Content-Type", make_multipart(fields_of(request), forma, post.body));
  }
  if (!request.client_id.empty()) post.headers.emplace_back("Client-ID", request.client_id);
  if (!request.idempotency_key.empty())
    post.headers.emplace_back("Idempotency-Key", request.idempotency_key);
  TRY(const HttpResponse response, ask(post));
  const Result<Json> body = parse_json(response.body);
  if (!body) return fail(unexpected(post, response));
  Result<CommandReply> reply = parse_answer(response.status, *body);
  // A refusal of another kind than an engine's: its body says it better.
  if (!reply && response.status >= 400) return fail(unexpected(post, response));
  if (!reply) return fail(unexpected(post, response) + ": " + reply.error().message);
  return reply;
}

template <class T>
Result<std::vector<T>> ApiClient::list(const std::string& target, Result<T> (*parse)(const Json&)) {
  HttpRequest request;
  request.target = target;
  TRY(const HttpResponse response, ask(request));
  if (response.status == 404) return std::vector<T>();
  if (response.status != 200) return fail(unexpected(request, response));
  TRY(const Json body, parse_json(response.body));
  return parse_all<T>(body, "Commands", parse);
}

namespace {

std::string path_of(const std::string& command_id) {
  return fmt::format("{}/commands/{}/status", kBase, percent_encoded(command_id));
}

std::string path_of_all() {
  return fmt::format("{}/commands/status?scope=agent&max_results={}", kBase, kMostCommands);
}

// The one that was asked for, if it is known.
template <class T>
Result<std::optional<T>> only(Result<std::vector<T>> found) {
  if (!found) return fail(found.error().message);
  if (found->size() > 1) return fail("one command was asked for, and the answer has more");
  if (found->empty()) return std::nullopt;
  return std::optional(std::move(found->front()));
}

// The server has the newest first.
template <class T>
Result<std::vector<T>> oldest_first(Result<std::vector<T>> found) {
  if (found) std::ranges::reverse(*found);
  return found;
}

}  // namespace

Result<std::optional<CommandView>> ApiClient::status(const std::string& command_id, Duration wait) {
  std::string path = path_of(command_id);
  if (wait > Duration(0)) path += fmt::format("?wait={}", static_cast<double>(wait.count()) / 1e6);
  return only(list(path, parse_command_view));
}

Result<std::optional<CommandOutline>> ApiClient::outline(const std::string& command_id) {
  return only(list(path_of(command_id) + "?updates=false", parse_command_outline));
}

Result<std::vector<CommandView>> ApiClient::commands() {
  return oldest_first(list(path_of_all(), parse_command_view));
}

Result<std::vector<CommandOutline>> ApiClient::outlines() {
  return oldest_first(list(path_of_all() + "&updates=false", parse_command_outline));
}

Result<std::vector<InventoryRow>> ApiClient::inventory() {
  TRY(const Json body, get_json(std::string(kBase) + "/resources"));
  return parse_all<InventoryRow>(body, "Resources", parse_inventory_row);
}

Result<std::vector<std::string>> ApiClient::stacks() {
  TRY(const Json body, get_json(std::string(kBase) + "/stacks"));
  TRY(const std::vector<Reader> stacks, Reader(body).elements());
  std::vector<std::string> out;
  for (const Reader& stack : stacks) {
    TRY(std::string label, stack.text("Label"));
    out.push_back(std::move(label));
  }
  return out;
}

Result<std::string> ApiClient::metrics() { return get(std::string(kBase) + "/metrics"); }

Result<bool> ApiClient::ready() {
  HttpRequest request;
  request.target = std::string(kBase) + "/stacks";
  TRY(const HttpResponse response, ask(request));
  if (response.status == 200) return true;
  if (response.status == 503) return false;
  return fail(unexpected(request, response));
}

}  // namespace squall::agent
