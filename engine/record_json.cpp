#include "engine/record_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <iterator>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "documents/reader.h"
#include "documents/stored_json.h"
#include "engine/record_members.h"

namespace squall::engine {

namespace {

constexpr std::string_view kFormat = "format";

template <class E>
concept Enumeration = std::is_enum_v<E>;
// bool is none.
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;

// ---- Writing

class TextWriter {
 public:
  explicit TextWriter(std::string& out) : out_(out) {}

  template <HasMembers T>
  void top(const T& value) {
    out_ += "{\"format\":";
    put(kRecordFormat);
    is_first_ = false;
    members(value);
    out_ += '}';
  }
  void without_plan() { with_plan_ = false; }

 private:
  template <HasMembers T>
  void members(const T& value) {
    for_each_member_of<T>(value,
                          [this](std::string_view name, const auto& member, const auto& otherwise) {
                            if (!says_something(member, otherwise)) return;
                            if (!is_first_) out_ += ',';
                            is_first_ = false;
                            out_ += '"';
                            out_ += name;
                            out_ += "\":";
                            put(member);
                          });
  }

  template <class T>
  static bool says_something(const T& member, const T& otherwise) {
    return member != otherwise;
  }
  template <class T>
  static bool says_something(const std::optional<T>& member, const std::optional<T>&) {
    return member.has_value();
  }
  template <class T>
  static bool says_something(const std::vector<T>& member, const std::vector<T>&) {
    return !member.empty();
  }
  bool says_something(const std::shared_ptr<const PlannedUpdate>&,
                      const std::shared_ptr<const PlannedUpdate>&) const {
    return with_plan_;
  }

  void put(bool value) { out_ += value ? "true" : "false"; }
  void put(Integer auto number) {
    char buffer[24];
    const auto [end, error] = std::to_chars(std::begin(buffer), std::end(buffer), number);
    SQUALL_CHECK(error == std::errc());
    out_.append(buffer, end);
  }
  void put(Enumeration auto value) { append_stored(out_, to_string(value)); }
  void put(const std::string& text) { append_stored(out_, std::string_view(text)); }
  void put(const InternedText& text) { append_stored(out_, std::string_view(text)); }
  void put(const Json& value) { append_stored(out_, value); }
  void put(Instant time) { put(microseconds_of(time)); }
  void put(const ResourceIdentity& identity) {
    out_ += '[';
    put(identity.stack);
    out_ += ',';
    put(identity.label);
    out_ += ',';
    put(identity.type);
    out_ += ']';
  }
  void put(const Document& document) {
    const JsonObject* object = &*document;
    const auto known = std::find(documents_.begin(), documents_.begin() + document_count_, object);
    if (known != documents_.begin() + document_count_) return put(known - documents_.begin());
    SQUALL_CHECK(document_count_ < documents_.size());
    documents_[document_count_++] = object;
    append_stored(out_, *object);
  }
  // Its documents are counted by themselves: the plan's text is the same wherever it stands.
  void put(const std::shared_ptr<const PlannedUpdate>& plan) {
    SQUALL_CHECK(plan != nullptr);
    TextWriter(out_).put(*plan);
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(*value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    out_ += '[';
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_ += ',';
      put(values[i]);
    }
    out_ += ']';
  }
  template <HasMembers T>
  void put(const T& value) {
    out_ += '{';
    is_first_ = true;
    members(value);
    out_ += '}';
    is_first_ = false;
  }

  std::string& out_;
  bool with_plan_ = true;
  bool is_first_ = true;  // of the members of the object that is being written
  // The documents that were written; no record has more.
  std::array<const JsonObject*, 16> documents_ = {};
  size_t document_count_ = 0;
};

// ---- Reading

// Where in the text a value stands; made into words only for an error.
struct TextPlace {
  const TextPlace* above = nullptr;
  std::string_view name;  // of a member; empty: an element
  size_t index = 0;

