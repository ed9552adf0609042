#include "agent/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "documents/command_json.h"

namespace squall::agent {
namespace {

using Row = std::vector<std::string>;

// One line, whatever a provider put into its message, and nothing that a terminal would obey.
std::string plain(std::string_view text) {
  std::string out(text);
  for (char& each : out)
    if (static_cast<unsigned char>(each) < ' ' || each == '\x7f') each = ' ';
  return out;
}

// Characters of UTF-8, each as one column.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char each) { return (each & '\xc0') != '\x80'; }));
}

// Columns as wide as their widest text, two spaces between them.
std::string aligned(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      line += plain(row[i]) + std::string(widths[i] - width_of(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

Row row_of(const ResourceUpdateView& update) {
  std::string why = update.error;
  if (update.because_of)
    why += (why.empty() ? "" : "; ") + ("because of " + to_string(*update.because_of));
  return {std::string(to_string(update.operation)),
          update.identity.stack.text(),
          update.identity.label.text(),
          update.identity.type.text(),
          std::string(to_string(update.state)),
          std::move(why)};
}

// It means something for an apply alone.
std::string mode_of(const CommandView& command) {
  return command.kind == CommandKind::kApply ? std::string(to_string(command.mode)) : "";
}

std::string headline(const CommandView& command) {
  const std::string mode = mode_of(command);
  return fmt::format("{} {}{}{}: {}\n", to_string(command.kind), mode, mode.empty() ? "" : " ",
                     command.id, to_string(command.state));
}

const Row kUpdateHead = {"OPERATION", "STACK", "LABEL", "TYPE", "STATE", ""};

std::string table_of_updates(const std::vector<ResourceUpdateView>& updates) {
  std::vector<Row> rows = {kUpdateHead};
  for (const ResourceUpdateView& update : updates) rows.push_back(row_of(update));
  return aligned(rows);
}

}  // namespace

std::string table_of(const CommandView& command) {
  if (command.updates.empty()) return headline(command);
  return headline(command) + table_of_updates(command.updates);
}

std::string table_of(const std::vector<CommandView>& commands) {
  if (commands.empty()) return "no command yet\n";
  std::vector<Row> rows = {{"COMMAND", "KIND", "MODE", "SOURCE", "STATE", "STARTED", "UPDATES"}};
  for (const CommandView& command : commands)
    rows.push_back({command.id, std::string(to_string(command.kind)), mode_of(command),
                    std::string(to_string(command.source)), std::string(to_string(command.state)),
                    to_rfc3339(command.started), std::to_string(command.updates.size())});
  return aligned(rows);
}

std::string table_of(const std::vector<InventoryRow>& rows) {
  if (rows.empty()) return "the inventory is empty\n";
  std::vector<Row> out = {{"STACK", "LABEL", "TYPE", "NATIVE ID", ""}};
  for (const InventoryRow& row : rows)
    out.push_back({row.identity.stack.text(), row.identity.label.text(), row.identity.type.text(),
                   row.native_id, row.unsettled ? "unsettled" : ""});
  return aligned(out);
}

std::string words_of(const CommandReply& reply) {
  if (const auto* accepted = std::get_if<Accepted>(&reply))
    return fmt::format("accepted as {}\n", accepted->command_id);
  if (const auto* rejected = std::get_if<Rejection>(&reply))
    return fmt::format("refused, {}: {}\n", to_string(rejected->type), plain(rejected->message));
  if (const auto* simulated = std::get_if<Simulated>(&reply))
    return "would do:\n" + table_of_updates(simulated->updates);
  return "nothing to do\n";
}

}  // namespace squall::agent
