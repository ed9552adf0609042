// POST /commands, what became of commands, and POST /admin/synchronize.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <memory>
#include <utility>

#include "agent/client/percent.h"
#include "agent/rest/call.h"
#include "agent/rest/multipart.h"

namespace squall::agent {

namespace {

constexpr int64_t kMaxWaitSeconds = 60;
constexpr int64_t kDefaultResults = 10;
constexpr int64_t kMaxResults = 200;
// Takes some milliseconds to read.
constexpr size_t kLargeBody = size_t{64} << 10;
constexpr std::string_view kForm = "multipart/form-data";

// What POST /commands says besides the forma, as texts; and the forma's text.
struct Submission {
  std::map<std::string, std::string> options;
  std::optional<std::string_view> forma;
};

// Either of them is sent back as it is.
struct Refusal {
  Response response;
};
template <class T>
using OrRefusal = std::expected<T, Refusal>;

std::unexpected<Refusal> refused(Response response) {
  return std::unexpected(Refusal{std::move(response)});
}
std::unexpected<Refusal> refused(RejectionType type, std::string_view message) {
  return refused(rejection_response(type, message));
}

OrRefusal<void> add_parts(const Call& call, std::string_view content_type, Submission& out) {
  const Result<std::string> boundary = boundary_of(content_type);
  if (!boundary) return refused(bad_request(boundary.error().message));
  const Result<std::vector<Part>> parts = parse_multipart(call.request.body, *boundary);
  if (!parts) return refused(bad_request(parts.error().message));
  constexpr std::string_view kOptions[] = {"command", "mode",  "simulate",
                                           "force",   "query", "on-dependents"};
  for (const Part& part : *parts) {
    if (part.name == "file") {
      if (out.forma) return refused(bad_request("the form has two parts of the name file"));
      out.forma = part.content;
      continue;
    }
    if (std::find(std::begin(kOptions), std::end(kOptions), part.name) == std::end(kOptions)) {
      return refused(bad_request(fmt::format("the form has no field \"{}\"; it has {} and file",
                                             part.name, fmt::join(kOptions, ", "))));
    }
    if (!out.options.emplace(part.name, part.content).second) {
      return refused(bad_request(fmt::format("{} is given twice", part.name)));
    }
  }
  return {};
}

OrRefusal<Submission> submission_of(const Call& call) {
  Submission out;
  out.options = call.parameters;
  const std::string* content_type = call.request.field("Content-Type");
  const std::string_view media = content_type == nullptr ? "" : media_type_of(*content_type);
  if (same_but_for_case(media, kForm)) {
    if (OrRefusal<void> added = add_parts(call, *content_type, out); !added) {
      return std::unexpected(std::move(added).error());
    }
    return out;
  }
  if (call.request.body.empty()) return out;
  if (!same_but_for_case(media, "application/json")) {
    return refused(error_response(415, "UnsupportedMediaType",
                                  "the body must be a form (multipart/form-data) with the forma in "
                                  "the part file, or the forma itself (application/json)"));
  }
  out.forma = call.request.body;
  return out;
}

Result<bool> parse_flag(std::string_view name, std::string_view text) {
  if (text == "true") return true;
  if (text == "false" || text.empty()) return false;
  return fail(fmt::format("{} must be true or false, and is \"{}\"", name, text));
}

Result<CommandRequest> parse_options(const Submission& submission) {
  const auto option = [&](const char* name) -> std::string {
    const auto found = submission.options.find(name);
    return found == submission.options.end() ? "" : found->second;
  };
  CommandRequest request;
  const std::string command = option("command");
  if (command != "apply" && command != "destroy") {
    return fail(fmt::format("command must be apply or destroy, and is \"{}\"", command));
  }
  TRY(request.kind, parse_command_kind(command));
  if (const std::string mode = option("mode"); !mode.empty()) {
    TRY(request.mode, parse_mode(mode));
  }
  if (const std::string what = option("on-dependents"); !what.empty()) {
    TRY(request.on_dependents, parse_on_dependents(what));
  }
  TRY(request.simulate, parse_flag("simulate", option("simulate")));
  TRY(request.force, parse_flag("force", option("force")));
  return request;
}

// Names go into keys of the store and into lists for people.
std::optional<std::string> name_with_control_characters(const Forma& forma) {
  const auto has = [](const std::string& text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; });
  };
  for (size_t i = 0; i < forma.stacks.size(); ++i) {
    if (has(forma.stacks[i].label)) return fmt::format("$.Stacks[{}].Label", i);
  }
  for (size_t i = 0; i < forma.targets.size(); ++i) {
    if (has(forma.targets[i].label)) return fmt::format("$.Targets[{}].Label", i);
    if (has(forma.targets[i].name_space)) return fmt::format("$.Targets[{}].Namespace", i);
  }
  for (size_t i = 0; i < forma.resources.size(); ++i) {
    const ResourceIdentity& identity = forma.resources[i].identity;
    if (has(identity.label)) return fmt::format("$.Resources[{}].Label", i);
    if (has(identity.stack)) return fmt::format("$.Resources[{}].Stack", i);
    if (has(identity.type)) return fmt::format("$.Resources[{}].Type", i);
  }
  return std::nullopt;
}