  std::string in_words() const {
    if (above == nullptr) return "$";
    if (name.empty()) return fmt::format("{}[{}]", above->in_words(), index);
    return fmt::format("{}.{}", above->in_words(), name);
  }
};

std::string_view kind_of(const Json& value) { return kind_in_words(value); }

template <HasMembers T>
bool is_member_of(std::string_view name) {
  const auto& names = Members<T>::kNames;
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Takes values out of a parsed text. The first error stays, and ends it.
class TextReader {
 public:
  template <HasMembers T>
  Result<void> top(Json& text, T& into) {
    const TextPlace root;
    JsonObject* object = text.if_object();
    if (object == nullptr) {
      must_be("an object", text, root);
    } else if (check_format(*object, root)) {
      members(*object, into, root);
    }
    if (error_.empty()) return {};
    return fail(std::move(error_));
  }

 private:
  bool check_format(const JsonObject& object, const TextPlace& root) {
    const TextPlace place{&root, kFormat};
    const Json* found = object.if_contains(kFormat);
    const int64_t* format = found == nullptr ? nullptr : found->if_int64();
    if (format == nullptr || *format < 1) {
      wrong(place, "must be the number of the text's format");
    } else if (*format > kRecordFormat) {
      wrong(place, fmt::format("is {}, of a newer program; this one reads up to {}", *format,
                               kRecordFormat));
    }
    return error_.empty();
  }

  template <HasMembers T>
  void members(JsonObject& object, T& into, const TextPlace& place) {
    size_t found = place.above == nullptr ? 1 : 0;  // at the top: the format
    MemberSearch search(object);
    for_each_member_of<T>(into, [&](std::string_view name, auto& member, const auto&) {
      if (!error_.empty()) return;
      const Json* value = search.find(name);
      if (value == nullptr) return;
      ++found;
      // The object is ours to take from; the search merely does not know.
      get(const_cast<Json&>(*value), member, TextPlace{&place, name});
    });
    if (!error_.empty() || found == object.size()) return;
    for (const auto& entry : object) {
      const std::string_view name = entry.key();
      if (is_member_of<T>(name) || (place.above == nullptr && name == kFormat)) continue;
      return wrong(TextPlace{&place, name}, "is not known in this format");
    }
  }

  void get(Json& value, bool& into, const TextPlace& place) {
    if (!value.is_bool()) return must_be("a boolean", value, place);
    into = value.get_bool();
  }
  template <Integer T>
  void get(Json& value, T& into, const TextPlace& place) {
    boost::json::error_code error;
    const T number = value.to_number<T>(error);
    if (value.is_double() || error) {
      return must_be(fmt::format("a whole number from {} to {}", std::numeric_limits<T>::min(),
                                 std::numeric_limits<T>::max()),
                     value, place);
    }
    into = number;
  }
  template <class E, class Parse>
  void get_word(Json& value, E& into, Parse parse, const TextPlace& place) {
    const boost::json::string* word = value.if_string();
    if (word == nullptr) return must_be("a text", value, place);
    Result<E> parsed = parse(std::string_view(*word));
    if (!parsed) return wrong(place, parsed.error().message);
    into = *parsed;
  }
  void get(Json& value, UpdateOperation& into, const TextPlace& place) {
    get_word(value, into, parse_update_operation, place);
  }
  void get(Json& value, UpdateState& into, const TextPlace& place) {
    get_word(value, into, parse_update_state, place);
  }
  void get(Json& value, CommandKind& into, const TextPlace& place) {
    get_word(value, into, parse_command_kind, place);
  }
  void get(Json& value, Mode& into, const TextPlace& place) {
    get_word(value, into, parse_mode, place);
  }
  void get(Json& value, Source& into, const TextPlace& place) {
    get_word(value, into, parse_source, place);
  }
  void get(Json& value, ErrorCode& into, const TextPlace& place) {
    get_word(value, into, parse_error_code, place);
  }
  template <class Text>
    requires std::same_as<Text, std::string> || std::same_as<Text, InternedText>
  void get(Json& value, Text& into, const TextPlace& place) {
    const boost::json::string* text = value.if_string();
    if (text == nullptr) return must_be("a text", value, place);
    into = Text(std::string_view(*text));
  }
  static void get(Json& value, Json& into, const TextPlace&) { into = std::move(value); }
  void get(Json& value, Instant& into, const TextPlace& place) {
    int64_t microseconds = 0;
    get(value, microseconds, place);
    into = instant_at(microseconds);
  }
  void get(Json& value, ResourceIdentity& into, const TextPlace& place) {
    JsonArray* parts = value.if_array();
    if (parts == nullptr || parts->size() != 3) {
      return wrong(place, "must be an identity, [stack, label, type]");
    }
    get((*parts)[0], into.stack, TextPlace{&place, {}, 0});
    get((*parts)[1], into.label, TextPlace{&place, {}, 1});
    get((*parts)[2], into.type, TextPlace{&place, {}, 2});
  }
  void get(Json& value, Document& into, const TextPlace& place) {
    if (JsonObject* object = value.if_object()) {
      into = Document(std::move(*object));
      documents_.push_back(into);
      return;
    }
    const int64_t* known = value.if_int64();
    if (known == nullptr) return must_be("an object, or the number of one", value, place);
    if (*known < 0 || std::cmp_greater_equal(*known, documents_.size())) {
      return wrong(place, fmt::format("there is no document {} before it", *known));
    }
    into = documents_[static_cast<size_t>(*known)];
  }
  void get(Json& value, std::shared_ptr<const PlannedUpdate>& into, const TextPlace& place) {
    auto plan = std::make_shared<PlannedUpdate>();
    TextReader reader;
    reader.get(value, *plan, place);
    error_ = std::move(reader.error_);
    into = std::move(plan);
  }
  template <class T>
  void get(Json& value, std::optional<T>& into, const TextPlace& place) {
    get(value, into.emplace(), place);
  }
  template <class T>
  void get(Json& value, std::vector<T>& into, const TextPlace& place) {
    JsonArray* elements = value.if_array();
    if (elements == nullptr) return must_be("an array", value, place);
    into.resize(elements->size());
    for (size_t i = 0; i < into.size() && error_.empty(); ++i) {
      get((*elements)[i], into[i], TextPlace{&place, {}, i});
    }
  }
  template <HasMembers T>
  void get(Json& value, T& into, const TextPlace& place) {
    JsonObject* object = value.if_object();
    if (object == nullptr) return must_be("an object", value, place);
    members(*object, into, place);
  }

  void wrong(const TextPlace& place, std::string_view what) {
    if (error_.empty()) error_ = fmt::format("{}: {}", place.in_words(), what);
  }
  void must_be(std::string_view wanted, const Json& value, const TextPlace& place) {
    wrong(place, fmt::format("must be {}, and is {}", wanted, kind_of(value)));
  }

  std::string error_;
  std::vector<Document> documents_;
};

template <HasMembers T>
Result<T> parse_as(std::string_view text) {
  TRY(Json parsed, parse_stored(text));
  T value;
  TRY_VOID(TextReader().top(parsed, value));
  return value;
}

std::string key_of(const ResourceRow& row) { return row_key(row.ksuid); }
std::string key_of(const StoredCommand& command) { return command_key(command.id); }
std::string key_of(const StoredUpdate& update) {
  // update_key() has no room for more digits.
  if (update.position >= 100'000'000) return "(a position that is too large)";
  return update_key(update.command, update.position);
}
std::string key_of(const StoredTarget& target) { return target_key(target.target.label); }
std::string key_of(const IdempotencyKey& key) { return idempotency_key(key.key); }

template <HasMembers T>
Result<std::shared_ptr<const Record>> record_of(std::string_view key, T value) {
  const std::string own = key_of(value);
  if (own != key) return fail(fmt::format("$: the record says of itself that it is {}", own));
  return std::make_shared<const Record>(Record{std::move(value)});
}

Result<std::shared_ptr<const Record>> parse_update(std::string_view key, std::string_view text,
                                                   std::string_view plan) {
  TRY(StoredUpdate update, parse_as<StoredUpdate>(text));
  if (!plan.empty()) {
    Result<PlannedUpdate> planned = parse_as<PlannedUpdate>(plan);
    if (!planned) return fail("of its plan: " + planned.error().message);
    update.plan = std::make_shared<const PlannedUpdate>(*std::move(planned));
  }
  if (update.plan == nullptr) return fail("$.plan: an update must have its plan");
  return record_of(key, std::move(update));
}

template <HasMembers T>
Result<std::shared_ptr<const Record>> parse_plain(std::string_view key, std::string_view text) {
  TRY(T value, parse_as<T>(text));
  return record_of(key, std::move(value));
}

Result<std::shared_ptr<const Record>> parse(std::string_view key, std::string_view text,
                                            std::string_view plan) {
  if (key.starts_with("update/")) return parse_update(key, text, plan);
  if (key.starts_with("row/")) return parse_plain<ResourceRow>(key, text);
  if (key.starts_with("command/")) return parse_plain<StoredCommand>(key, text);
  if (key.starts_with("target/")) return parse_plain<StoredTarget>(key, text);
  if (key.starts_with("idempotency/")) return parse_plain<IdempotencyKey>(key, text);
  return fail("$: no kind of record has such a key");
}

}  // namespace

void append_text(std::string& out, const Record& record) {
  std::visit([&](const auto& value) { TextWriter(out).top(value); }, record.value);
}

void append_text_without_plan(std::string& out, const StoredUpdate& update) {
  TextWriter writer(out);
  writer.without_plan();
  writer.top(update);
}

void append_text(std::string& out, const PlannedUpdate& plan) { TextWriter(out).top(plan); }

std::string to_text(const Record& record) {
  std::string out;
  append_text(out, record);
  return out;
}

Result<std::shared_ptr<const Record>> parse_record(std::string_view key, std::string_view text) {
  return parse_record(key, text, {});
}

Result<std::shared_ptr<const Record>> parse_record(std::string_view key, std::string_view text,
                                                   std::string_view plan) {
  Result<std::shared_ptr<const Record>> record = parse(key, text, plan);
  if (!record) return fail(fmt::format("cannot read record {}: {}", key, record.error().message));
  return record;
}

}  // namespace squall::engine
