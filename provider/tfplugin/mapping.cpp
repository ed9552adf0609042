#include "provider/tfplugin/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace squall::tfplugin {

namespace {

using Form = FieldMapping::Form;

// What the language itself means by a name inside a resource.
constexpr std::array<std::string_view, 9> kReserved = {"connection", "count",    "depends_on",
                                                       "for_each",   "id",       "lifecycle",
                                                       "parent",     "provider", "provisioner"};

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

std::string snake_case(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!is_upper(c) && !is_lower_or_digit(c)) {
      if (!out.empty() && out.back() != '_') out += '_';
      continue;
    }
    const bool after_word = i > 0 && is_lower_or_digit(text[i - 1]);
    const bool before_word = i > 0 && is_upper(text[i - 1]) && i + 1 < text.size() &&
                             is_lower_or_digit(text[i + 1]) && !(text[i + 1] <= '9');
    if (is_upper(c) && (after_word || before_word)) out += '_';
    out += lower(c);
  }
  return out;
}

Form form_of(const FieldShape& shape, const FieldHint& hint) {
  const bool ordered =
      hint.update_method == UpdateMethod::kArray || hint.update_method == UpdateMethod::kAtomic;
  switch (shape.kind) {
    case FieldKind::kText:
    case FieldKind::kReference:
      return Form::kText;
    case FieldKind::kNumber:
      return Form::kNumber;
    case FieldKind::kBoolean:
      return Form::kBoolean;
    case FieldKind::kTexts:
    case FieldKind::kReferences:
      return ordered ? Form::kTextList : Form::kTextSet;
    case FieldKind::kObject:
      return Form::kObject;
    case FieldKind::kObjects:
      if (hint.update_method == UpdateMethod::kEntitySet) return Form::kObjectBlocks;
      return ordered ? Form::kObjectList : Form::kObjectSet;
  }
  return Form::kDynamic;
}

Type plain_type(Form form) {
  switch (form) {
    case Form::kNumber:
      return Type::number();
    case Form::kBoolean:
      return Type::boolean();
    case Form::kDynamic:
      return Type::dynamic();
    case Form::kTextSet:
      return Type::set(Type::string());
    case Form::kTextList:
      return Type::list(Type::string());
    default:
      return Type::string();
  }
}

// --- From the catalogue's entry to fields.

class FieldReader {
 public:
  explicit FieldReader(const ResourceType& type) : type_(type) {}

  Result<std::vector<FieldMapping>> all() {
    std::vector<FieldMapping> out;
    for (const std::string& field : type_.schema.fields) {
      TRY(FieldMapping mapped, field_at(field, field, "", true));
      out.push_back(std::move(mapped));
    }
    for (const std::string& property : type_.computed) {
      if (property == type_.schema.identifier) continue;
      out.push_back(read_only(property));
    }
    // `id` is the native id already; under another name it is told twice.
    const std::string& identifier = type_.schema.identifier;
    if (!identifier.empty() && snake_case(identifier) != kIdAttribute) {
      out.push_back(read_only(identifier));
    }
    TRY_VOID(check_names(out, type_.schema.type));
    return out;
  }

 private:
  static FieldMapping read_only(const std::string& property) {
    FieldMapping out;
    out.attribute = attribute_name(property);
    out.property = out.path = property;
    out.read_only = true;
    return out;
  }

