#include "engine/records.h"

#include <array>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace squall::engine {

namespace {

constexpr std::string_view kRowPrefix = "row/";
constexpr std::string_view kUpdatePrefix = "update/";
constexpr size_t kPositionDigits = 8;

template <class T>
void put_record(Batch& batch, std::string key, T&& value) {
  batch.push_back({std::move(key), std::make_shared<const Record>(Record{std::forward<T>(value)})});
}

}  // namespace

bool same_row(const ResourceRow& a, const ResourceRow& b) {
  const auto scalars = [](const ResourceRow& row) {
    return std::tie(row.ksuid, row.identity, row.target, row.native_id, row.version,
                    row.is_declared);
  };
  const auto documents = [](const ResourceRow& row) {
    return std::tuple(&*row.declared, &*row.values, &*row.echo, &*row.actual, &*row.read_only);
  };
  if (scalars(a) != scalars(b) || documents(a) != documents(b)) return false;
  if (!a.unsettled || !b.unsettled) return a.unsettled.has_value() == b.unsettled.has_value();
  const auto attempt = [](const Unsettled& unsettled) {
    return std::tuple(unsettled.operation, unsettled.mode, std::string_view(unsettled.token),
                      &*unsettled.wanted, &*unsettled.declared, &*unsettled.values);
  };
  return attempt(*a.unsettled) == attempt(*b.unsettled);
}

std::string row_key(const Ksuid& ksuid) { return std::string(kRowPrefix) + ksuid; }
std::string command_key(const std::string& id) { return "command/" + id; }
std::string target_key(const std::string& label) { return "target/" + label; }
std::string idempotency_key(const std::string& key) { return "idempotency/" + key; }

std::string update_key(const std::string& command, uint32_t position) {
  // Padded, so that the order of keys is the order of positions.
  std::array<char, kPositionDigits> digits;
  for (size_t i = kPositionDigits; i-- > 0; position /= 10)
    digits[i] = static_cast<char>('0' + position % 10);
  SQUALL_CHECK(position == 0);
  std::string key;
  key.reserve(kUpdatePrefix.size() + command.size() + 1 + digits.size());
  key.append(kUpdatePrefix).append(command).append("/").append(digits.data(), digits.size());
  return key;
}

void put(Batch& batch, ResourceRow row) {
  std::string key = row_key(row.ksuid);
  put_record(batch, std::move(key), std::move(row));
}
void put(Batch& batch, StoredCommand command) {
  std::string key = command_key(command.id);
  put_record(batch, std::move(key), std::move(command));
}
void put(Batch& batch, StoredUpdate update) {
  std::string key = update_key(update.command, update.position);
  put_record(batch, std::move(key), std::move(update));
}
void put(Batch& batch, StoredTarget target) {
  std::string key = target_key(target.target.label);
  put_record(batch, std::move(key), std::move(target));
}
void put(Batch& batch, IdempotencyKey key) {
  std::string where = idempotency_key(key.key);
  put_record(batch, std::move(where), std::move(key));
}
void remove_row(Batch& batch, const Ksuid& ksuid) { batch.push_back({row_key(ksuid), nullptr}); }

std::optional<Ksuid> ksuid_of_row_key(const std::string& key) {
  if (!key.starts_with(kRowPrefix)) return std::nullopt;
  return key.substr(kRowPrefix.size());
}

}  // namespace squall::engine