Result<Forma> forma_of(std::string_view text) {
  TRY(const Json document, parse_json(text));
  TRY(Forma forma, parse_forma(document));
  if (const auto place = name_with_control_characters(forma)) {
    return fail(*place + ": must have no control characters");
  }
  return forma;
}

// A destroy of what the query finds now.
Result<Forma> forma_of_query(const Api& api, std::string_view text) {
  TRY(const Query query, Query::parse(text, kRowFields));
  if (query.empty()) return fail("the query of a destroy must say what; stack:* is everything");
  Forma forma;
  for (const InventoryRow& row : api.inventory()) {
    if (!row.managed || !query.matches(fields_of(row))) continue;
    DeclaredResource resource;
    resource.identity = row.identity;
    resource.target = row.target;
    forma.resources.push_back(std::move(resource));
  }
  return forma;
}

// What a request says: with a forma, or with the query that it is to be made of.
struct Asked {
  CommandRequest request;
  std::string query;
};

// Touches nothing but the request: large ones are read in another thread.
OrRefusal<Asked> read_request(const Call& call) {
  const OrRefusal<Submission> submission = submission_of(call);
  if (!submission) return std::unexpected(submission.error());
  Result<CommandRequest> request = parse_options(*submission);
  if (!request) return refused(bad_request(request.error().message));
  request->client_id = call.client_id();
  const std::string* key = call.request.field("Idempotency-Key");
  if (key != nullptr) request->idempotency_key = *key;

  const auto query = submission->options.find("query");
  const bool has_query = query != submission->options.end() && !query->second.empty();
  if (has_query && request->kind != CommandKind::kDestroy) {
    return refused(bad_request("query is for destroy; an apply needs a forma"));
  }
  if (has_query == submission->forma.has_value()) {
    return refused(bad_request(has_query ? "a destroy takes a query or a forma, not both"
                                         : "the request must have a forma, or a query to destroy "
                                           "by"));
  }
  if (has_query) return Asked{*std::move(request), query->second};
  Result<Forma> forma = forma_of(*submission->forma);
  if (!forma) return refused(RejectionType::kInvalidForma, forma.error().message);
  request->forma = *std::move(forma);
  return Asked{*std::move(request), ""};
}

std::string address_of(const std::string& command_id) {
  return fmt::format("{}/commands/{}/status", kApiPath, percent_encoded(command_id));
}

void submit(Api& api, CommandRequest request, Answer answer) {
  // What answer_of() looks at; the request itself goes to the engine.
  CommandRequest asked;
  asked.kind = request.kind;
  asked.mode = request.mode;
  asked.simulate = request.simulate;
  api.submit(std::move(request), [asked, answer = std::move(answer)](const CommandReply& reply) {
    Response response = json_response(answer_of(reply, asked));
    if (const Accepted* accepted = std::get_if<Accepted>(&reply)) {
      response.fields.push_back({"Location", address_of(accepted->command_id)});
    }
    answer(std::move(response));
  });
}

Result<int64_t> parse_integer(std::string_view name, std::string_view text, int64_t min,
                              int64_t max) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_good = error == std::errc() && end == text.data() + text.size() && number >= min;
  if (!is_good) {
    return fail(
        fmt::format("{} must be a whole number of at least {}, and is \"{}\"", name, min, text));
  }
  return std::min(number, max);
}

Response answer_with(const Api& api, const std::string& id, bool with_updates) {
  JsonArray found;
  if (with_updates) {
    if (const std::optional<CommandView> command = api.status(id)) {
      found.push_back(to_json(*command));
    }
  } else if (const std::optional<CommandOutline> outline = api.outline(id)) {
    found.push_back(to_json(*outline));
  }
  if (found.empty()) return not_found(fmt::format("there is no command {}", id));
  return json_response(200, JsonObject{{"Commands", std::move(found)}});
}

constexpr std::string_view kCommandFields[] = {"id",     "command", "state", "mode",
                                               "source", "client",  "stack"};