  // prefix: what the names of version attributes begin with. outside_collections: an element of a
  // collection has no value before it is planned, so that nothing can be filled in there.
  Result<FieldMapping> field_at(const std::string& path, const std::string& property,
                                const std::string& prefix, bool outside_collections) {
    FieldMapping out;
    out.attribute = attribute_name(property);
    out.property = property;
    out.path = path;
    out.hint = type_.schema.hint(path);
    const auto shape = std::ranges::find(type_.shapes, path, &FieldShape::path);
    const bool has_shape = shape != type_.shapes.end();
    out.form = has_shape ? form_of(*shape, out.hint) : Form::kDynamic;
    if (property == "Name") out.form = Form::kText;
    out.required = out.hint.required || (has_shape && !shape->optional);
    // Required when an object is created, but not of one that is there: the plan looks.
    if (out.hint.write_only || out.hint.required_on_create) out.required = out.hint.required;
    out.may_be_filled = out.hint.has_provider_default && outside_collections;
    if (out.may_be_filled) out.required = false;
    out.lower_case = contains(type_.lower_case, path);
    out.sorted = contains(type_.sorted, path);
    if (out.hint.write_only) {
      if (!outside_collections) {
        return fail(
            fmt::format("cannot show {} in Terraform: {} is WriteOnly and a member of a "
                        "collection, where Terraform allows none; make it a field",
                        type_.schema.type, path));
      }
      out.version_attribute = prefix + out.attribute + "_version";
    }
    const bool nested = out.form == Form::kObject || out.is_collection_of_objects();
    if (!nested) return out;
    for (const FieldShape& each : type_.shapes) {
      const std::string start = path + ".";
      if (!each.path.starts_with(start)) continue;
      const std::string member = each.path.substr(start.size());
      if (is_deeper(start, member)) continue;
      TRY(FieldMapping mapped, field_at(each.path, member, prefix + out.attribute + "_",
                                        outside_collections && out.form == Form::kObject));
      out.members.push_back(std::move(mapped));
    }
    TRY_VOID(check_names(out.members, path));
    return out;
  }

  // "Rule.Port" of "Rules.Rule.Port" is a member of a member, unless nothing is named "Rules.Rule".
  bool is_deeper(const std::string& start, const std::string& member) const {
    for (size_t dot = member.find('.'); dot != std::string::npos; dot = member.find('.', dot + 1)) {
      const std::string owner = start + member.substr(0, dot);
      if (std::ranges::find(type_.shapes, owner, &FieldShape::path) != type_.shapes.end()) {
        return true;
      }
    }
    return false;
  }

  Result<void> check_names(const std::vector<FieldMapping>& fields, const std::string& of) const {
    std::map<std::string, std::string> taken;
    for (const FieldMapping& field : fields) {
      for (const std::string& name : {field.attribute, field.version_attribute}) {
        if (name.empty()) continue;
        const auto [entry, is_new] = taken.emplace(name, field.property);
        if (is_new) continue;
        return fail(
            fmt::format("cannot show {} in Terraform: its properties \"{}\" and \"{}\" "
                        "would both be the attribute {}; rename one",
                        of, entry->second, field.property, name));
      }
    }
    return {};
  }

  const ResourceType& type_;
};

// --- From fields to schemas.

Attribute attribute_of(const FieldMapping& field) {
  Attribute out;
  out.name = field.attribute;
  out.type = plain_type(field.form);
  out.required = field.required;
  out.optional = !field.required && !field.read_only;
  out.computed = field.read_only || field.may_be_filled;
  out.sensitive = field.hint.opaque || field.hint.write_only;
  out.write_only = field.hint.write_only;
  out.description = fmt::format("The property {}.", field.path);
  if (field.members.empty()) return out;
  for (const FieldMapping& member : field.members) out.members.push_back(attribute_of(member));
  out.nesting = field.form == Form::kObject       ? Nesting::kSingle
                : field.form == Form::kObjectList ? Nesting::kList
                                                  : Nesting::kSet;
  out.type = type_of(out.members, out.nesting);
  return out;
}

// The attributes by which a WriteOnly value is sent again.
void add_versions(const std::vector<FieldMapping>& fields, std::vector<Attribute>& out) {
  for (const FieldMapping& field : fields) {
    if (!field.version_attribute.empty()) {
      Attribute version;
      version.name = field.version_attribute;
      version.type = Type::number();
      version.optional = true;
      version.description = fmt::format("Change it to have {} sent again.", field.path);
      out.push_back(std::move(version));
    }
    add_versions(field.members, out);
  }
}

