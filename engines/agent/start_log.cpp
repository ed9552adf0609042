#include "engines/agent/start_log.h"

#include "base/lines.h"
#include "documents/reader.h"

namespace squall::engines {

namespace {

using Begun = std::set<std::pair<std::string, UpdateKey>>;

Result<UpdateKey> parse_begun(const Reader& update) {
  UpdateKey out;
  TRY(out.identity.stack, update.text("stack"));
  TRY(out.identity.label, update.text("label"));
  TRY(out.identity.type, update.text("type"));
  TRY(out.operation, update.chosen("operation", parse_update_operation));
  return out;
}

Result<void> read_line(std::string_view line, Begun& out) {
  TRY(const Json parsed, parse_json(line));
  const Reader entry(parsed);
  TRY(const std::string event, entry.text("event"));
  if (event != "command-goes-on") return {};
  TRY(const std::string command, entry.text("command"));
  TRY(const std::vector<Reader> updates, entry.elements_or_none("begun"));
  for (const Reader& update : updates) {
    TRY(const UpdateKey key, parse_begun(update));
    out.emplace(command, key);
  }
  return {};
}

}  // namespace

Begun begun_before(std::string_view log) {
  Begun out;
  for (const std::string_view line : lines_of(log)) (void)read_line(line, out);  // none of ours
  return out;
}

std::vector<CommandView> as_found(std::vector<CommandView> commands, std::string_view log) {
  const Begun begun = begun_before(log);
  for (CommandView& command : commands) {
    for (ResourceUpdateView& update : command.updates) {
      const bool has_begun = begun.contains({command.id, update.key()});
      if (update.state == UpdateState::kInProgress && !has_begun)
        update.state = UpdateState::kNotStarted;
    }
  }
  return commands;
}

}  // namespace squall::engines
