// What the structs of a record are made of: the one list that writing and reading share
// (engine/record_json.cpp). The structured bindings name every member: with one more in a struct
// of engine/records.h, this no longer compiles, until the list has it too.
//
// The names are those of the stored text: they stay as they are, whatever becomes of the members.
#pragma once

#include <array>
#include <string_view>
#include <tuple>
#include <utility>

#include "engine/records.h"

namespace squall::engine {

// kNames, and of(value): references to the members, in the same order. `R` is T or const T.
template <class T>
struct Members;

template <>
struct Members<Unsettled> {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"operation", "mode", "token", "wanted", "declared", "values"});
  template <class R>
  static auto of(R& unsettled) {
    auto& [operation, mode, token, wanted, declared, values] = unsettled;
    return std::tie(operation, mode, token, wanted, declared, values);
  }
};

template <>
struct Members<ResourceRow> {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"ksuid", "identity", "target", "native_id", "version", "declared", "values", "echo",
       "actual", "read_only", "is_declared", "unsettled"});
  template <class R>
  static auto of(R& row) {
    auto& [ksuid, identity, target, native_id, version, declared, values, echo, actual, read_only,
           is_declared, unsettled] = row;
    return std::tie(ksuid, identity, target, native_id, version, declared, values, echo, actual,
                    read_only, is_declared, unsettled);
  }
};

template <>
struct Members<StoredCommand> {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"id", "sequence", "kind", "mode", "source", "force",
                                       "client_id", "started", "update_count"});
  template <class R>
  static auto of(R& command) {
    auto& [id, sequence, kind, mode, source, force, client_id, started, update_count] = command;
    return std::tie(id, sequence, kind, mode, source, force, client_id, started, update_count);
  }
};

template <>
struct Members<ReadProducer> {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"identity", "native_id", "target"});
  template <class R>
  static auto of(R& producer) {
    auto& [identity, native_id, target] = producer;
    return std::tie(identity, native_id, target);
  }
};

template <>
struct Members<PlannedUpdate> {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"identity", "ksuid", "operation", "target", "desired", "references", "waits_for",
       "producers", "is_cascade", "is_half_of_replace", "group_id"});
  template <class R>
  static auto of(R& plan) {
    auto& [identity, ksuid, operation, target, desired, references, waits_for, producers,
           is_cascade, is_half_of_replace, group_id] = plan;
    return std::tie(identity, ksuid, operation, target, desired, references, waits_for, producers,
                    is_cascade, is_half_of_replace, group_id);
  }
};

template <>
struct Members<Intent> {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"operation", "token", "wanted", "resolved", "declared", "version", "request_id"});
  template <class R>
  static auto of(R& intent) {
    auto& [operation, token, wanted, resolved, declared, version, request_id] = intent;
    return std::tie(operation, token, wanted, resolved, declared, version, request_id);
  }
};

template <>
struct Members<StoredUpdate> {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"command", "position", "plan", "state", "error", "because_of", "error_code", "native_id",
       "attempts", "intent", "ended"});
  template <class R>
  static auto of(R& update) {
    auto& [command, position, plan, state, error, because_of, error_code, native_id, attempts,
           intent, ended] = update;
    return std::tie(command, position, plan, state, error, because_of, error_code, native_id,
                    attempts, intent, ended);
  }
};

template <>
struct Members<Target> {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"label", "name_space", "config", "discoverable", "version"});
  template <class R>
  static auto of(R& target) {
    auto& [label, name_space, config, discoverable, version] = target;
    return std::tie(label, name_space, config, discoverable, version);
  }
};

template <>
struct Members<StoredTarget> {
  static constexpr auto kNames = std::to_array<std::string_view>({"target"});
  template <class R>
  static auto of(R& stored) {
    auto& [target] = stored;
    return std::tie(target);
  }
};

template <>
struct Members<IdempotencyKey> {
  static constexpr auto kNames = std::to_array<std::string_view>({"key", "command"});
  template <class R>
  static auto of(R& stored) {
    auto& [key, command] = stored;
    return std::tie(key, command);
  }
};

template <class T>
concept HasMembers = requires { Members<T>::kNames; };

// What a struct's members are when nothing was said of them; such are not written.
template <HasMembers T>
const T& defaults_of() {
  static const T kDefaults{};
  return kDefaults;
}

// Calls visit(name, member, default of the member) for each member of `value`, in their order.
template <HasMembers T, class R, class Visit>
void for_each_member_of(R& value, Visit visit) {
  auto members = Members<T>::of(value);
  auto defaults = Members<T>::of(defaults_of<T>());
  constexpr size_t kCount = Members<T>::kNames.size();
  static_assert(kCount == std::tuple_size_v<decltype(members)>, "as many names as members");
  [&]<size_t... I>(std::index_sequence<I...>) {
    (visit(Members<T>::kNames[I], std::get<I>(members), std::get<I>(defaults)), ...);
  }(std::make_index_sequence<kCount>());
}

}  // namespace squall::engine