Block resource_block(const TypeMapping& mapping) {
  Block out;
  out.description = fmt::format("A {} of the simulated cloud.", mapping.type.schema.type);
  Attribute id;
  id.name = kIdAttribute;
  id.computed = true;
  id.description = "The native id.";
  out.attributes.push_back(std::move(id));
  for (const FieldMapping& field : mapping.fields) {
    Attribute attribute = attribute_of(field);
    if (field.form != Form::kObjectBlocks || field.members.empty()) {
      out.attributes.push_back(std::move(attribute));
      continue;
    }
    NestedBlock block;
    block.name = field.attribute;
    block.block.description = attribute.description;
    block.block.attributes = std::move(attribute.members);
    out.blocks.push_back(std::move(block));
  }
  add_versions(mapping.fields, out.attributes);
  return out;
}

void make_computed(Attribute& attribute) {
  attribute.required = attribute.optional = false;
  attribute.computed = true;
  std::erase_if(attribute.members, [](const Attribute& member) { return member.write_only; });
  for (Attribute& member : attribute.members) make_computed(member);
  if (!attribute.members.empty()) attribute.type = type_of(attribute.members, attribute.nesting);
}

Block data_block(const TypeMapping& mapping) {
  Block out;
  out.description =
      fmt::format("An existing {}, found by its id or by its name.", mapping.type.schema.type);
  Attribute id;
  id.name = kIdAttribute;
  id.optional = id.computed = true;
  id.description = "The native id; or else say the name.";
  out.attributes.push_back(std::move(id));
  for (const FieldMapping& field : mapping.fields) {
    if (field.hint.write_only) continue;
    Attribute attribute = attribute_of(field);
    make_computed(attribute);
    if (field.property == "Name") attribute.optional = true;
    out.attributes.push_back(std::move(attribute));
  }
  if (!mapping.type.schema.parent.empty()) {
    Attribute parent;
    parent.name = kParentAttribute;
    parent.optional = true;
    parent.description = "With a name: the native id of the parent it is to be found under.";
    out.attributes.push_back(std::move(parent));
  }
  return out;
}

}  // namespace

Type type_of(const std::vector<Attribute>& members, Nesting nesting) {
  std::map<std::string, Type> attributes;
  for (const Attribute& member : members) attributes.emplace(member.name, member.type);
  Type object = Type::object(std::move(attributes));
  switch (nesting) {
    case Nesting::kList:
      return Type::list(std::move(object));
    case Nesting::kSet:
      return Type::set(std::move(object));
    case Nesting::kSingle:
      break;
  }
  return object;
}

Type type_of(const Block& block) {
  std::map<std::string, Type> attributes;
  for (const Attribute& attribute : block.attributes) {
    attributes.emplace(attribute.name, attribute.type);
  }
  for (const NestedBlock& nested : block.blocks) {
    attributes.emplace(nested.name, Type::set(type_of(nested.block)));
  }
  return Type::object(std::move(attributes));
}

std::string attribute_name(std::string_view property) {
  std::string name = snake_case(property);
  if (name.empty() || (name.front() >= '0' && name.front() <= '9') ||
      std::ranges::find(kReserved, name) != kReserved.end()) {
    name = "property_" + name;
  }
  return name;
}

std::string type_name(std::string_view type) {
  constexpr std::string_view kOurs = "Test::";
  if (type.starts_with(kOurs)) type.remove_prefix(kOurs.size());
  return "squall_" + snake_case(type);
}

Result<Mapping> Mapping::of(const std::vector<ResourceType>& types) {
  Mapping out;
  for (const ResourceType& type : types) {
    TypeMapping mapping;
    mapping.type = type;
    mapping.name = type_name(type.schema.type);
    TRY(mapping.fields, FieldReader(type).all());
    mapping.resource = resource_block(mapping);
    mapping.data = data_block(mapping);
    mapping.resource_value = type_of(mapping.resource);
    mapping.data_value = type_of(mapping.data);
    std::string name = mapping.name;
    const auto [entry, is_new] = out.types_.emplace(std::move(name), std::move(mapping));
    if (is_new) continue;
    return fail(
        fmt::format("cannot show the types {} and {} in Terraform: both would be {}; "
                    "rename one",
                    entry->second.type.schema.type, type.schema.type, entry->first));
  }
  return out;
}

const TypeMapping* Mapping::find(std::string_view name) const {
  const auto found = types_.find(name);
  return found == types_.end() ? nullptr : &found->second;
}

}  // namespace squall::tfplugin
