#include "provider/tfplugin/wire/messages.h"

namespace squall::tfplugin::wire {

namespace {

using Object = tfplugin6::Schema::Object;

Object::NestingMode nesting_of(Nesting nesting) {
  switch (nesting) {
    case Nesting::kList:
      return tfplugin6::Schema_Object::LIST;
    case Nesting::kSet:
      return tfplugin6::Schema_Object::SET;
    case Nesting::kSingle:
      break;
  }
  return tfplugin6::Schema_Object::SINGLE;
}

void write_attribute(const Attribute& attribute, tfplugin6::Schema::Attribute* out) {
  out->set_name(attribute.name);
  out->set_description(attribute.description);
  out->set_required(attribute.required);
  out->set_optional(attribute.optional);
  out->set_computed(attribute.computed);
  out->set_sensitive(attribute.sensitive);
  out->set_write_only(attribute.write_only);
  if (attribute.members.empty()) {
    out->set_type(attribute.type.json());
    return;
  }
  Object* nested = out->mutable_nested_type();
  nested->set_nesting(nesting_of(attribute.nesting));
  for (const Attribute& member : attribute.members) {
    write_attribute(member, nested->add_attributes());
  }
}

void write_block(const Block& block, tfplugin6::Schema::Block* out) {
  out->set_description(block.description);
  for (const Attribute& attribute : block.attributes) {
    write_attribute(attribute, out->add_attributes());
  }
  for (const NestedBlock& nested : block.blocks) {
    tfplugin6::Schema::NestedBlock* into = out->add_block_types();
    into->set_type_name(nested.name);
    into->set_nesting(tfplugin6::Schema_NestedBlock::SET);
    write_block(nested.block, into->mutable_block());
  }
}

}  // namespace

WireValue value_of(const tfplugin6::DynamicValue& message) {
  return {.msgpack = message.msgpack(), .json = message.json()};
}

void write(const std::vector<std::string>& path, tfplugin6::AttributePath* out) {
  for (const std::string& name : path) out->add_steps()->set_attribute_name(name);
}

void write(const Diagnostics& diagnostics, Problems* out) {
  for (const Diagnostic& diagnostic : diagnostics) {
    tfplugin6::Diagnostic* into = out->Add();
    into->set_severity(tfplugin6::Diagnostic::ERROR);
    into->set_summary(diagnostic.summary);
    into->set_detail(diagnostic.detail);
    if (!diagnostic.attribute.empty()) write(diagnostic.attribute, into->mutable_attribute());
  }
}

void write(const Block& block, tfplugin6::Schema* out) { write_block(block, out->mutable_block()); }

void write(tfplugin6::ServerCapabilities* out) {
  out->set_plan_destroy(true);
  out->set_get_provider_schema_optional(true);
  out->set_move_resource_state(true);
}

}  // namespace squall::tfplugin::wire