std::vector<FieldValue> command_fields(const CommandView& command) {
  std::vector<FieldValue> out = {{"id", command.id},
                                 {"command", to_string(command.kind)},
                                 {"state", to_string(command.state)},
                                 {"mode", to_string(command.mode)},
                                 {"source", to_string(command.source)}};
  if (!command.client_id.empty()) out.push_back({"client", command.client_id});
  InternedText last;
  for (const ResourceUpdateView& update : command.updates) {
    if (update.identity.stack == last) continue;  // most are of the stack before
    last = update.identity.stack;
    out.push_back({"stack", update.identity.stack.text()});
  }
  return out;
}

}  // namespace

namespace {

void carry_out(Call& call, OrRefusal<Asked> asked) {
  if (!asked) return call.answer(std::move(asked.error().response));
  if (!asked->query.empty()) {
    Result<Forma> forma = forma_of_query(call.api, asked->query);
    if (!forma) {
      return call.answer(
          rejection_response(RejectionType::kInvalidQueryError, forma.error().message));
    }
    asked->request.forma = *std::move(forma);
  }
  submit(call.api, std::move(asked->request), std::move(call.answer));
}

}  // namespace

void post_command(Call& call) {
  if (call.request.body.size() < kLargeBody) return carry_out(call, read_request(call));
  const auto held = std::make_shared<Call>(std::move(call));
  const auto asked = std::make_shared<OrRefusal<Asked>>(Asked{});
  held->api.in_background(
      [held, asked] {
        try {
          *asked = read_request(*held);
        } catch (const std::exception& exception) {  // no memory, most likely
          *asked = refused(error_response(500, "InternalError", exception.what()));
        }
      },
      [held, asked] { carry_out(*held, std::move(*asked)); });
}

void post_synchronize(Call& call) {
  CommandRequest request;
  request.kind = CommandKind::kSync;
  request.client_id = call.client_id();
  submit(call.api, std::move(request), std::move(call.answer));
}

void get_command(Call& call) {
  const std::string id = call.arguments.front();
  const Result<int64_t> seconds =
      parse_integer("wait", call.parameter("wait", "0"), 0, kMaxWaitSeconds);
  if (!seconds) return call.answer(bad_request(seconds.error().message));
  const Result<bool> updates = parse_flag("updates", call.parameter("updates", "true"));
  if (!updates) return call.answer(bad_request(updates.error().message));
  const std::optional<CommandState> state = call.api.state_of(id);
  if (!state || is_terminal(*state) || *seconds == 0) {
    return call.answer(answer_with(call.api, id, *updates));
  }
  Waiting::add(call.waiting, call.api, id, std::chrono::seconds(*seconds),
               [&api = call.api, id, updates = *updates, answer = std::move(call.answer)] {
                 answer(answer_with(api, id, updates));
               });
}

void get_commands(Call& call) {
  const Result<Query> query = Query::parse(call.parameter("query"), kCommandFields);
  if (!query) {
    return call.answer(
        rejection_response(RejectionType::kInvalidQueryError, query.error().message));
  }
  const Result<int64_t> most =
      parse_integer("max_results", call.parameter("max_results", std::to_string(kDefaultResults)),
                    1, kMaxResults);
  if (!most) return call.answer(bad_request(most.error().message));
  const std::string client = call.client_id();
  const std::string scope = call.parameter("scope", client.empty() ? "agent" : "client");
  if (scope != "client" && scope != "agent") {
    return call.answer(bad_request("scope must be client or agent"));
  }
  if (scope == "client" && client.empty()) {
    return call.answer(bad_request("scope=client needs the header Client-ID"));
  }
  const Result<bool> updates = parse_flag("updates", call.parameter("updates", "true"));
  if (!updates) return call.answer(bad_request(updates.error().message));
  // The updates of a command may be very many: made only where they are asked for.
  const bool asks_for_stack = query->asks_for("stack");
  JsonArray found;
  const std::vector<CommandOutline> outlines = call.api.outlines();
  for (auto outline = outlines.rbegin();
       outline != outlines.rend() && found.size() < static_cast<size_t>(*most); ++outline) {
    const CommandView& head = outline->command;
    if (scope == "client" && head.client_id != client) continue;
    if (!asks_for_stack && !query->matches(command_fields(head))) continue;
    std::optional<CommandView> whole;
    if (asks_for_stack || *updates) whole = call.api.status(head.id);
    if (asks_for_stack && !query->matches(command_fields(*whole))) continue;
    found.push_back(*updates ? to_json(*whole) : to_json(*outline));
  }
  if (found.empty()) return call.answer(not_found("no command is like that"));
  call.answer(json_response(200, JsonObject{{"Commands", std::move(found)}}));
}

}  // namespace squall::agent
